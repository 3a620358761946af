use std::collections::BTreeMap;

use alloy_primitives::{B256, keccak256};
use alloy_trie::EMPTY_ROOT_HASH;
use nybbles::Nibbles;

use crate::{
    NodeSource, TrieError,
    node::{Node, OpenNode},
    update::{Change, update},
};

/// A Merkle-Patricia trie over 32-byte keys, of which only the nodes met so far are in memory.
///
/// Nodes are read through the [`NodeSource`] given to each call; all calls on one trie must be given
/// sources of the same trie. The source is asked for a node once.
#[derive(Clone, Debug, Default)]
pub struct SparseTrie {
    root: Node,
    /// Scratch space for encoding; its content means nothing between calls.
    buffer: Vec<u8>,
}

impl SparseTrie {
    /// The trie without a key. It never asks its source for a node.
    pub const fn empty() -> Self {
        Self { root: Node::Empty, buffer: Vec::new() }
    }

    /// The trie with root hash `root`, nothing of it read yet.
    pub fn from_root(root: B256) -> Self {
        let root = if root == EMPTY_ROOT_HASH { Node::Empty } else { Node::Ref(root) };
        Self { root, buffer: Vec::new() }
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
        let mut path = Nibbles::new();
        let mut node = &mut self.root;
        loop {
            match node.open(&path, source)? {
                None => return Ok(None),
                Some(OpenNode::Leaf(leaf)) => {
                    let found = key.ends_with(&leaf.suffix);
                    return Ok(found.then_some(leaf.value.as_slice()));
                }
                Some(OpenNode::Branch(branch)) => {
                    path.extend(&branch.prefix);
                    if !key.starts_with(&path) {
                        return Ok(None);
                    }
                    // The branch proper is above the end of the key, so there is a next nibble.
                    let nibble = key.get_unchecked(path.len());
                    node = &mut branch.open(&path, source)?[usize::from(nibble)];
                    path.push(nibble);
                }
            }
        }
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
        match &mut self.root {
            Node::Empty => EMPTY_ROOT_HASH,
            Node::Ref(hash) => *hash,
            Node::Open(node) => {
                let reference = node.reference(&mut self.buffer);
                reference.as_hash().unwrap_or_else(|| keccak256(&reference))
            }
        }
    }

    fn write<S: NodeSource + ?Sized>(
        &mut self,
        changes: &mut [Change],
        source: &S,
    ) -> Result<(), TrieError> {
        update(&mut self.root, &Nibbles::new(), changes, source).map(drop)
    }
}

fn change(key: B256, value: Option<Vec<u8>>) -> Change {
    Change { key: Nibbles::unpack_array(&key.0), value: value.filter(|value| !value.is_empty()) }
}
