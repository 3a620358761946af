use std::borrow::Cow;

use alloy_primitives::{B256, Bytes, keccak256, map::B256Map};
use nybbles::Nibbles;

use crate::{NodeSource, TrieError};

/// The trie nodes of a witness, by the keccak hash of their RLP.
///
/// The hash is computed here and not taken from the witness. What the bytes hold is checked when a
/// trie reads them, so a witness may contain anything that is never read.
#[derive(Clone, Debug, Default)]
pub struct WitnessNodes {
    nodes: B256Map<Bytes>,
}

impl WitnessNodes {
    /// Number of distinct nodes.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there is no node.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// RLP of the node with keccak hash `hash`.
    pub fn get(&self, hash: &B256) -> Option<&Bytes> {
        self.nodes.get(hash)
    }
}

impl Extend<Bytes> for WitnessNodes {
    fn extend<I: IntoIterator<Item = Bytes>>(&mut self, nodes: I) {
        self.nodes.extend(nodes.into_iter().map(|node| (keccak256(&node), node)));
    }
}

impl FromIterator<Bytes> for WitnessNodes {
    fn from_iter<I: IntoIterator<Item = Bytes>>(nodes: I) -> Self {
        let mut this = Self::default();
        this.extend(nodes);
        this
    }
}

impl NodeSource for WitnessNodes {
    fn node(&self, _path: &Nibbles, hash: &B256) -> Result<Option<Cow<'_, [u8]>>, TrieError> {
        Ok(self.nodes.get(hash).map(|node| Cow::Borrowed(node.as_ref())))
    }
}
