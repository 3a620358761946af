//! A database in maps, that counts reads.

use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet},
};

use alloy_primitives::{B256, U256};
use nybbles::Nibbles;
use rollup_trie::{
    BranchRecord, EMPTY_ROOT_HASH, RecordError, StateSource, StateUpdates, TrieBuilder, TrieCursor,
    TrieUpdates, account_leaf, slot_leaf,
};

use crate::support::Leaves;

/// Records as bytes, so that equality is that of bytes.
pub(crate) type Records = BTreeMap<Nibbles, Vec<u8>>;

#[derive(Clone, Debug, Default)]
pub(crate) struct TrieTables {
    pub(crate) records: Records,
    pub(crate) leaves: Leaves,
    pub(crate) record_reads: Cell<usize>,
    pub(crate) leaf_reads: Cell<usize>,
}

impl PartialEq for TrieTables {
    fn eq(&self, other: &Self) -> bool {
        self.records == other.records && self.leaves == other.leaves
    }
}

impl TrieTables {
    /// The tables of a trie built from all its leaves, and its root.
    pub(crate) fn build(leaves: &Leaves) -> (Self, B256) {
        let mut builder = TrieBuilder::default();
        let mut tables = Self { leaves: leaves.clone(), ..Self::default() };
        for (key, value) in leaves {
            builder.add_leaf(*key, value.clone()).unwrap();
            tables.put_all(&builder.take_records());
        }
        let (root, rest) = builder.finish();
        tables.put_all(&rest);
        (tables, root)
    }

    fn put_all(&mut self, records: &[(Nibbles, BranchRecord)]) {
        for (path, record) in records {
            self.records.insert(*path, record.encode());
        }
    }

    /// Writes updates, and checks that each of them is one.
    pub(crate) fn write(&mut self, updates: &TrieUpdates) {
        let paths: Vec<_> = updates.puts.iter().map(|(path, _)| *path).collect();
        assert!(paths.is_sorted() && updates.deletes.is_sorted());
        let distinct: BTreeSet<_> = paths.iter().chain(&updates.deletes).collect();
        assert_eq!(distinct.len(), paths.len() + updates.deletes.len());
        for path in &updates.deletes {
            assert!(self.records.remove(path).is_some(), "no record at {path:?}");
        }
        let before = self.records.clone();
        self.put_all(&updates.puts);
        for path in &paths {
            assert_ne!(before.get(path), self.records.get(path), "same record at {path:?}");
        }
    }

    pub(crate) const fn cursor(&self) -> Cursor<'_> {
        Cursor(self)
    }
}

#[derive(Debug)]
pub(crate) struct Cursor<'a>(&'a TrieTables);

impl TrieCursor for Cursor<'_> {
    type Error = RecordError;

    fn seek_branch(
        &mut self,
        path: &Nibbles,
    ) -> Result<Option<(Nibbles, BranchRecord)>, RecordError> {
        self.0.record_reads.set(self.0.record_reads.get() + 1);
        let found = self.0.records.range(path..).next();
        found.map(|(path, bytes)| Ok((*path, BranchRecord::decode(bytes)?))).transpose()
    }

    fn seek_leaf(&mut self, key: B256) -> Result<Option<(B256, Vec<u8>)>, RecordError> {
        self.0.leaf_reads.set(self.0.leaf_reads.get() + 1);
        Ok(self.0.leaves.range(key..).next().map(|(key, value)| (*key, value.clone())))
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct StateTables {
    pub(crate) accounts: TrieTables,
    pub(crate) storages: BTreeMap<B256, TrieTables>,
    none: TrieTables,
}

impl StateTables {
    pub(crate) fn new(accounts: TrieTables, storages: BTreeMap<B256, TrieTables>) -> Self {
        Self { accounts, storages, none: TrieTables::default() }
    }

    /// Writes updates and the slots they come from, as storage does.
    pub(crate) fn write(
        &mut self,
        updates: &StateUpdates,
        slots: &BTreeMap<B256, BTreeMap<B256, U256>>,
    ) {
        self.accounts.write(&updates.account_trie);
        for (key, account) in &updates.accounts {
            match account {
                Some(account) => self.accounts.leaves.insert(*key, account_leaf(account)),
                None => self.accounts.leaves.remove(key),
            };
        }
        for (key, trie) in &updates.storage_tries {
            let tables = self.storages.entry(*key).or_default();
            if trie.is_wiped {
                assert!(!tables.leaves.is_empty(), "wiped without storage");
                *tables = TrieTables::default();
            }
            tables.write(&trie.updates);
        }
        for (key, slots) in slots {
            let tables = self.storages.entry(*key).or_default();
            for (slot, value) in slots {
                if value.is_zero() {
                    tables.leaves.remove(slot);
                } else {
                    tables.leaves.insert(*slot, slot_leaf(*value));
                }
            }
        }
        for (key, account) in &updates.accounts {
            if account.is_none_or(|account| account.storage_root == EMPTY_ROOT_HASH)
                && let Some(tables) = self.storages.remove(key)
            {
                assert_eq!(tables, TrieTables::default());
            }
        }
    }
}

impl StateSource for StateTables {
    type Error = RecordError;
    type Accounts<'a> = Cursor<'a>;
    type Storage<'a> = Cursor<'a>;

    fn account_cursor(&self) -> Result<Cursor<'_>, RecordError> {
        Ok(self.accounts.cursor())
    }

    fn storage_cursor(&self, hashed_address: B256) -> Result<Cursor<'_>, RecordError> {
        Ok(self.storages.get(&hashed_address).unwrap_or(&self.none).cursor())
    }
}
