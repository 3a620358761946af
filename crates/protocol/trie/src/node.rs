//! Nodes in memory.

use alloy_primitives::B256;
use alloy_trie::nodes::RlpNode;
use nybbles::Nibbles;

use crate::{
    NodeError, NodeSource, TrieError,
    decode::{Decoded, decode_hashed},
};

/// Length of a key.
pub(crate) const KEY_NIBBLES: usize = 64;

/// The children of a branch.
pub(crate) type Kids = [Node; 16];

/// What hangs in a slot of the trie: under the root, or under one nibble of a branch.
#[derive(Clone, Debug, Default)]
pub(crate) enum Node {
    #[default]
    Empty,
    /// A subtree not read yet, known by the keccak hash of its top node.
    Ref(B256),
    Open(OpenNode),
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

    pub(crate) fn branch(prefix: Nibbles, body: Body) -> Self {
        Self::Open(OpenNode::Branch(Box::new(Branch { prefix, body, reference: None })))
    }

    pub(crate) const fn is_empty(&self) -> bool {
        matches!(self, Self::Empty)
    }

    /// The node in this slot, read through `source` if it was not yet; `None` for an empty slot.
    /// The slot is unchanged on error.
    pub(crate) fn open<S: NodeSource + ?Sized>(
        &mut self,
        path: &Nibbles,
        source: &S,
    ) -> Result<Option<&mut OpenNode>, TrieError> {
        if let Self::Ref(hash) = *self {
            *self = Self::Open(read(hash, path, source, |node| Ok(node.into()))?);
        }
        match self {
            Self::Empty => Ok(None),
            Self::Open(node) => Ok(Some(node)),
            Self::Ref(_) => unreachable!("a reference was replaced above"),
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
    /// The children, read through `source` if they were not yet. `path` is the path of the branch
    /// proper, below the prefix. The branch is unchanged on error.
    pub(crate) fn open<S: NodeSource + ?Sized>(
        &mut self,
        path: &Nibbles,
        source: &S,
    ) -> Result<&mut Kids, TrieError> {
        if let Body::Sealed(hash) = self.body {
            let kids = read(hash, path, source, |node| match node {
                Decoded::Branch { kids, .. } => Ok(kids),
                Decoded::Leaf(_) | Decoded::Extension(_) => Err(NodeError::ExtensionChild),
            })?;
            self.body = Body::Open(kids);
        }
        match &mut self.body {
            Body::Open(kids) => Ok(kids),
            Body::Sealed(_) => unreachable!("a sealed body was replaced above"),
        }
    }

    /// Cuts the prefix after `at` nibbles (less than its length): this becomes a branch at the cut,
    /// with the former one as its only child. The caller adds a second child.
    pub(crate) fn split_prefix(&mut self, at: usize) {
        let rest = self.prefix.slice(at + 1..);
        let nibble = self.prefix.get_unchecked(at);
        let former = std::mem::replace(&mut self.body, Body::Open(empty_kids()));
        let inner = match former {
            Body::Sealed(hash) if rest.is_empty() => Node::Ref(hash),
            body => Node::branch(rest, body),
        };
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

/// Reads and decodes the node at `path`; `accept` refuses kinds of node that cannot stand there.
fn read<S: NodeSource + ?Sized, T>(
    hash: B256,
    path: &Nibbles,
    source: &S,
    accept: impl FnOnce(Decoded) -> Result<T, NodeError>,
) -> Result<T, TrieError> {
    let rlp = source.node(path, &hash)?.ok_or(TrieError::MissingNode { hash, path: *path })?;
    decode_hashed(&rlp, path.len(), hash)
        .and_then(accept)
        .map_err(|reason| TrieError::InvalidNode { hash, path: *path, reason })
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
            };
            branch.split_prefix(at);
            assert_eq!(branch.prefix, Nibbles::from_nibbles(&prefix[..at]));
            let Body::Open(kids) = branch.body else { panic!("not open") };
            match (&kids[nibble], rest) {
                (Node::Ref(found), None) => assert_eq!(*found, hash),
                (Node::Open(OpenNode::Branch(inner)), Some(rest)) => {
                    assert_eq!(inner.prefix, Nibbles::from_nibbles(rest));
                    assert!(matches!(inner.body, Body::Sealed(found) if found == hash));
                }
                other => panic!("unexpected child {other:?}"),
            }
        }
    }
}
