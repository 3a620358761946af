//! Reference roots, complete witnesses, and sources that watch or hide nodes.

use std::{
    borrow::Cow,
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

use alloy_primitives::{B256, Bytes};
use alloy_trie::{HashBuilder, proof::ProofRetainer};
use nybbles::Nibbles;
use proptest::prelude::*;
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

/// Keys with few distinct nibbles at the start, in the middle and at the end: long shared prefixes,
/// and branches so deep that their leaves are inlined. Some random keys among them.
pub(crate) fn keys() -> impl Strategy<Value = B256> {
    let byte = prop::sample::select(vec![0x00_u8, 0x01, 0x10, 0x11]);
    let crafted = [byte.clone(), byte.clone(), byte.clone(), byte].prop_map(|bytes| {
        let mut key = B256::ZERO;
        for (at, byte) in [0, 15, 30, 31].into_iter().zip(bytes) {
            key[at] = byte;
        }
        key
    });
    prop_oneof![8 => crafted, 1 => any::<[u8; 32]>().prop_map(B256::from)]
}

/// Mostly short, so that leaves and branches are inlined.
pub(crate) fn values() -> impl Strategy<Value = Vec<u8>> {
    let byte = any::<u8>;
    prop_oneof![
        3 => prop::collection::vec(byte(), 1..4),
        1 => prop::collection::vec(byte(), 28..60),
    ]
}

pub(crate) fn leaves() -> impl Strategy<Value = Leaves> {
    prop::collection::btree_map(keys(), values(), 0..60)
}

pub(crate) fn batches() -> impl Strategy<Value = Vec<Changes>> {
    let value = prop::option::weighted(0.4, values());
    prop::collection::vec(prop::collection::btree_map(keys(), value, 0..40), 1..5)
}
