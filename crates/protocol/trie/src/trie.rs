use std::collections::BTreeMap;

use alloy_primitives::B256;
use nybbles::Nibbles;

use crate::{
    NodeSource, TrieError,
    hash::Encoder,
    node::Node,
    reader::WitnessReader,
    update::{Change, Walk, update},
};

/// A Merkle-Patricia trie over 32-byte keys, of which only the nodes met so far are in memory.
///
/// Nodes are read through the [`NodeSource`] given to each call; all calls on one trie must be given
/// sources of the same trie. The source is asked for a node once.
#[derive(Clone, Debug, Default)]
pub struct SparseTrie {
    root: Node,
    encoder: Encoder,
}

impl SparseTrie {
    /// The trie without a key. It never asks its source for a node.
    pub const fn empty() -> Self {
        Self { root: Node::Empty, encoder: Encoder::without_records() }
    }

    /// The trie with root hash `root`, nothing of it read yet.
    pub fn from_root(root: B256) -> Self {
        Self { root: Node::from_root(root), encoder: Encoder::without_records() }
    }

    /// The value of `key`, or `None` if the trie does not hold it.
    ///
    /// # Errors
    ///
    /// [`TrieError::MissingNode`] or [`TrieError::InvalidNode`] for a node on the path of `key`, or
    /// the error of the source. The trie is unchanged then.
    pub fn get<S: NodeSource + ?Sized>(
        &mut self,
        key: B256,
        source: &S,
    ) -> Result<Option<&[u8]>, TrieError> {
        let key = Nibbles::unpack_array(&key.0);
        self.root.trace(&key, &mut WitnessReader(source), |_, _| {})
    }

    /// Sets the value of `key`. An empty `value` removes it, as such a leaf cannot exist.
    ///
    /// # Errors
    ///
    /// As for [`Self::apply`].
    pub fn update<S: NodeSource + ?Sized>(
        &mut self,
        key: B256,
        value: Vec<u8>,
        source: &S,
    ) -> Result<(), TrieError> {
        self.write(&mut [change(key, Some(value))], source)
    }

    /// Removes `key`; does nothing if the trie does not hold it.
    ///
    /// # Errors
    ///
    /// As for [`Self::apply`].
    pub fn remove<S: NodeSource + ?Sized>(
        &mut self,
        key: B256,
        source: &S,
    ) -> Result<(), TrieError> {
        self.write(&mut [change(key, None)], source)
    }

    /// Sets each key that comes with a value and removes the others, as one batch: a branch is
    /// merged with its only child if it has one child after all changes, and only then is that child
    /// read. An empty value removes its key.
    ///
    /// # Errors
    ///
    /// [`TrieError::MissingNode`] or [`TrieError::InvalidNode`] for a node on the path of a key or
    /// for the last child of a branch, or the error of the source. The trie may hold a part of the
    /// changes then, under stale hashes, and must be dropped.
    pub fn apply<S: NodeSource + ?Sized>(
        &mut self,
        changes: BTreeMap<B256, Option<Vec<u8>>>,
        source: &S,
    ) -> Result<(), TrieError> {
        let mut changes: Vec<_> =
            changes.into_iter().map(|(key, value)| change(key, value)).collect();
        self.write(&mut changes, source)
    }

    /// The root hash. Encodes and hashes only the nodes that changed since the last call.
    pub fn root(&mut self) -> B256 {
        self.root.encode_root(&mut self.encoder)
    }

    fn write<S: NodeSource + ?Sized>(
        &mut self,
        changes: &mut [Change],
        source: &S,
    ) -> Result<(), TrieError> {
        let mut walk = Walk::new(WitnessReader(source));
        update(&mut self.root, &Nibbles::new(), changes, &mut walk).map(drop)
    }
}

fn change(key: B256, value: Option<Vec<u8>>) -> Change {
    let value = value.filter(|value| !value.is_empty());
    Change { key: Nibbles::unpack_array(&key.0), value, is_known: false }
}
