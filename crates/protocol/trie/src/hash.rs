//! Encoding of changed nodes and the references to them.

use alloy_primitives::B256;
use alloy_rlp::{EMPTY_STRING_CODE, Header};
use alloy_trie::{
    EMPTY_ROOT_HASH,
    nodes::{ExtensionNodeRef, LeafNodeRef, RlpNode},
};
use nybbles::Nibbles;

use crate::{
    BranchRecord,
    node::{Body, Branch, Kids, Leaf, Node, OpenNode, Record, node_hash},
};

/// Where nodes are encoded.
#[derive(Clone, Debug, Default)]
pub(crate) struct Encoder {
    /// Scratch space; its content means nothing between calls.
    pub(crate) buffer: Vec<u8>,
    /// Records of the branches that changed, by ascending path; `None` if nobody wants them.
    pub(crate) records: Option<Vec<(Nibbles, BranchRecord)>>,
}

impl Encoder {
    pub(crate) const fn without_records() -> Self {
        Self { buffer: Vec::new(), records: None }
    }

    pub(crate) const fn with_records() -> Self {
        Self { buffer: Vec::new(), records: Some(Vec::new()) }
    }

    /// Holds the place of the record of a branch before those of its children.
    fn reserve_record(&mut self, record: Record, path: &Nibbles) -> Option<usize> {
        let records = self.records.as_mut().filter(|_| record != Record::Current)?;
        records.push((*path, BranchRecord::default()));
        Some(records.len() - 1)
    }

    fn fill_record(&mut self, place: usize, record: BranchRecord) {
        if let Some((_, reserved)) =
            self.records.as_mut().and_then(|records| records.get_mut(place))
        {
            *reserved = record;
        }
    }
}

impl Node {
    /// The hash of the trie with this root. Encodes the nodes that changed since the last call.
    pub(crate) fn encode_root(&mut self, encoder: &mut Encoder) -> B256 {
        self.encode(&Nibbles::new(), encoder);
        self.encoded().map_or(EMPTY_ROOT_HASH, node_hash)
    }

    /// Encodes the nodes in and below this slot that changed since the last call.
    pub(crate) fn encode(&mut self, path: &Nibbles, encoder: &mut Encoder) {
        if let Self::Open(node) = self {
            node.encode(path, encoder);
        }
    }

    /// How a parent refers to the node; `None` if the slot is empty, or its node is not encoded.
    pub(crate) const fn encoded(&self) -> Option<&RlpNode> {
        match self {
            Self::Empty => None,
            Self::Ref { reference, .. } => Some(reference),
            Self::Open(node) => node.encoded(),
        }
    }
}

impl OpenNode {
    pub(crate) fn encode(&mut self, path: &Nibbles, encoder: &mut Encoder) {
        match self {
            Self::Leaf(leaf) => leaf.encode(&mut encoder.buffer),
            Self::Branch(branch) => branch.encode(path, encoder),
        }
    }

    pub(crate) const fn encoded(&self) -> Option<&RlpNode> {
        match self {
            Self::Leaf(leaf) => leaf.reference.as_ref(),
            Self::Branch(branch) => branch.reference.as_ref(),
        }
    }
}

impl Leaf {
    fn encode(&mut self, buffer: &mut Vec<u8>) {
        if self.reference.is_none() {
            self.reference = Some(self.rlp(buffer));
        }
    }

    /// Leaves the RLP of the leaf in `buffer` and returns the reference to it.
    pub(crate) fn rlp(&self, buffer: &mut Vec<u8>) -> RlpNode {
        buffer.clear();
        LeafNodeRef::new(&self.suffix, &self.value).rlp(buffer)
    }
}

impl Branch {
    fn encode(&mut self, path: &Nibbles, encoder: &mut Encoder) {
        if self.reference.is_none() {
            self.reference = Some(self.rlp(path, encoder));
        }
    }

    /// The reference of the slot at `path` to the branch.
    pub(crate) fn rlp(&mut self, path: &Nibbles, encoder: &mut Encoder) -> RlpNode {
        let body = self.encode_body(&path.join(&self.prefix), encoder);
        if self.prefix.is_empty() {
            body
        } else {
            extension_rlp(&self.prefix, &body, &mut encoder.buffer)
        }
    }

    fn encode_body(&mut self, path: &Nibbles, encoder: &mut Encoder) -> RlpNode {
        let kids = match &mut self.body {
            Body::Sealed(hash) => return RlpNode::word_rlp(hash),
            Body::Open(kids) => kids,
        };
        let place = encoder.reserve_record(self.record, path);
        let mut kid_path = *path;
        for (nibble, kid) in (0..16_u8).zip(kids.iter_mut()) {
            // The children use the buffer too, so all of them come first.
            if let Node::Open(kid) = kid
                && kid.encoded().is_none()
            {
                kid_path.push(nibble);
                kid.encode(&kid_path, encoder);
                kid_path.pop();
            }
        }
        if let Some(place) = place {
            encoder.fill_record(place, BranchRecord::of(kids));
            self.record = Record::Current;
        }
        kids_rlp(kids, &mut encoder.buffer)
    }
}

/// Leaves the RLP of the extension in `buffer` and returns the reference to it.
pub(crate) fn extension_rlp(prefix: &Nibbles, body: &RlpNode, buffer: &mut Vec<u8>) -> RlpNode {
    buffer.clear();
    ExtensionNodeRef::new(prefix, body).rlp(buffer)
}

/// Leaves the RLP of the branch with the children `kids`, all encoded, in `buffer` and returns the
/// reference to it.
pub(crate) fn kids_rlp(kids: &Kids, buffer: &mut Vec<u8>) -> RlpNode {
    let payload_length =
        kids.iter().map(|kid| kid.encoded().map_or(1, |kid| kid.len())).sum::<usize>() + 1;
    buffer.clear();
    Header { list: true, payload_length }.encode(buffer);
    for kid in kids {
        match kid.encoded() {
            Some(reference) => buffer.extend_from_slice(reference),
            None => buffer.push(EMPTY_STRING_CODE),
        }
    }
    buffer.push(EMPTY_STRING_CODE);
    RlpNode::from_rlp(buffer)
}
