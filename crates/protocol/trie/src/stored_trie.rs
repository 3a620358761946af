use std::collections::BTreeMap;

use alloy_primitives::B256;
use nybbles::Nibbles;

use crate::{
    BranchRecord, Multiproof, TrieCursor, TrieError,
    hash::Encoder,
    node::{Node, node_hash},
    reader::StoredReader,
    update::{Change, Walk, update},
};

/// A Merkle-Patricia trie over 32-byte keys that a database keeps as [`BranchRecord`]s and leaves, of
/// which only the nodes met so far are in memory.
///
/// It differs from a [`SparseTrie`](crate::SparseTrie) only in where nodes are read from, and in that
/// it tells which records a batch changed. All calls on one trie must be given cursors of the same
/// trie, which show the last update's records and leaves.
#[derive(Clone, Debug, Default)]
pub struct StoredTrie {
    /// Encoded between calls.
    root: Node,
    buffer: Vec<u8>,
}

/// A write of one leaf.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeafChange {
    /// The new value; `None` or an empty one removes the leaf.
    pub value: Option<Vec<u8>>,
    /// Whether the caller knows that the trie holds the key. If so its leaf is not read; if that is
    /// said of a key that the trie does not hold, the root is wrong.
    pub is_known: bool,
}

/// What a batch changed in the records of a trie.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrieUpdates {
    /// Records to write, by ascending path.
    pub puts: Vec<(Nibbles, BranchRecord)>,
    /// Paths of records to remove, ascending; none of them is in `puts`.
    pub deletes: Vec<Nibbles>,
}

impl TrieUpdates {
    /// Whether no record changed.
    pub const fn is_empty(&self) -> bool {
        self.puts.is_empty() && self.deletes.is_empty()
    }
}

impl StoredTrie {
    /// The trie without a key. It never reads anything.
    pub const fn empty() -> Self {
        Self { root: Node::Empty, buffer: Vec::new() }
    }

    /// The trie with root hash `root`, nothing of it read yet.
    pub fn from_root(root: B256) -> Self {
        Self { root: Node::from_root(root), buffer: Vec::new() }
    }

    /// The root hash.
    pub fn root(&self) -> B256 {
        self.root.encoded().map_or(alloy_trie::EMPTY_ROOT_HASH, node_hash)
    }

    /// The value of `key`, or `None` if the trie does not hold it.
    ///
    /// # Errors
    ///
    /// [`TrieError::MissingRecord`], [`TrieError::MissingLeaf`] or [`TrieError::Mismatch`] for a node
    /// on the path of `key`, or the error of the cursor. The trie is unchanged then.
    pub fn get<C: TrieCursor + ?Sized>(
        &mut self,
        key: B256,
        cursor: &mut C,
    ) -> Result<Option<&[u8]>, TrieError> {
        self.root.trace(&Nibbles::unpack_array(&key.0), &mut StoredReader(cursor), |_, _| {})
    }

    /// Writes `changes` as one batch and computes the root. Reads the records on the paths of the
    /// keys, leaves where a key that is not known to exist meets one, and the last child of each
    /// branch that is left with one.
    ///
    /// Of a key that is known to exist and given the value it already has, the records on its path
    /// are among the updates with the content they have.
    ///
    /// # Errors
    ///
    /// As for [`Self::get`]. The trie may hold a part of the changes then, and must be dropped.
    pub fn update<C: TrieCursor + ?Sized>(
        &mut self,
        changes: BTreeMap<B256, LeafChange>,
        cursor: &mut C,
    ) -> Result<TrieUpdates, TrieError> {
        let mut changes: Vec<_> = changes.into_iter().map(into_change).collect();
        let mut walk = Walk::new(StoredReader(cursor));
        update(&mut self.root, &Nibbles::new(), &mut changes, &mut walk)?;

        let mut encoder = Encoder::with_records();
        std::mem::swap(&mut encoder.buffer, &mut self.buffer);
        self.root.encode_root(&mut encoder);
        self.buffer = encoder.buffer;
        let mut deletes = walk.removed;
        deletes.sort_unstable();
        Ok(TrieUpdates { puts: encoder.records.unwrap_or_default(), deletes })
    }

    /// The nodes that prove the presence or absence of `keys`.
    ///
    /// # Errors
    ///
    /// As for [`Self::get`].
    pub fn multiproof<C: TrieCursor + ?Sized>(
        &mut self,
        keys: impl IntoIterator<Item = B256>,
        cursor: &mut C,
    ) -> Result<Multiproof, TrieError> {
        let mut proof = Multiproof::default();
        for key in keys {
            self.prove(key, cursor, &mut proof)?;
        }
        Ok(proof)
    }

    /// Adds the nodes on the path of `key` to `proof`, and returns the value of `key`.
    pub(crate) fn prove<C: TrieCursor + ?Sized>(
        &mut self,
        key: B256,
        cursor: &mut C,
        proof: &mut Multiproof,
    ) -> Result<Option<&[u8]>, TrieError> {
        let key = Nibbles::unpack_array(&key.0);
        let buffer = &mut self.buffer;
        self.root.trace(&key, &mut StoredReader(cursor), |path, node| {
            proof.add(&key, path, node, buffer);
        })
    }

    /// Forgets what is `depth` branches or more below the root. What is kept is not read again, so
    /// the cursors of later calls must show the records of all updates so far.
    pub fn prune(&mut self, depth: usize) {
        self.root.prune(depth);
    }
}

fn into_change((key, LeafChange { value, is_known }): (B256, LeafChange)) -> Change {
    let value = value.filter(|value| !value.is_empty());
    Change { key: Nibbles::unpack_array(&key.0), value, is_known }
}
