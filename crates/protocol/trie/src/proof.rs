use std::collections::BTreeMap;

use alloy_primitives::{B256, Bytes};
use alloy_trie::nodes::RlpNode;
use nybbles::Nibbles;

use crate::{
    hash::{extension_rlp, kids_rlp},
    node::{Body, Branch, OpenNode},
};

/// The nodes that prove the presence or absence of some keys in a trie.
///
/// Nodes of less than 32 bytes are part of their parent and not listed. A trie without keys has no
/// nodes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Multiproof {
    /// RLP of the nodes by their path; the order has each node after those above it.
    pub nodes: BTreeMap<Nibbles, Bytes>,
}

impl Multiproof {
    /// The nodes that prove `key`, from the root down, as `eth_getProof` lists them. Of a key that
    /// was not asked for, as far as other keys share its path.
    pub fn of(&self, key: B256) -> Vec<Bytes> {
        let key = Nibbles::unpack_array(&key.0);
        let mut proof = Vec::new();
        for depth in 0..=key.len() {
            proof.extend(self.nodes.get(&key.slice(..depth)).cloned());
        }
        proof
    }

    /// Adds what `node`, in the slot at `path` and on the way to `key`, contributes. All nodes that
    /// are open must be encoded.
    pub(crate) fn add(
        &mut self,
        key: &Nibbles,
        path: &Nibbles,
        node: &OpenNode,
        buffer: &mut Vec<u8>,
    ) {
        match node {
            OpenNode::Leaf(leaf) => self.insert(path, buffer, |buffer| leaf.rlp(buffer)),
            OpenNode::Branch(branch) => self.add_branch(key, path, branch, buffer),
        }
    }

    fn add_branch(&mut self, key: &Nibbles, path: &Nibbles, branch: &Branch, buffer: &mut Vec<u8>) {
        let body_rlp = |buffer: &mut Vec<u8>| match &branch.body {
            Body::Sealed(hash) => RlpNode::word_rlp(hash),
            Body::Open(kids) => kids_rlp(kids, buffer),
        };
        if !branch.prefix.is_empty() {
            self.insert(path, buffer, |buffer| {
                let body = body_rlp(buffer);
                extension_rlp(&branch.prefix, &body, buffer)
            });
        }
        let body_path = path.join(&branch.prefix);
        if key.starts_with(&body_path) && matches!(branch.body, Body::Open(_)) {
            self.insert(&body_path, buffer, body_rlp);
        }
    }

    /// `encode` leaves the node in the buffer and returns the reference to it.
    fn insert(
        &mut self,
        path: &Nibbles,
        buffer: &mut Vec<u8>,
        encode: impl FnOnce(&mut Vec<u8>) -> RlpNode,
    ) {
        if !self.nodes.contains_key(path) && (encode(buffer).is_hash() || path.is_empty()) {
            self.nodes.insert(*path, Bytes::copy_from_slice(buffer));
        }
    }
}
