//! What the block is to be: gas limit and base fee.

use crate::config::PayloadConfig;
use alloy_eips::eip1559::GAS_LIMIT_BOUND_DIVISOR;
use rollup_chainspec::ScrollChainSpec;
use rollup_consensus::{BaseFeeInputs, next_base_fee};
use rollup_evm::NextBlockAttributes;
use rollup_primitives::{PayloadAttributes, ScrollHeader};
use rollup_storage::{StateReader, StorageError};

/// The range of gas limits that headers may have.
const GAS_LIMITS: (u64, u64) = (5_000, i64::MAX.unsigned_abs());

/// What the child of `parent` is to be, whose post-state is `state`.
pub(crate) fn next_block(
    spec: &ScrollChainSpec,
    parent: &ScrollHeader,
    state: &StateReader<'_>,
    config: PayloadConfig,
    attributes: &PayloadAttributes,
) -> Result<NextBlockAttributes, StorageError> {
    let timestamp = attributes.timestamp;
    let inputs = BaseFeeInputs::read(spec, |account, slot| state.storage(account, slot))?;
    Ok(NextBlockAttributes {
        timestamp,
        gas_limit: gas_limit(parent.gas_limit, config.gas_limit, attributes.gas_limit),
        base_fee_per_gas: next_base_fee(spec, parent, timestamp, inputs),
    })
}

/// The gas limit nearest to the wanted one, or else to the configured one, that the child of a block
/// with the limit `parent` may have.
fn gas_limit(parent: u64, configured: u64, wanted: Option<u64>) -> u64 {
    let bound = parent / GAS_LIMIT_BOUND_DIVISOR;
    let (target, step) = match wanted {
        // It may be that of a block that exists: whatever headers may have.
        Some(limit) => (limit, bound),
        // l2geth takes no step that is as large as the bound.
        None => (configured, bound.saturating_sub(1)),
    };
    let (lowest, highest) = GAS_LIMITS;
    let target = target.clamp(lowest, highest);
    target.clamp(parent.saturating_sub(step), parent.saturating_add(step))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARENT: u64 = 20_000_000;
    const BOUND: u64 = 19_531;

    #[test]
    fn the_configured_gas_limit_is_approached_by_less_than_the_bound() {
        for (configured, expected) in [
            (PARENT, PARENT),
            (PARENT + BOUND - 1, PARENT + BOUND - 1),
            (PARENT + BOUND, PARENT + BOUND - 1),
            (u64::MAX, PARENT + BOUND - 1),
            (PARENT - BOUND + 1, PARENT - BOUND + 1),
            (PARENT - BOUND, PARENT - BOUND + 1),
            (0, PARENT - BOUND + 1),
        ] {
            assert_eq!(gas_limit(PARENT, configured, None), expected, "{configured}");
        }
    }

    #[test]
    fn the_gas_limit_of_the_attributes_may_differ_by_the_bound() {
        for (wanted, expected) in [
            (PARENT, PARENT),
            (PARENT + BOUND, PARENT + BOUND),
            (PARENT + BOUND + 1, PARENT + BOUND),
            (PARENT - BOUND, PARENT - BOUND),
            (PARENT - BOUND - 1, PARENT - BOUND),
        ] {
            assert_eq!(gas_limit(PARENT, 7, Some(wanted)), expected, "{wanted}");
        }
    }

    #[test]
    fn the_gas_limit_stays_in_the_range_of_headers() {
        let (lowest, highest) = GAS_LIMITS;
        for wanted in [None, Some(0)] {
            assert_eq!(gas_limit(lowest + 1, 0, wanted), lowest);
        }
        for wanted in [None, Some(u64::MAX)] {
            assert_eq!(gas_limit(highest - 1, u64::MAX, wanted), highest);
        }
        // A step of less than one gas is none.
        assert_eq!(gas_limit(lowest, 0, None), lowest);
        assert_eq!(gas_limit(1_000, 2_000, None), 1_000);
    }
}
