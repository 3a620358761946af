use std::collections::{BTreeMap, BTreeSet};

use alloy_primitives::B256;
use alloy_trie::{EMPTY_ROOT_HASH, TrieAccount};

use crate::{
    AccountInfo, HashedPostState, HashedStorage, LeafChange, StateSource, StoredTrie, TrieCursor,
    TrieError, TrieUpdates, account_leaf, slot_leaf,
};

/// The account trie of a database, a part of it in memory, and the storage tries below it.
#[derive(Clone, Debug)]
pub struct StateTrie {
    pub(crate) accounts: StoredTrie,
}

/// What a [`HashedPostState`] changes in a database.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StateUpdates {
    /// The state root.
    pub root: B256,
    /// Accounts that changed, by hashed address, with their storage roots; `None` for those that do
    /// not exist any more.
    pub accounts: BTreeMap<B256, Option<TrieAccount>>,
    /// Records of the account trie.
    pub account_trie: TrieUpdates,
    /// Storage tries that changed, by hashed address.
    pub storage_tries: BTreeMap<B256, StorageTrieUpdates>,
}

/// What changes in the records of a storage trie.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StorageTrieUpdates {
    /// Whether all records (and leaves) from before are to be removed, before the updates.
    pub is_wiped: bool,
    /// What is to be written then.
    pub updates: TrieUpdates,
}

impl StateTrie {
    /// The state with root `root`, nothing of it read yet.
    pub fn from_root(root: B256) -> Self {
        Self { accounts: StoredTrie::from_root(root) }
    }

    /// The state root.
    pub fn root(&self) -> B256 {
        self.accounts.root()
    }

    /// Applies `state` and computes the storage roots and the state root. The leaf of each account in
    /// it is read. Accounts and slots given with the values they have change nothing.
    ///
    /// # Errors
    ///
    /// [`TrieError::MissingRecord`], [`TrieError::MissingLeaf`], [`TrieError::Mismatch`] or
    /// [`TrieError::InvalidStoredAccount`] if the database does not hold what its root says,
    /// [`TrieError::StorageWithoutAccount`] if `state` contradicts itself, or the error of the
    /// source. The trie may hold a part of the changes then, and must be dropped.
    pub fn update<S: StateSource>(
        &mut self,
        state: &HashedPostState,
        source: &S,
    ) -> Result<StateUpdates, TrieError> {
        let mut cursor = source.account_cursor().map_err(TrieError::source_failed)?;
        let mut updates = StateUpdates::default();
        let mut leaves = BTreeMap::new();
        let touched: BTreeSet<_> = state.accounts.keys().chain(state.storages.keys()).collect();
        for &hashed_address in touched {
            let before = read_account(&mut cursor, hashed_address)?;
            let after = update_account(state, hashed_address, before, source, &mut updates)?;
            // What has no leaf need not be absent from the trie: a removal makes sure of it.
            if before != after || after.is_none() {
                let value = after.as_ref().map(account_leaf);
                leaves.insert(hashed_address, LeafChange { value, is_known: before.is_some() });
            }
            if before != after {
                updates.accounts.insert(hashed_address, after);
            }
        }
        updates.account_trie = self.accounts.update(leaves, &mut cursor)?;
        updates.root = self.accounts.root();
        Ok(updates)
    }

    /// Forgets what is `depth` branches or more below the root of the account trie. What is kept is
    /// not read again, so the source of later calls must show all updates so far.
    pub fn prune(&mut self, depth: usize) {
        self.accounts.prune(depth);
    }
}

/// The account after the change; updates its storage trie.
fn update_account<S: StateSource>(
    state: &HashedPostState,
    hashed_address: B256,
    before: Option<TrieAccount>,
    source: &S,
    updates: &mut StateUpdates,
) -> Result<Option<TrieAccount>, TrieError> {
    let root = before.map_or(EMPTY_ROOT_HASH, |account| account.storage_root);
    let storage = state.storages.get(&hashed_address);
    let info = match (state.accounts.get(&hashed_address), before) {
        (Some(Some(info)), _) => *info,
        (None, Some(TrieAccount { nonce, balance, code_hash, .. })) => {
            AccountInfo { nonce, balance, code_hash }
        }
        (Some(None), _) => {
            if root != EMPTY_ROOT_HASH {
                let wiped = StorageTrieUpdates { is_wiped: true, ..Default::default() };
                updates.storage_tries.insert(hashed_address, wiped);
            }
            return Ok(None);
        }
        (None, None) => return Err(TrieError::StorageWithoutAccount { hashed_address }),
    };
    let mut storage_root = root;
    if let Some(storage) = storage {
        let (root, trie) = update_storage(hashed_address, root, storage, source)?;
        storage_root = root;
        if trie.is_wiped || !trie.updates.is_empty() {
            updates.storage_tries.insert(hashed_address, trie);
        }
    }
    let AccountInfo { nonce, balance, code_hash } = info;
    Ok(Some(TrieAccount::new(nonce, balance, storage_root, code_hash)))
}

/// Applies `storage` to the storage trie with root `root`, and returns the new root.
fn update_storage<S: StateSource>(
    hashed_address: B256,
    root: B256,
    storage: &HashedStorage,
    source: &S,
) -> Result<(B256, StorageTrieUpdates), TrieError> {
    let is_wiped = storage.is_wiped && root != EMPTY_ROOT_HASH;
    let mut trie = if is_wiped { StoredTrie::empty() } else { StoredTrie::from_root(root) };
    let leaves = storage.slots.iter().map(|(slot, value)| {
        let value = (!value.is_zero()).then(|| slot_leaf(*value));
        (*slot, LeafChange { value, is_known: false })
    });
    let mut cursor = source.storage_cursor(hashed_address).map_err(TrieError::source_failed)?;
    let updates = trie.update(leaves.collect(), &mut cursor)?;
    Ok((trie.root(), StorageTrieUpdates { is_wiped, updates }))
}

/// The account whose leaf the cursor shows.
pub(crate) fn read_account(
    cursor: &mut impl TrieCursor,
    hashed_address: B256,
) -> Result<Option<TrieAccount>, TrieError> {
    let found = cursor.seek_leaf(hashed_address).map_err(TrieError::source_failed)?;
    let leaf = found.filter(|(key, _)| *key == hashed_address);
    leaf.map(|(_, value)| decode_account(hashed_address, &value)).transpose()
}

pub(crate) fn decode_account(hashed_address: B256, value: &[u8]) -> Result<TrieAccount, TrieError> {
    alloy_rlp::decode_exact(value)
        .map_err(|reason| TrieError::InvalidStoredAccount { hashed_address, reason })
}
