//! Feynman: the oracle learns the compression penalty (spec/execution 5).

use super::oracle_upgrade::OracleUpgrade;
use alloy_primitives::b256;

/// Slot of the `isFeynman` flag.
pub(super) const FLAG_SLOT: u64 = 11;

/// Applied in the first block of the fork, unless the flag is set.
pub(super) const UPGRADE: OracleUpgrade = OracleUpgrade {
    code: include_bytes!("../../res/l1_gas_price_oracle_feynman.bin"),
    code_hash: b256!("c0be97aa0ca343d23e56a121da166078248b2ddd5f5c4886213c4d236c0ce9d2"),
    // penaltyThreshold, penaltyFactor, isFeynman
    slots: &[(9, 1_000_000_000), (10, 1_000_000_000), (FLAG_SLOT, 1)],
};
