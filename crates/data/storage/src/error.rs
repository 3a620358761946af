//! Why the stored chain could not be read or changed.

use alloy_eips::BlockNumHash;
use alloy_primitives::B256;
use rollup_db::DbError;
use rollup_trie::TrieError;
use thiserror::Error;

/// A failed operation on the stored chain. None of them changes what is stored: a transaction that
/// is not committed leaves nothing behind.
#[derive(Debug, Error)]
pub enum StorageError {
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The tries could not be brought up to date.
    #[error("the state root cannot be computed")]
    Trie(#[from] TrieError),
    /// The database belongs to another chain.
    #[error("the database holds the chain {found:?}, not {expected:?}: use another directory")]
    OtherChain {
        /// Chain id and genesis hash in the database.
        found: ChainIdentity,
        /// Those of the configured chain.
        expected: ChainIdentity,
    },
    /// A block that is to be appended is not a child of the block before it.
    #[error("block {block:?} does not follow {parent:?}")]
    NotAChild {
        /// The block.
        block: BlockNumHash,
        /// The block it would have to follow.
        parent: BlockNumHash,
    },
    /// The chain cannot be unwound to a block above its head.
    #[error("cannot unwind to block {to}, the head is {head}")]
    AboveHead {
        /// Block asked for.
        to: u64,
        /// Head of the chain.
        head: u64,
    },
    /// A finalized block is never unwound.
    #[error("cannot unwind to block {to}, block {finalized} is finalized")]
    BelowFinalized {
        /// Block asked for.
        to: u64,
        /// Finalized block.
        finalized: u64,
    },
    /// An entry that must exist does not: the database is damaged.
    #[error("table {table} lacks the entry of block {number}; restore the database or sync anew")]
    Missing {
        /// Name of the table.
        table: &'static str,
        /// Block the entry belongs to.
        number: u64,
    },
}

/// What tells one chain from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChainIdentity {
    /// Chain id.
    pub chain_id: u64,
    /// Hash of the genesis block.
    pub genesis_hash: B256,
}
