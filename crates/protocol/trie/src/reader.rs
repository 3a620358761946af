//! How nodes that were not read yet are opened: from RLP by hash, or from records and leaves.

use alloy_primitives::B256;
use alloy_trie::nodes::RlpNode;
use nybbles::Nibbles;

use crate::{
    BranchRecord, NodeError, NodeSource, TrieCursor, TrieError,
    decode::{Decoded, decode_hashed},
    hash::Encoder,
    node::{Body, Branch, KEY_NIBBLES, Kids, Kind, Leaf, OpenNode, Record, node_hash},
};

pub(crate) trait Reader {
    /// The node in the slot at `path`, that its parent refers to by `reference`.
    fn node(
        &mut self,
        path: &Nibbles,
        reference: &RlpNode,
        kind: Kind,
    ) -> Result<OpenNode, TrieError>;

    /// The children of the branch at `path` with hash `hash`, of which only the extension was read.
    fn kids(&mut self, path: &Nibbles, hash: B256) -> Result<Box<Kids>, TrieError>;
}

/// Reads RLP by hash.
#[derive(Debug)]
pub(crate) struct WitnessReader<'a, S: ?Sized>(pub(crate) &'a S);

impl<S: NodeSource + ?Sized> WitnessReader<'_, S> {
    /// Reads and decodes the node at `path`; `accept` refuses kinds of node that cannot stand there.
    fn read<T>(
        &self,
        hash: B256,
        path: &Nibbles,
        accept: impl FnOnce(Decoded) -> Result<T, NodeError>,
    ) -> Result<T, TrieError> {
        let rlp = self.0.node(path, &hash)?.ok_or(TrieError::MissingNode { hash, path: *path })?;
        decode_hashed(&rlp, path.len(), hash)
            .and_then(accept)
            .map_err(|reason| TrieError::InvalidNode { hash, path: *path, reason })
    }
}

impl<S: NodeSource + ?Sized> Reader for WitnessReader<'_, S> {
    fn node(
        &mut self,
        path: &Nibbles,
        reference: &RlpNode,
        _: Kind,
    ) -> Result<OpenNode, TrieError> {
        self.read(node_hash(reference), path, |node| Ok(node.into()))
    }

    fn kids(&mut self, path: &Nibbles, hash: B256) -> Result<Box<Kids>, TrieError> {
        self.read(hash, path, |node| match node {
            Decoded::Branch { kids, .. } => Ok(kids),
            Decoded::Leaf(_) | Decoded::Extension(_) => Err(NodeError::ExtensionChild),
        })
    }
}

/// Reads records and leaves.
#[derive(Debug)]
pub(crate) struct StoredReader<'a, C: ?Sized>(pub(crate) &'a mut C);

impl<C: TrieCursor + ?Sized> StoredReader<'_, C> {
    /// The record with the first path at or below `path`.
    fn record(&mut self, path: &Nibbles) -> Result<Option<(Nibbles, BranchRecord)>, TrieError> {
        let found = self.0.seek_branch(path).map_err(TrieError::source_failed)?;
        Ok(found.filter(|(found, _)| found.starts_with(path) && found.len() < KEY_NIBBLES))
    }

    fn leaf(&mut self, path: &Nibbles, reference: &RlpNode) -> Result<OpenNode, TrieError> {
        let mut from = B256::ZERO;
        path.pack_to(from.as_mut_slice());
        let found = self.0.seek_leaf(from).map_err(TrieError::source_failed)?;
        let (key, value) = found
            .map(|(key, value)| (Nibbles::unpack_array(&key.0), value))
            .filter(|(key, value)| key.starts_with(path) && !value.is_empty())
            .ok_or(TrieError::MissingLeaf { path: *path })?;
        let suffix = key.slice(path.len()..);
        verified(OpenNode::Leaf(Box::new(Leaf { suffix, value, reference: None })), path, reference)
    }
}

impl<C: TrieCursor + ?Sized> Reader for StoredReader<'_, C> {
    fn node(
        &mut self,
        path: &Nibbles,
        reference: &RlpNode,
        kind: Kind,
    ) -> Result<OpenNode, TrieError> {
        if kind == Kind::Leaf {
            return self.leaf(path, reference);
        }
        let Some((found, record)) = self.record(path)? else {
            return match kind {
                Kind::Branch => Err(TrieError::MissingRecord { path: *path }),
                Kind::Unknown | Kind::Leaf => self.leaf(path, reference),
            };
        };
        let mut branch = Box::new(Branch {
            prefix: found.slice(path.len()..),
            body: Body::Open(record.kids()),
            reference: None,
            record: Record::Current,
        });
        // If the record looked for were missing, another one further down would be found: then
        // there is a prefix. Hashing every record would take as many hashes as the new root.
        if kind == Kind::Unknown || !branch.prefix.is_empty() {
            return verified(OpenNode::Branch(branch), path, reference);
        }
        branch.reference = Some(reference.clone());
        Ok(OpenNode::Branch(branch))
    }

    fn kids(&mut self, path: &Nibbles, _: B256) -> Result<Box<Kids>, TrieError> {
        let (_, record) = self
            .record(path)?
            .filter(|(found, _)| found == path)
            .ok_or(TrieError::MissingRecord { path: *path })?;
        Ok(record.kids())
    }
}

/// `node` if it is the one that `reference` stands for.
fn verified(
    mut node: OpenNode,
    path: &Nibbles,
    reference: &RlpNode,
) -> Result<OpenNode, TrieError> {
    node.encode(path, &mut Encoder::without_records());
    if node.encoded().is_some_and(|encoded| node_hash(encoded) == node_hash(reference)) {
        Ok(node)
    } else {
        Err(TrieError::Mismatch { path: *path })
    }
}
