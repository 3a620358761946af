//! Which blocks there are.

use super::SequenceError;
use crate::eth::call::Overrides;
use alloy_primitives::Address;
use alloy_rpc_types_eth::{
    TransactionRequest,
    simulate::{MAX_SIMULATE_BLOCKS, SimBlock},
    state::StateOverride,
};
use rollup_primitives::ScrollHeader;
use std::collections::BTreeSet;

/// Seconds between two blocks, if nothing else is said.
const BLOCK_TIME: u64 = 1;

/// A block that is to be simulated.
#[derive(Debug)]
pub(super) struct PlannedBlock {
    pub(super) number: u64,
    pub(super) timestamp: u64,
    pub(super) overrides: Overrides,
    pub(super) calls: Vec<TransactionRequest>,
}

/// The blocks that follow `base`, with empty ones where numbers are left out.
pub(super) fn plan(
    base: &ScrollHeader,
    blocks: Vec<SimBlock>,
) -> Result<Vec<PlannedBlock>, SequenceError> {
    if blocks.is_empty() {
        return Err(SequenceError::Empty);
    }
    let mut planned = Vec::new();
    let (mut number, mut timestamp) = (base.number, base.timestamp);
    for block in blocks {
        let SimBlock { block_overrides, state_overrides, calls } = block;
        let own = block_overrides.as_ref();
        let wanted = own
            .and_then(|own| own.number)
            .map_or_else(|| number.saturating_add(1), |number| number.saturating_to());
        if wanted <= number {
            return Err(SequenceError::NumberOrder { number: wanted, previous: number });
        }
        if wanted - base.number > MAX_SIMULATE_BLOCKS {
            return Err(SequenceError::TooManyBlocks { max: MAX_SIMULATE_BLOCKS });
        }
        for between in number + 1..wanted {
            timestamp = timestamp.saturating_add(BLOCK_TIME);
            let (overrides, calls) = (Overrides::default(), Vec::new());
            planned.push(PlannedBlock { number: between, timestamp, overrides, calls });
        }
        let time =
            own.and_then(|own| own.time).unwrap_or_else(|| timestamp.saturating_add(BLOCK_TIME));
        if time <= timestamp {
            return Err(SequenceError::TimestampOrder { timestamp: time, previous: timestamp });
        }
        (number, timestamp) = (wanted, time);
        check_moves(state_overrides.as_ref())?;
        let overrides = Overrides { state: state_overrides, block: block_overrides.map(Box::new) };
        planned.push(PlannedBlock { number, timestamp, overrides, calls });
    }
    Ok(planned)
}

/// Precompiles may be moved to any place, but not two to one.
fn check_moves(overrides: Option<&StateOverride>) -> Result<(), SequenceError> {
    let mut places: BTreeSet<Address> = BTreeSet::new();
    for (address, account) in overrides.into_iter().flatten() {
        let Some(place) = account.move_precompile_to else { continue };
        if place == *address {
            return Err(SequenceError::MovedToItself(place));
        }
        if !places.insert(place) {
            return Err(SequenceError::MovedToTheSame(place));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::U256;
    use alloy_rpc_types_eth::BlockOverrides;

    fn block(number: Option<u64>, time: Option<u64>) -> SimBlock {
        let number = number.map(U256::from);
        SimBlock::default().with_block_overrides(BlockOverrides {
            number,
            time,
            ..Default::default()
        })
    }

    fn planned(blocks: Vec<SimBlock>) -> Result<Vec<(u64, u64)>, String> {
        let base = ScrollHeader { number: 10, timestamp: 100, ..Default::default() };
        let planned = plan(&base, blocks).map_err(|err| err.to_string())?;
        Ok(planned.into_iter().map(|block| (block.number, block.timestamp)).collect())
    }

    #[test]
    fn numbers_that_are_left_out_are_empty_blocks() {
        let blocks = vec![block(None, None), block(Some(14), None), block(None, Some(200))];
        let expected = [(11, 101), (12, 102), (13, 103), (14, 104), (15, 200)];
        assert_eq!(planned(blocks).unwrap(), expected);
    }

    #[test]
    fn numbers_and_timestamps_increase() {
        for (blocks, message) in [
            (vec![block(Some(10), None)], "block numbers must be in order: 10 <= 10"),
            (
                vec![block(Some(12), None), block(Some(11), None)],
                "block numbers must be in order: 11 <= 12",
            ),
            (vec![block(None, Some(100))], "block timestamps must be in order: 100 <= 100"),
            (vec![block(Some(13), Some(102))], "block timestamps must be in order: 102 <= 102"),
            (vec![block(Some(u64::MAX), None)], "too many blocks (max 256)"),
            (vec![block(Some(267), None)], "too many blocks (max 256)"),
            (vec![], "empty input"),
        ] {
            assert_eq!(planned(blocks).unwrap_err(), message);
        }
        assert_eq!(planned(vec![block(Some(266), None)]).unwrap().len(), 256);
    }
}
