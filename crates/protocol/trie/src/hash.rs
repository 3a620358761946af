//! Encoding of changed nodes and the references to them.

use alloy_rlp::{EMPTY_STRING_CODE, Header};
use alloy_trie::nodes::{ExtensionNodeRef, LeafNodeRef, RlpNode};

use crate::node::{Body, Branch, Kids, Leaf, Node, OpenNode};

impl Node {
    /// How a parent refers to this slot: a hash, an inlined node, or the empty string. Encodes the
    /// nodes that changed since the last call; `buffer` is scratch space.
    pub(crate) fn reference(&mut self, buffer: &mut Vec<u8>) -> RlpNode {
        match self {
            Self::Empty => RlpNode::from_rlp(&[EMPTY_STRING_CODE]),
            Self::Ref(hash) => RlpNode::word_rlp(hash),
            Self::Open(node) => node.reference(buffer),
        }
    }
}

impl OpenNode {
    pub(crate) fn reference(&mut self, buffer: &mut Vec<u8>) -> RlpNode {
        match self {
            Self::Leaf(leaf) => leaf.reference(buffer),
            Self::Branch(branch) => branch.reference(buffer),
        }
    }
}

impl Leaf {
    fn reference(&mut self, buffer: &mut Vec<u8>) -> RlpNode {
        self.reference
            .get_or_insert_with(|| {
                buffer.clear();
                LeafNodeRef::new(&self.suffix, &self.value).rlp(buffer)
            })
            .clone()
    }
}

impl Branch {
    fn reference(&mut self, buffer: &mut Vec<u8>) -> RlpNode {
        if let Some(reference) = &self.reference {
            return reference.clone();
        }
        let body = match &mut self.body {
            Body::Sealed(hash) => RlpNode::word_rlp(hash),
            Body::Open(kids) => kids_reference(kids, buffer),
        };
        let reference = if self.prefix.is_empty() {
            body
        } else {
            buffer.clear();
            ExtensionNodeRef::new(&self.prefix, &body).rlp(buffer)
        };
        self.reference.insert(reference).clone()
    }
}

fn kids_reference(kids: &mut Kids, buffer: &mut Vec<u8>) -> RlpNode {
    // The children use the buffer too, so all of them come first.
    let references = kids.each_mut().map(|kid| kid.reference(buffer));
    let payload_length = references.iter().map(|reference| reference.len()).sum::<usize>() + 1;
    buffer.clear();
    Header { list: true, payload_length }.encode(buffer);
    for reference in &references {
        buffer.extend_from_slice(reference);
    }
    buffer.push(EMPTY_STRING_CODE);
    RlpNode::from_rlp(buffer)
}
