//! Reference roots, complete witnesses, and sources that watch or hide nodes.

use std::{
    borrow::Cow,
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

use alloy_primitives::{B256, Bytes};
use alloy_trie::{HashBuilder, proof::ProofRetainer};
use nybbles::Nibbles;
use rollup_trie::{NodeSource, TrieError, WitnessNodes};

pub(crate) type Leaves = BTreeMap<B256, Vec<u8>>;
pub(crate) type Changes = BTreeMap<B256, Option<Vec<u8>>>;

pub(crate) fn root_from_scratch(leaves: &Leaves) -> B256 {
    let mut builder = HashBuilder::default();
    for (key, value) in leaves {
        builder.add_leaf(Nibbles::unpack(key), value);
    }
    builder.root()
}

/// Every node of the trie of `leaves`.
pub(crate) fn all_nodes(leaves: &Leaves) -> Vec<Bytes> {
    let targets = leaves.keys().map(Nibbles::unpack).collect();
    let mut builder = HashBuilder::default().with_proof_retainer(ProofRetainer::new(targets));
    for (key, value) in leaves {
        builder.add_leaf(Nibbles::unpack(key), value);
    }
    builder.root();
    builder.take_proof_nodes().into_inner().into_values().collect()
}

pub(crate) fn witness(leaves: &Leaves) -> WitnessNodes {
    all_nodes(leaves).into_iter().collect()
}

pub(crate) fn apply_to_leaves(leaves: &mut Leaves, changes: &Changes) {
    for (key, value) in changes {
        match value {
            Some(value) => leaves.insert(*key, value.clone()),
            None => leaves.remove(key),
        };
    }
}

/// Remembers which nodes were asked for, and leaves out one of them.
#[derive(Debug)]
pub(crate) struct Recorder<'a> {
    nodes: &'a WitnessNodes,
    hidden: Option<B256>,
    seen: RefCell<BTreeSet<B256>>,
}

impl<'a> Recorder<'a> {
    pub(crate) const fn new(nodes: &'a WitnessNodes) -> Self {
        Self { nodes, hidden: None, seen: RefCell::new(BTreeSet::new()) }
    }

    pub(crate) const fn hiding(nodes: &'a WitnessNodes, hash: B256) -> Self {
        Self { nodes, hidden: Some(hash), seen: RefCell::new(BTreeSet::new()) }
    }

    pub(crate) fn seen(&self) -> BTreeSet<B256> {
        self.seen.borrow().clone()
    }

    /// The nodes that were asked for, and no others.
    pub(crate) fn seen_nodes(&self) -> WitnessNodes {
        self.seen.borrow().iter().map(|hash| self.nodes.get(hash).unwrap().clone()).collect()
    }
}

impl NodeSource for Recorder<'_> {
    fn node(&self, path: &Nibbles, hash: &B256) -> Result<Option<Cow<'_, [u8]>>, TrieError> {
        if self.hidden == Some(*hash) {
            return Ok(None);
        }
        self.seen.borrow_mut().insert(*hash);
        self.nodes.node(path, hash)
    }
}
