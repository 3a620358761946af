//! The records of a trie are those that its leaves make.

use super::{
    read::{Found, get},
    run::Run,
    sketch::Known,
};
use crate::error::StorageError;
use alloy_primitives::{B256, Bytes};
use nybbles::Nibbles;
use rollup_db::Table;
use rollup_trie::{BranchRecord, TrieBuilder};

/// Leaves that are added before the records are taken.
const TAKE_AFTER: usize = 1_024;

/// Builds a trie from its leaves, and compares its records with the stored ones in the table `T`.
pub(super) struct CheckedTrie<F> {
    builder: TrieBuilder,
    leaves: usize,
    /// Key of the record at a path.
    key: F,
}

impl<F> CheckedTrie<F> {
    pub(super) fn new(key: F) -> Self {
        Self { builder: TrieBuilder::default(), leaves: 0, key }
    }

    pub(super) fn add<T>(
        &mut self,
        run: &mut Run<'_>,
        known: &mut Known,
        key: B256,
        leaf: Vec<u8>,
    ) -> Result<(), StorageError>
    where
        T: Table<Value = Bytes>,
        F: Fn(Nibbles) -> T::Key,
    {
        self.builder.add_leaf(key, leaf)?;
        self.leaves += 1;
        if self.leaves.is_multiple_of(TAKE_AFTER) {
            compare::<T>(run, known, self.builder.take_records(), &self.key)?;
        }
        Ok(())
    }

    /// The root.
    pub(super) fn finish<T>(
        self,
        run: &mut Run<'_>,
        known: &mut Known,
    ) -> Result<B256, StorageError>
    where
        T: Table<Value = Bytes>,
        F: Fn(Nibbles) -> T::Key,
    {
        let (root, records) = self.builder.finish();
        compare::<T>(run, known, records, &self.key)?;
        Ok(root)
    }
}

fn compare<T: Table<Value = Bytes>>(
    run: &mut Run<'_>,
    known: &mut Known,
    records: Vec<(Nibbles, BranchRecord)>,
    key: impl Fn(Nibbles) -> T::Key,
) -> Result<(), StorageError> {
    for (path, record) in records {
        let key = key(path);
        match get::<T>(&run.tx, &key)? {
            Found::Missing => run.find::<T>(&key, "is missing; the leaves make a branch there"),
            Found::Here(found) if found != record.encode() => {
                known.add(&key);
                run.find::<T>(&key, "is not the branch that the leaves make there");
            }
            Found::Here(_) | Found::Damaged => known.add(&key),
        }
    }
    Ok(())
}
