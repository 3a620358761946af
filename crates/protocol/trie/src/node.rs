//! Nodes in memory.

use alloy_primitives::{B256, keccak256};
use alloy_trie::nodes::RlpNode;
use nybbles::Nibbles;

use crate::{TrieError, reader::Reader};

/// Length of a key.
pub(crate) const KEY_NIBBLES: usize = 64;

/// The children of a branch.
pub(crate) type Kids = [Node; 16];

/// What hangs in a slot of the trie: under the root, or under one nibble of a branch.
#[derive(Clone, Debug, Default)]
pub(crate) enum Node {
    #[default]
    Empty,
    /// A subtree not read yet, known by how its parent refers to it.
    Ref {
        reference: RlpNode,
        kind: Kind,
    },
    Open(OpenNode),
}

/// What is known about a node that was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Unknown,
    Leaf,
    /// Or an extension, which leads to one.
    Branch,
}

/// Whether a database holds a branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Record {
    Absent,
    Current,
    /// With other children.
    Stale,
}

/// A node that was read or written.
#[derive(Clone, Debug)]
pub(crate) enum OpenNode {
    Leaf(Box<Leaf>),
    Branch(Box<Branch>),
}

#[derive(Clone, Debug)]
pub(crate) struct Leaf {
    /// Nibbles from the slot to the end of the key.
    pub(crate) suffix: Nibbles,
    /// Never empty.
    pub(crate) value: Vec<u8>,
    /// How the parent refers to this node; `None` if it changed since it was last encoded.
    pub(crate) reference: Option<RlpNode>,
}

/// A branch together with the extension that leads to it, if any.
#[derive(Clone, Debug)]
pub(crate) struct Branch {
    /// Nibbles of the extension, from the slot to the branch proper.
    pub(crate) prefix: Nibbles,
    pub(crate) body: Body,
    /// How the parent refers to the extension if there is one, else to the branch; `None` if
    /// anything below changed since it was last encoded.
    pub(crate) reference: Option<RlpNode>,
    /// Of the branch proper; of no meaning unless the trie is read from records.
    pub(crate) record: Record,
}

/// The branch proper.
#[derive(Clone, Debug)]
pub(crate) enum Body {
    /// Only its extension was read. Occurs under a prefix that is not empty; a proof that a key is
    /// absent may end at an extension, so the branch is read when it is needed and not before.
    Sealed(B256),
    Open(Box<Kids>),
}

impl Node {
    pub(crate) fn leaf(suffix: Nibbles, value: Vec<u8>) -> Self {
        Self::Open(OpenNode::Leaf(Box::new(Leaf { suffix, value, reference: None })))
    }

    pub(crate) fn branch(prefix: Nibbles, body: Body, record: Record) -> Self {
        Self::Open(OpenNode::Branch(Box::new(Branch { prefix, body, reference: None, record })))
    }

    /// A node of which nothing but its hash is known.
    pub(crate) const fn hashed(hash: &B256) -> Self {
        Self::Ref { reference: RlpNode::word_rlp(hash), kind: Kind::Unknown }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        matches!(self, Self::Empty)
    }

    pub(crate) const fn is_branch(&self) -> bool {
        matches!(self, Self::Ref { kind: Kind::Branch, .. } | Self::Open(OpenNode::Branch(_)))
    }

    pub(crate) const fn is_unread_leaf(&self) -> bool {
        matches!(self, Self::Ref { kind: Kind::Leaf, .. })
    }

    /// The node in this slot, read through `reader` if it was not yet; `None` for an empty slot.
    /// The slot is unchanged on error.
    pub(crate) fn open<R: Reader>(
        &mut self,
        path: &Nibbles,
        reader: &mut R,
    ) -> Result<Option<&mut OpenNode>, TrieError> {
        if let Self::Ref { reference, kind } = self {
            *self = Self::Open(reader.node(path, reference, *kind)?);
        }
        match self {
            Self::Empty => Ok(None),
            Self::Open(node) => Ok(Some(node)),
            Self::Ref { .. } => unreachable!("a reference was replaced above"),
        }
    }

