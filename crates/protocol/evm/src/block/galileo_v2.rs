//! `GalileoV2`: the oracle learns the fee by compressed size (spec/execution 5).

use super::oracle_upgrade::OracleUpgrade;
use alloy_primitives::b256;

/// Slot of the `isGalileo` flag.
pub(super) const FLAG_SLOT: u64 = 12;

/// Applied in the first block of the fork, unless the flag is set.
pub(super) const UPGRADE: OracleUpgrade = OracleUpgrade {
    code: include_bytes!("../../res/l1_gas_price_oracle_galileo_v2.bin"),
    code_hash: b256!("46c40600a2bb1503cd112d2f7ee5bcd2cffb0e8e01f69ded523459a928339cc6"),
    slots: &[(FLAG_SLOT, 1)],
};
