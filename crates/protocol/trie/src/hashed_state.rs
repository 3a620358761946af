use std::collections::BTreeMap;

use alloy_primitives::{B256, U256, keccak256};
use alloy_trie::TrieAccount;

use crate::{AccountInfo, PostState};

/// The accounts and slots that some blocks changed, by the keys of the tries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HashedPostState {
    /// Accounts by hashed address; `None` for those that do not exist any more, with their storage.
    pub accounts: BTreeMap<B256, Option<AccountInfo>>,
    /// Storage by hashed address. An account that is not among `accounts` keeps its other fields.
    pub storages: BTreeMap<B256, HashedStorage>,
}

/// The slots of one account that some blocks changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HashedStorage {
    /// Whether all slots from before are gone.
    pub is_wiped: bool,
    /// New values by hashed slot; zero removes the slot. After a wipe: the slots written since.
    pub slots: BTreeMap<B256, U256>,
}

impl From<&PostState> for HashedPostState {
    fn from(state: &PostState) -> Self {
        let mut hashed = Self::default();
        for (address, change) in &state.accounts {
            let key = keccak256(address);
            hashed.accounts.insert(key, change.info);
            if change.info.is_some() && (change.storage_wiped || !change.storage.is_empty()) {
                let slot =
                    |(slot, value): (&U256, &U256)| (keccak256(slot.to_be_bytes::<32>()), *value);
                let slots = change.storage.iter().map(slot).collect();
                let storage = HashedStorage { is_wiped: change.storage_wiped, slots };
                hashed.storages.insert(key, storage);
            }
        }
        hashed
    }
}

/// The value of an account's leaf in the account trie.
pub fn account_leaf(account: &TrieAccount) -> Vec<u8> {
    alloy_rlp::encode(account)
}

/// The value of a slot's leaf in a storage trie. A slot that is zero has no leaf.
pub fn slot_leaf(value: U256) -> Vec<u8> {
    alloy_rlp::encode(value)
}
