//! The tries as the layers leave them, for the computation of the next root.

use crate::{
    chain::trie::{AccountCursor, StorageCursor, StoredState, StoredStateError},
    changes::StateChanges,
};
use alloy_primitives::{B256, U256};
use nybbles::Nibbles;
use rollup_db::{DbError, ReadOnly, ReadTx};
use rollup_trie::{
    BranchRecord, StateSource, StorageTrieUpdates, TrieAccount, TrieCursor, TrieUpdates,
    account_leaf, slot_leaf,
};
use std::{cmp::Ordering, collections::BTreeMap};

/// The stored tries with changes on top of them, the newest last.
pub(crate) struct LayeredState<'a> {
    stored: StoredState<'a, ReadOnly>,
    layers: Vec<&'a StateChanges>,
}

impl<'a> LayeredState<'a> {
    pub(crate) fn new(tx: &'a ReadTx, layers: impl IntoIterator<Item = &'a StateChanges>) -> Self {
        Self { stored: StoredState(tx), layers: layers.into_iter().collect() }
    }
}

impl StateSource for LayeredState<'_> {
    type Error = DbError;
    type Accounts<'a>
        = LayeredAccounts<'a>
    where
        Self: 'a;
    type Storage<'a>
        = LayeredStorage<'a>
    where
        Self: 'a;

    fn account_cursor(&self) -> Result<LayeredAccounts<'_>, DbError> {
        Ok(LayeredAccounts { layers: &self.layers, stored: self.stored.account_cursor()? })
    }

    fn storage_cursor(&self, hashed_address: B256) -> Result<LayeredStorage<'_>, DbError> {
        let stored = self.stored.storage_cursor(hashed_address)?;
        Ok(LayeredStorage { hashed_address, layers: &self.layers, stored })
    }
}

/// The account trie.
pub(crate) struct LayeredAccounts<'a> {
    layers: &'a [&'a StateChanges],
    stored: AccountCursor<'a, ReadOnly>,
}

impl TrieCursor for LayeredAccounts<'_> {
    type Error = StoredStateError;

    fn seek_branch(
        &mut self,
        path: &Nibbles,
    ) -> Result<Option<(Nibbles, BranchRecord)>, StoredStateError> {
        let layers = self
            .layers
            .iter()
            .rev()
            .map(|changes| Layer { entries: &changes.updates().account_trie, hides_older: false });
        seek(*path, layers, next_record, after_path, |path| self.stored.seek_branch(path))
    }

    fn seek_leaf(&mut self, key: B256) -> Result<Option<(B256, Vec<u8>)>, StoredStateError> {
        let layers = self
            .layers
            .iter()
            .rev()
            .map(|changes| Layer { entries: &changes.updates().accounts, hides_older: false });
        let next = |accounts: &Accounts, key: &B256| {
            let (key, account) = accounts.range(*key..).next()?;
            Some((*key, account.as_ref().map(account_leaf)))
        };
        seek(key, layers, next, after_hash, |key| self.stored.seek_leaf(*key))
    }
}

type Accounts = BTreeMap<B256, Option<TrieAccount>>;
type Slots = BTreeMap<B256, U256>;

/// The storage trie of one account.
pub(crate) struct LayeredStorage<'a> {
    hashed_address: B256,
    layers: &'a [&'a StateChanges],
    stored: StorageCursor<'a, ReadOnly>,
}

impl TrieCursor for LayeredStorage<'_> {
    type Error = StoredStateError;

    fn seek_branch(
        &mut self,
        path: &Nibbles,
    ) -> Result<Option<(Nibbles, BranchRecord)>, StoredStateError> {
        let layers = self.layers.iter().rev().filter_map(|changes| {
            let tries = &changes.updates().storage_tries;
            let StorageTrieUpdates { is_wiped, updates } = tries.get(&self.hashed_address)?;
            Some(Layer { entries: updates, hides_older: *is_wiped })
        });
        seek(*path, layers, next_record, after_path, |path| self.stored.seek_branch(path))
    }

    fn seek_leaf(
        &mut self,
        hashed_slot: B256,
    ) -> Result<Option<(B256, Vec<u8>)>, StoredStateError> {
        let layers = self.layers.iter().rev().filter_map(|changes| {
            let entries = changes.hashed_slots().get(&self.hashed_address)?;
            Some(Layer { entries, hides_older: false })
        });
        let next = |slots: &Slots, key: &B256| {
            let (key, value) = slots.range(*key..).next()?;
            Some((*key, (!value.is_zero()).then(|| slot_leaf(*value))))
        };
        seek(hashed_slot, layers, next, after_hash, |key| self.stored.seek_leaf(*key))
    }
}

/// What one block wrote and removed.
#[derive(Clone, Copy)]
struct Layer<'a, E> {
    entries: &'a E,
    /// Whether nothing from before the block is left.
    hides_older: bool,
}

/// The first entry at or after `from` that the layers, given newest first, leave of what is stored.
///
/// `next` gives a layer's first entry at or after a key, `None` as value if the block removed it;
/// `after` the key behind a key.
fn seek<'a, K: Ord, V, E: 'a>(
    mut from: K,
    layers: impl Iterator<Item = Layer<'a, E>> + Clone,
    next: impl Fn(&E, &K) -> Option<(K, Option<V>)>,
    after: impl Fn(K) -> Option<K>,
    mut stored: impl FnMut(&K) -> Result<Option<(K, V)>, StoredStateError>,
) -> Result<Option<(K, V)>, StoredStateError> {
    loop {
        let mut newest: Option<(K, Option<V>)> = None;
        let mut is_stored_hidden = false;
        for layer in layers.clone() {
            if let Some(entry) = next(layer.entries, &from)
                && newest.as_ref().is_none_or(|(key, _)| entry.0 < *key)
            {
                newest = Some(entry);
            }
            // Nothing comes before `from`, and nothing older counts there.
            let is_decided = newest.as_ref().is_some_and(|(key, _)| *key == from);
            if is_decided || layer.hides_older {
                is_stored_hidden = true;
                break;
            }
        }
        let stored = if is_stored_hidden { None } else { stored(&from)? };
        let (key, value) = match (newest, stored) {
            (None, stored) => return Ok(stored),
            (Some((key, _)), Some(stored)) if stored.0.cmp(&key) == Ordering::Less => {
                return Ok(Some(stored));
            }
            (Some(entry), _) => entry,
        };
        if let Some(value) = value {
            return Ok(Some((key, value)));
        }
        let Some(next_from) = after(key) else { return Ok(None) };
        from = next_from;
    }
}

fn next_record(updates: &TrieUpdates, path: &Nibbles) -> Option<(Nibbles, Option<BranchRecord>)> {
    let put = updates.puts.get(updates.puts.partition_point(|(put, _)| put < path));
    let deleted = updates.deletes.get(updates.deletes.partition_point(|deleted| deleted < path));
    match (put, deleted) {
        (Some((put, _)), Some(deleted)) if deleted < put => Some((*deleted, None)),
        (Some((put, record)), _) => Some((*put, Some(record.clone()))),
        (None, deleted) => deleted.map(|deleted| (*deleted, None)),
    }
}

/// Records have paths of less than 64 nibbles, so there is room for one more.
fn after_path(mut path: Nibbles) -> Option<Nibbles> {
    path.push(0);
    Some(path)
}

fn after_hash(key: B256) -> Option<B256> {
    U256::from_be_bytes(key.0).checked_add(U256::ONE).map(B256::from)
}