    /// Forgets what is `depth` branches or more below this slot. Nodes that are not encoded stay.
    pub(crate) fn prune(&mut self, depth: usize) {
        match self {
            Self::Open(OpenNode::Branch(branch)) if depth > 0 => {
                if let Body::Open(kids) = &mut branch.body {
                    kids.iter_mut().for_each(|kid| kid.prune(depth - 1));
                }
            }
            Self::Open(OpenNode::Branch(branch)) => {
                if let Some(reference) = branch.reference.take() {
                    *self = Self::Ref { reference, kind: Kind::Branch };
                }
            }
            Self::Open(OpenNode::Leaf(leaf)) => {
                if let Some(reference) = leaf.reference.take() {
                    *self = Self::Ref { reference, kind: Kind::Leaf };
                }
            }
            Self::Empty | Self::Ref { .. } => {}
        }
    }
}

impl OpenNode {
    /// Moves the node up: it now hangs in a slot `head` nibbles above its former one.
    pub(crate) fn prepend(&mut self, head: &Nibbles) {
        match self {
            Self::Leaf(leaf) => {
                leaf.suffix = head.join(&leaf.suffix);
                leaf.reference = None;
            }
            Self::Branch(branch) => {
                branch.prefix = head.join(&branch.prefix);
                branch.reference = None;
            }
        }
    }
}

impl Branch {
    /// The children, read through `reader` if they were not yet. `path` is the path of the branch
    /// proper, below the prefix. The branch is unchanged on error.
    pub(crate) fn open<R: Reader>(
        &mut self,
        path: &Nibbles,
        reader: &mut R,
    ) -> Result<&mut Kids, TrieError> {
        if let Body::Sealed(hash) = self.body {
            self.body = Body::Open(reader.kids(path, hash)?);
        }
        match &mut self.body {
            Body::Open(kids) => Ok(kids),
            Body::Sealed(_) => unreachable!("a sealed body was replaced above"),
        }
    }

    /// Notes that a child changed.
    pub(crate) fn touch(&mut self) {
        self.reference = None;
        if self.record == Record::Current {
            self.record = Record::Stale;
        }
    }

    /// Cuts the prefix after `at` nibbles (less than its length): this becomes a branch at the cut,
    /// with the former one as its only child. The caller adds a second child.
    pub(crate) fn split_prefix(&mut self, at: usize) {
        let rest = self.prefix.slice(at + 1..);
        let nibble = self.prefix.get_unchecked(at);
        let former = std::mem::replace(&mut self.body, Body::Open(empty_kids()));
        let inner = match former {
            Body::Sealed(hash) if rest.is_empty() => Node::hashed(&hash),
            body => Node::branch(rest, body, self.record),
        };
        self.record = Record::Absent;
        self.prefix.truncate(at);
        self.reference = None;
        if let Body::Open(kids) = &mut self.body {
            kids[usize::from(nibble)] = inner;
        }
    }
}

pub(crate) fn empty_kids() -> Box<Kids> {
    Box::new([const { Node::Empty }; 16])
}

/// Keccak hash of the node that `reference` stands for.
pub(crate) fn node_hash(reference: &RlpNode) -> B256 {
    reference.as_hash().unwrap_or_else(|| keccak256(reference))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_stays_within_five_words() {
        assert_eq!(size_of::<Node>(), 40);
    }

    #[test]
    fn splitting_a_sealed_branch_keeps_it_sealed() {
        let hash = B256::repeat_byte(7);
        struct Case {
            prefix: &'static [u8],
            at: usize,
            nibble: usize,
            rest: Option<&'static [u8]>,
        }
        let cases = [
            Case { prefix: &[1, 2, 3], at: 0, nibble: 1, rest: Some(&[2, 3]) },
            Case { prefix: &[1, 2, 3], at: 1, nibble: 2, rest: Some(&[3]) },
            Case { prefix: &[4], at: 0, nibble: 4, rest: None },
        ];
        for Case { prefix, at, nibble, rest } in cases {
            let mut branch = Branch {
                prefix: Nibbles::from_nibbles(prefix),
                body: Body::Sealed(hash),
                reference: None,
                record: Record::Absent,
            };
            branch.split_prefix(at);
            assert_eq!(branch.prefix, Nibbles::from_nibbles(&prefix[..at]));
            let Body::Open(kids) = branch.body else { panic!("not open") };
            match (&kids[nibble], rest) {
                (Node::Ref { reference, .. }, None) => assert_eq!(node_hash(reference), hash),
                (Node::Open(OpenNode::Branch(inner)), Some(rest)) => {
                    assert_eq!(inner.prefix, Nibbles::from_nibbles(rest));
                    assert!(matches!(inner.body, Body::Sealed(found) if found == hash));
                }
                other => panic!("unexpected child {other:?}"),
            }
        }
    }
}
