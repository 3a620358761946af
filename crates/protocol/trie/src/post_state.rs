use std::collections::BTreeMap;

use alloy_primitives::{Address, B256, U256};

/// The accounts that an execution changed.
///
/// Sorted maps, so that the first missing node is the same one on every run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PostState {
    /// Accounts that were, or may have been, changed. An account given with the values it already
    /// has costs one read.
    pub accounts: BTreeMap<Address, AccountChange>,
}

/// One account after an execution.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountChange {
    /// The account, or `None` if it does not exist any more. Whether an account that was touched and
    /// is empty ceases to exist (EIP-161) is for the execution to say: what is here is written.
    pub info: Option<AccountInfo>,
    /// Whether all slots from before the execution are gone.
    pub storage_wiped: bool,
    /// New values by slot (not hashed); zero removes the slot. After a wipe: the slots written since.
    /// Of no effect if `info` is `None`.
    pub storage: BTreeMap<U256, U256>,
}

/// The fields of an account other than its storage root, which follows from the changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountInfo {
    /// Number of transactions sent, or of contracts created.
    pub nonce: u64,
    /// In wei.
    pub balance: U256,
    /// Keccak hash of the code; [`KECCAK_EMPTY`](alloy_trie::KECCAK_EMPTY) without code.
    pub code_hash: B256,
}
