//! Curie: the oracle learns the blob-based fee (spec/execution 5).

use super::oracle_upgrade::OracleUpgrade;
use alloy_primitives::b256;

/// Applied in exactly one block, the one whose number activates the fork.
pub(super) const UPGRADE: OracleUpgrade = OracleUpgrade {
    code: include_bytes!("../../res/l1_gas_price_oracle_curie.bin"),
    code_hash: b256!("19e0db18cf25c98a25c9e8eac4c99e0653cd8c395303140b41425e9fa3f9bb65"),
    // l1BlobBaseFee, commitScalar, blobScalar, isCurie
    slots: &[(5, 1), (6, 230_759_955_285), (7, 417_565_260), (8, 1)],
};
