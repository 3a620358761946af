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
