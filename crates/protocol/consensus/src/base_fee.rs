//! The base fee a sequencer gives the next block (execution specification 4.5).

use alloy_eips::calc_next_block_base_fee;
use alloy_primitives::{Address, U256};
use rollup_chainspec::{
    BASE_FEE_SCALAR_PRECISION, DEFAULT_BASE_FEE_OVERHEAD_WEI, DEFAULT_BASE_FEE_SCALAR,
    FEYNMAN_BASE_FEE_PARAMS, INITIAL_EIP1559_BASE_FEE_WEI, L1_GAS_PRICE_ORACLE,
    L2_SYSTEM_CONFIG_OVERHEAD_SLOT, L2_SYSTEM_CONFIG_SCALAR_SLOT, MAX_L2_BASE_FEE_WEI,
    ScrollChainSpec,
};
use rollup_primitives::ScrollHeader;

/// The part of the parent's post-state that the base fee depends on.
///
/// A slot of a contract that does not exist reads as zero, so [`Self::default`] stands for a
/// chain without either contract.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BaseFeeInputs {
    /// L1 base fee in wei: slot 1 of the L1 gas price oracle. Without influence from Feynman on.
    pub l1_base_fee_wei: U256,
    /// Slot [`L2_SYSTEM_CONFIG_OVERHEAD_SLOT`](rollup_chainspec::L2_SYSTEM_CONFIG_OVERHEAD_SLOT)
    /// of the L2 `SystemConfig`, in wei. Zero stands for [`DEFAULT_BASE_FEE_OVERHEAD_WEI`].
    pub overhead_wei: U256,
    /// Slot [`L2_SYSTEM_CONFIG_SCALAR_SLOT`](rollup_chainspec::L2_SYSTEM_CONFIG_SCALAR_SLOT) of
    /// the L2 `SystemConfig`, in units of 1 / [`BASE_FEE_SCALAR_PRECISION`]. Zero stands for
    /// [`DEFAULT_BASE_FEE_SCALAR`]. Without influence from Feynman on.
    pub scalar: U256,
}

/// Slot of the L1 gas price oracle with the L1 base fee.
const L1_BASE_FEE_SLOT: U256 = U256::ONE;

impl BaseFeeInputs {
    /// Reads them from a state. `slot` gives the value of a slot there, zero if there is none.
    ///
    /// # Errors
    /// Those of `slot`.
    pub fn read<E>(
        spec: &ScrollChainSpec,
        slot: impl Fn(Address, U256) -> Result<U256, E>,
    ) -> Result<Self, E> {
        let l1_base_fee_wei = slot(L1_GAS_PRICE_ORACLE, L1_BASE_FEE_SLOT)?;
        let system_config = spec.config().l2_system_config_address;
        if system_config.is_zero() {
            return Ok(Self { l1_base_fee_wei, ..Default::default() });
        }
        Ok(Self {
            l1_base_fee_wei,
            overhead_wei: slot(system_config, L2_SYSTEM_CONFIG_OVERHEAD_SLOT)?,
            scalar: slot(system_config, L2_SYSTEM_CONFIG_SCALAR_SLOT)?,
        })
    }
}

/// Base fee in wei of the child of `parent`, `None` before Curie.
///
/// `parent` must be valid ([`crate::validate_header`]), `child_timestamp` is in seconds and
/// decides whether the child is in Feynman. The result is at most [`MAX_L2_BASE_FEE_WEI`]. It is
/// what a sequencer should choose and what a wallet can expect, but no rule for headers.
pub fn next_base_fee(
    spec: &ScrollChainSpec,
    parent: &ScrollHeader,
    child_timestamp: u64,
    inputs: BaseFeeInputs,
) -> Option<u64> {
    if !spec.is_curie_active_at_block(parent.number.saturating_add(1)) {
        return None;
    }
    let overhead_wei = non_zero_or(inputs.overhead_wei, DEFAULT_BASE_FEE_OVERHEAD_WEI);
    let variable_wei = if spec.is_feynman_active_at_timestamp(child_timestamp) {
        U256::from(congestion_part(spec, parent, overhead_wei))
    } else {
        l1_part(inputs)
    };
    let base_fee_wei = variable_wei.saturating_add(overhead_wei);
    Some(base_fee_wei.saturating_to::<u64>().min(MAX_L2_BASE_FEE_WEI))
}

/// Before Feynman: the share of the L1 base fee.
fn l1_part(inputs: BaseFeeInputs) -> U256 {
    let scalar = non_zero_or(inputs.scalar, DEFAULT_BASE_FEE_SCALAR);
    // An overflow is far above the cap, and still is after the division.
    inputs.l1_base_fee_wei.saturating_mul(scalar) / BASE_FEE_SCALAR_PRECISION
}

