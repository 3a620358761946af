use std::borrow::Cow;

use alloy_primitives::B256;
use nybbles::Nibbles;

use crate::TrieError;

/// Where a [`SparseTrie`](crate::SparseTrie) reads the nodes it does not hold.
pub trait NodeSource {
    /// RLP of the node with keccak hash `hash` that stands `path` nibbles below the root, or `None`
    /// if the source does not have it.
    ///
    /// A witness looks a node up by `hash`, a database by `path`. The trie does not hash the answer:
    /// an implementation vouches that it is the node asked for.
    ///
    /// # Errors
    ///
    /// Whatever keeps the source from telling whether it has the node.
    fn node(&self, path: &Nibbles, hash: &B256) -> Result<Option<Cow<'_, [u8]>>, TrieError>;
}
