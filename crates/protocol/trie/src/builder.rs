use alloy_primitives::B256;
use alloy_trie::{EMPTY_ROOT_HASH, nodes::RlpNode};
use nybbles::Nibbles;

use crate::{
    BranchRecord, TrieError,
    hash::Encoder,
    node::{Body, Branch, Kids, Kind, Leaf, Node, Record, empty_kids, node_hash},
};

/// Builds the records and the root of a trie from all its leaves, in memory that does not grow with
/// their number: only the branches above the last leaf are held, and the records that were not yet
/// taken.
///
/// A record comes after those below it.
#[derive(Debug)]
pub struct TrieBuilder {
    last: Option<(Nibbles, Vec<u8>)>,
    /// Branches above the last leaf but for its own one, deepest last.
    open: Vec<OpenBranch>,
    records: Vec<(Nibbles, BranchRecord)>,
    encoder: Encoder,
}

/// A branch that may get more children.
#[derive(Debug)]
struct OpenBranch {
    depth: usize,
    kids: Box<Kids>,
}

impl Default for TrieBuilder {
    fn default() -> Self {
        Self {
            last: None,
            open: Vec::new(),
            records: Vec::new(),
            encoder: Encoder::without_records(),
        }
    }
}

impl TrieBuilder {
    /// Adds the leaf of `key`, which must be above all keys added so far.
    ///
    /// # Errors
    ///
    /// [`TrieError::UnsortedLeaf`], or [`TrieError::EmptyLeaf`] for an empty value. The leaf is not
    /// added then.
    pub fn add_leaf(&mut self, key: B256, value: Vec<u8>) -> Result<(), TrieError> {
        if value.is_empty() {
            return Err(TrieError::EmptyLeaf { key });
        }
        let nibbles = Nibbles::unpack_array(&key.0);
        if self.last.as_ref().is_some_and(|(last, _)| *last >= nibbles) {
            return Err(TrieError::UnsortedLeaf { key });
        }
        if let Some((last, value)) = self.last.replace((nibbles, value)) {
            self.close(last, value, nibbles.common_prefix_length(&last));
        }
        Ok(())
    }

    /// Takes the records that are complete. To be called every now and then.
    pub fn take_records(&mut self) -> Vec<(Nibbles, BranchRecord)> {
        std::mem::take(&mut self.records)
    }

    /// The root hash, and the records not taken yet.
    pub fn finish(mut self) -> (B256, Vec<(Nibbles, BranchRecord)>) {
        let Some((last, value)) = self.last.take() else {
            return (EMPTY_ROOT_HASH, self.records);
        };
        if self.open.is_empty() {
            let leaf = self.leaf(last, value);
            return (node_hash(&leaf), self.records);
        }
        self.attach_leaf(&last, value);
        let mut root = None;
        while let Some(branch) = self.open.pop() {
            let parent = self.open.last().map_or(0, |parent| parent.depth + 1);
            let reference = self.complete(branch, &last, parent);
            root = Some(node_hash(&reference));
            self.attach(&last, reference, Kind::Branch);
        }
        (root.unwrap_or(EMPTY_ROOT_HASH), self.records)
    }

    /// Puts the leaf `last` into its branch, and completes the branches on its path that the next
    /// leaf, which leaves that path at `depth`, is not below.
    fn close(&mut self, last: Nibbles, value: Vec<u8>, depth: usize) {
        self.ensure_branch(depth);
        self.attach_leaf(&last, value);
        while let Some(branch) = self.open.pop_if(|branch| branch.depth > depth) {
            self.ensure_branch(depth);
            let parent = self.open.last().map_or(0, |parent| parent.depth + 1);
            let reference = self.complete(branch, &last, parent);
            self.attach(&last, reference, Kind::Branch);
        }
    }

    /// Opens a branch at `depth` unless there is one there or further down.
    fn ensure_branch(&mut self, depth: usize) {
        if self.open.last().is_none_or(|branch| branch.depth < depth) {
            self.open.push(OpenBranch { depth, kids: empty_kids() });
        }
    }

    fn attach_leaf(&mut self, key: &Nibbles, value: Vec<u8>) {
        let Some(depth) = self.open.last().map(|branch| branch.depth) else { return };
        let leaf = self.leaf(key.slice(depth + 1..), value);
        self.attach(key, leaf, Kind::Leaf);
    }

    fn leaf(&mut self, suffix: Nibbles, value: Vec<u8>) -> RlpNode {
        Leaf { suffix, value, reference: None }.rlp(&mut self.encoder.buffer)
    }

    /// Makes a node the child of the deepest open branch, on the path of `key`.
    fn attach(&mut self, key: &Nibbles, reference: RlpNode, kind: Kind) {
        if let Some(OpenBranch { depth, kids }) = self.open.last_mut() {
            kids[usize::from(key.get_unchecked(*depth))] = Node::Ref { reference, kind };
        }
    }

    /// Notes the record of `branch` on the path of `key`, and returns the reference of a slot
    /// at depth `slot` to it.
    fn complete(&mut self, branch: OpenBranch, key: &Nibbles, slot: usize) -> RlpNode {
        let OpenBranch { depth, kids } = branch;
        self.records.push((key.slice(..depth), BranchRecord::of(&kids)));
        let prefix = key.slice(slot..depth);
        Branch { prefix, body: Body::Open(kids), reference: None, record: Record::Current }
            .rlp(&key.slice(..slot), &mut self.encoder)
    }
}
