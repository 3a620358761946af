use std::{error::Error, fmt, sync::Arc};

use alloy_primitives::{Address, B256, U256};
use nybbles::Nibbles;

/// A trie operation that could not be completed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrieError {
    /// The operation needs a node that the source does not have.
    #[error("trie node {hash} at path {path:?} is missing")]
    MissingNode {
        /// Keccak hash of the node's RLP.
        hash: B256,
        /// Nibbles from the root of the trie to the node.
        path: Nibbles,
    },
    /// The source returned bytes that are not a trie node, or not one that can stand at this path.
    #[error("trie node {hash} at path {path:?} is invalid")]
    InvalidNode {
        /// Keccak hash of the node's RLP. A defect may be in a node inlined in this one.
        hash: B256,
        /// Nibbles from the root of the trie to the node.
        path: Nibbles,
        /// What is wrong with it.
        #[source]
        reason: NodeError,
    },
    /// The leaf of an account does not hold an account.
    #[error("trie leaf of account {address} is invalid")]
    InvalidAccount {
        /// The account.
        address: Address,
        /// What is wrong with the value.
        #[source]
        reason: alloy_rlp::Error,
    },
    /// The leaf of a storage slot does not hold a 256-bit number.
    #[error("trie leaf of slot {slot} of account {address} is invalid")]
    InvalidSlot {
        /// The account.
        address: Address,
        /// The slot.
        slot: U256,
        /// What is wrong with the value.
        #[source]
        reason: alloy_rlp::Error,
    },
    /// The records do not hold the branch of a slot that has one.
    #[error("trie has no record at or below path {path:?}")]
    MissingRecord {
        /// Nibbles from the root of the trie to the slot.
        path: Nibbles,
    },
    /// The leaves do not hold the one of a slot that has one.
    #[error("trie has no leaf below path {path:?}")]
    MissingLeaf {
        /// Nibbles from the root of the trie to the slot.
        path: Nibbles,
    },
    /// The record or the leaf found for a slot does not have the hash that is referred to.
    #[error("stored node at path {path:?} does not match its hash")]
    Mismatch {
        /// Nibbles from the root of the trie to the slot.
        path: Nibbles,
    },
    /// A trie is built from leaves that are not in ascending order of their keys.
    #[error("leaf {key} is not above the one before it")]
    UnsortedLeaf {
        /// The key that is out of order, or given twice.
        key: B256,
    },
    /// A trie is built from a leaf without a value, which cannot exist.
    #[error("leaf {key} has no value")]
    EmptyLeaf {
        /// The key.
        key: B256,
    },
    /// The stored leaf of an account does not hold an account.
    #[error("stored leaf of the account with hashed address {hashed_address} is invalid")]
    InvalidStoredAccount {
        /// Keccak hash of the address.
        hashed_address: B256,
        /// What is wrong with the value.
        #[source]
        reason: alloy_rlp::Error,
    },
    /// The stored leaf of a storage slot does not hold a 256-bit number.
    #[error("stored leaf of the slot with hash {hashed_slot} is invalid")]
    InvalidStoredSlot {
        /// Keccak hash of the slot.
        hashed_slot: B256,
        /// What is wrong with the value.
        #[source]
        reason: alloy_rlp::Error,
    },
    /// The nodes of a witness stand for more than is loaded of it.
    #[error("the witness shows more than {limit} nodes")]
    PartTooLarge {
        /// Nodes that are loaded at most, each as often as it occurs.
        limit: usize,
    },
    /// Storage is written of an account that does not exist and is not created.
    #[error("storage written without the account with hashed address {hashed_address}")]
    StorageWithoutAccount {
        /// Keccak hash of the address.
        hashed_address: B256,
    },
    /// The database that is read failed.
    #[error(transparent)]
    Source(#[from] SourceError),
}

impl TrieError {
    pub(crate) fn source_failed(error: impl Error + Send + Sync + 'static) -> Self {
        Self::Source(SourceError(Arc::new(error)))
    }
}

/// The error of a database that a trie reads from. Equal only to its own clones.
#[derive(Clone, Debug)]
pub struct SourceError(Arc<dyn Error + Send + Sync>);

impl SourceError {
    /// The error itself, to be downcast.
    pub fn get(&self) -> &(dyn Error + Send + Sync + 'static) {
        self.0.as_ref()
    }
}

impl fmt::Display for SourceError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl Error for SourceError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()
    }
}

impl PartialEq for SourceError {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for SourceError {}

/// A defect in the encoding of a [`BranchRecord`](crate::BranchRecord).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// The bytes end before the record does.
    #[error("unexpected end of record")]
    UnexpectedEnd,
    /// Bytes follow the record.
    #[error("{0} trailing bytes")]
    TrailingBytes(usize),
    /// A branch with less than two children.
    #[error("branch has {0} children")]
    ChildCount(u32),
    /// A child is marked as a branch but does not exist.
    #[error("mask of branches has bits beside the mask of children")]
    BranchMask,
    /// A reference that starts neither like a hash nor like an inlined node.
    #[error("invalid child reference {0:#04x}")]
    ChildReference(u8),
}

/// A defect in the encoding of a trie node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NodeError {
    /// Not canonical RLP, or a string where a list must stand, or the reverse.
    #[error("invalid rlp")]
    Rlp(#[from] alloy_rlp::Error),
    /// Bytes follow the node.
    #[error("trailing bytes")]
    TrailingBytes,
    /// A node shorter than 32 bytes was referred to by its hash; it must be inlined.
    #[error("node of {0} bytes is not inlined")]
    NotInlined(usize),
    /// Neither 2 nor 17 items.
    #[error("list of neither 2 nor 17 items")]
    ItemCount,
    /// The first byte of a path has an unknown flag, or stray bits beside the flag of an even path.
    #[error("invalid path prefix {0:#04x}")]
    PathPrefix(u8),
    /// A path without even its first byte.
    #[error("missing path prefix")]
    MissingPathPrefix,
    /// A node whose path reaches beyond the 64 nibbles of a key.
    #[error("path is too long")]
    PathTooLong,
    /// A leaf whose key is not exactly 64 nibbles long.
    #[error("leaf ends at depth {0} instead of 64 nibbles")]
    LeafDepth(usize),
    /// A leaf without a value.
    #[error("leaf has no value")]
    EmptyValue,
    /// A branch that holds a value, which keys of one length make impossible.
    #[error("branch has a value")]
    BranchValue,
    /// A branch with less than two children.
    #[error("branch has {0} children")]
    ChildCount(usize),
    /// A reference to a child that is neither a hash nor an inlined node shorter than 32 bytes.
    #[error("invalid child reference")]
    ChildReference,
    /// An extension over no nibble.
    #[error("extension is empty")]
    EmptyExtension,
    /// An extension that leads to anything but a branch.
    #[error("extension does not lead to a branch")]
    ExtensionChild,
}