/// From Feynman on: EIP-1559 over the parent's base fee without the overhead in it.
fn congestion_part(spec: &ScrollChainSpec, parent: &ScrollHeader, overhead_wei: U256) -> u64 {
    let Some(parent_fee_wei) = parent.base_fee_per_gas else {
        return INITIAL_EIP1559_BASE_FEE_WEI;
    };
    if !spec.is_feynman_active_at_timestamp(parent.timestamp) {
        // The congestion part starts from the whole fee of the last block before it existed.
        return parent_fee_wei;
    }
    calc_next_block_base_fee(
        parent.gas_used,
        parent.gas_limit,
        parent_fee_wei.saturating_sub(overhead_wei.saturating_to()),
        FEYNMAN_BASE_FEE_PARAMS,
    )
}

fn non_zero_or(value: U256, default: U256) -> U256 {
    if value.is_zero() { default } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rollup_chainspec::{L2_SYSTEM_CONFIG_MAINNET, dev, scroll_mainnet};
    use std::convert::Infallible;

    const CURIE: u64 = 7_096_836;
    const CURIE_TIMESTAMP: u64 = 1_719_994_280;
    const FEYNMAN: u64 = 1_755_576_000;
    const CAP: u64 = 10_000_000_000;

    fn inputs(l1_base_fee_wei: u64, overhead_wei: u64, scalar: u64) -> BaseFeeInputs {
        BaseFeeInputs {
            l1_base_fee_wei: U256::from(l1_base_fee_wei),
            overhead_wei: U256::from(overhead_wei),
            scalar: U256::from(scalar),
        }
    }

    fn before_feynman(inputs: BaseFeeInputs) -> Option<u64> {
        let parent = ScrollHeader { number: CURIE, ..Default::default() };
        next_base_fee(&scroll_mainnet(), &parent, CURIE_TIMESTAMP, inputs)
    }

    fn feynman_parent(base_fee_wei: u64, gas_used: u64) -> ScrollHeader {
        ScrollHeader {
            number: 19_604_670,
            timestamp: FEYNMAN,
            gas_limit: 20_000_000,
            gas_used,
            base_fee_per_gas: Some(base_fee_wei),
            ..Default::default()
        }
    }

    fn from_feynman(base_fee_wei: u64, gas_used: u64, inputs: BaseFeeInputs) -> Option<u64> {
        let parent = feynman_parent(base_fee_wei, gas_used);
        next_base_fee(&scroll_mainnet(), &parent, FEYNMAN + 1, inputs)
    }

    #[test]
    fn follows_the_l1_base_fee_before_feynman() {
        for (l1_base_fee_wei, expected) in [
            (0, 15_680_000),
            (1_000_000_000, 15_714_000),
            (2_000_000_000, 15_748_000),
            (100_000_000_000, 19_080_000),
            (111_111_111_111, 19_457_777),
            (2_164_000_000_000, 89_256_000),
            (644_149_677_419_355, CAP),
            (7_579_169_858, 15_937_691),
        ] {
            let base_fee = before_feynman(inputs(l1_base_fee_wei, 0, 0));
            assert_eq!(base_fee, Some(expected), "{l1_base_fee_wei}");
        }
    }

    #[test]
    fn takes_a_default_for_each_zero_parameter() {
        for (inputs, expected) in [
            (inputs(111_111_111_111, 1, 10_000_000), 2),
            (inputs(644_149_677_419_355, 1, 10_000_000), 6_442),
            (inputs(111_111_111_111, 1, 0), 3_777_778),
            (inputs(111_111_111_111, 0, 10_000_000), 15_680_001),
            (inputs(111_111_111_111, 0, 0), 19_457_777),
        ] {
            assert_eq!(before_feynman(inputs), Some(expected), "{inputs:?}");
        }
    }

    #[test]
    fn stays_below_the_cap_whatever_the_state_holds() {
        let (max, one) = (U256::MAX, U256::ONE);
        // One wei below, at and above the cap, then sums and products beyond 64 and 256 bits.
        for (inputs, expected) in [
            (inputs(0, CAP - 1, 1), CAP - 1),
            (inputs(0, CAP, 1), CAP),
            (inputs(0, CAP + 1, 1), CAP),
            (BaseFeeInputs { l1_base_fee_wei: max, overhead_wei: max, scalar: max }, CAP),
            (BaseFeeInputs { l1_base_fee_wei: max, overhead_wei: one, scalar: max }, CAP),
            (BaseFeeInputs { overhead_wei: max, ..inputs(1_000_000_000, 0, 0) }, CAP),
            (BaseFeeInputs { overhead_wei: one << 64, ..Default::default() }, CAP),
        ] {
            assert_eq!(before_feynman(inputs), Some(expected), "{inputs:?}");
            let feynman = from_feynman(CAP, 20_000_000, inputs);
            assert!(feynman <= Some(CAP), "{inputs:?}");
        }
        assert_eq!(from_feynman(CAP, 20_000_000, inputs(0, 1, 0)), Some(CAP));
    }

    #[test]
    fn follows_congestion_from_feynman() {
        for (base_fee_wei, gas_used, expected) in [
            (1_000_000_000, 10_000_000, 1_000_000_000),
            (1_000_000_001, 9_000_000, 987_500_001),
            (1_000_000_001, 11_000_000, 1_012_500_001),
            // The least step up is one wei, the least step down none.
            (2, 10_000_001, 3),
            (2, 0, 2),
            (1, 20_000_000, 2),
        ] {
            // Neither the L1 base fee nor the scalar counts any more.
            for inputs in [inputs(0, 1, 0), inputs(u64::MAX, 1, u64::MAX)] {
                let base_fee = from_feynman(base_fee_wei, gas_used, inputs);
                assert_eq!(base_fee, Some(expected), "{base_fee_wei} {gas_used}");
            }
        }
    }

    #[test]
    fn keeps_a_small_congestion_part_constant_below_the_target() {
        // 7 wei are the most that a step down of an eighth, rounded down, cannot lessen.
        for gas_used in [0, 150_540, 5_012_587, 9_999_999, 10_000_000] {
            let base_fee = from_feynman(120_007, gas_used, inputs(0, 120_000, 0));
            assert_eq!(base_fee, Some(120_007), "{gas_used}");
        }
        assert_eq!(from_feynman(120_008, 0, inputs(0, 120_000, 0)), Some(120_007));
    }

    #[test]
    fn restarts_from_the_overhead_when_it_rises_above_the_fee() {
        assert_eq!(from_feynman(1_000, 10_000_000, inputs(0, 5_000, 0)), Some(5_000));
        assert_eq!(from_feynman(1_000, 10_000_000, BaseFeeInputs::default()), Some(15_680_000));
    }

    #[test]
    fn starts_feynman_from_the_whole_fee_of_the_parent() {
        let last = ScrollHeader { timestamp: FEYNMAN - 1, ..feynman_parent(40_000_000, 0) };
        let without_fee = ScrollHeader { base_fee_per_gas: None, ..last.clone() };
        let inputs = inputs(1_000_000_000, 1_000, 34_000_000_000_000);
        for (parent, child_timestamp, expected) in [
            (&last, FEYNMAN - 1, 35_000),
            (&last, FEYNMAN, 40_001_000),
            (&without_fee, FEYNMAN, 10_001_000),
            (&feynman_parent(40_001_000, 0), FEYNMAN, 35_001_000),
        ] {
            let base_fee = next_base_fee(&scroll_mainnet(), parent, child_timestamp, inputs);
            assert_eq!(base_fee, Some(expected), "{} {child_timestamp}", parent.timestamp);
        }
    }

    #[test]
    fn exists_from_the_first_block_of_curie() {
        for (parent_number, expected) in
            [(0, None), (CURIE - 2, None), (CURIE - 1, Some(15_680_000)), (CURIE, Some(15_680_000))]
        {
            let parent = ScrollHeader { number: parent_number, ..Default::default() };
            let base_fee =
                next_base_fee(&scroll_mainnet(), &parent, CURIE_TIMESTAMP, Default::default());
            assert_eq!(base_fee, expected, "{parent_number}");
        }
    }

    /// The slots that hold something, as on mainnet; zero elsewhere.
    fn stored(account: Address, slot: U256) -> Result<U256, Infallible> {
        let value = match (account, slot.to::<u64>()) {
            (L1_GAS_PRICE_ORACLE, 1) => 7,
            (L2_SYSTEM_CONFIG_MAINNET, 101) => 8,
            (L2_SYSTEM_CONFIG_MAINNET, 102) => 9,
            _ => 0,
        };
        Ok(U256::from(value))
    }

    #[test]
    fn reads_the_slots_of_both_contracts() {
        assert_eq!(BaseFeeInputs::read(&scroll_mainnet(), stored), Ok(inputs(7, 8, 9)));
    }

    #[test]
    fn reads_no_system_config_where_there_is_none() {
        // The zero address is an account like any other.
        let slot = |account: Address, slot| {
            if account.is_zero() { Ok(U256::ONE) } else { stored(account, slot) }
        };
        assert_eq!(BaseFeeInputs::read(&dev(), slot), Ok(inputs(7, 0, 0)));
    }

    #[test]
    fn a_slot_that_cannot_be_read_is_an_error() {
        for failing in [L1_GAS_PRICE_ORACLE, L2_SYSTEM_CONFIG_MAINNET] {
            let slot = |account, slot| match stored(account, slot) {
                Ok(value) if account != failing => Ok(value),
                _ => Err(account),
            };
            assert_eq!(BaseFeeInputs::read(&scroll_mainnet(), slot), Err(failing));
        }
    }
}
