//! Why the stored chain could not be read or changed.

use crate::{
    log::{LogError, LoggedBlockError, SignedHeightError},
    rollup::RollupError,
    storage::ReplayError,
};
use alloy_eips::BlockNumHash;
use alloy_primitives::B256;
use derive_more::Display;
use rollup_db::DbError;
use rollup_trie::TrieError;
use std::{io, path::PathBuf, sync::Arc};
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
    #[error("{} holds {found}, not {expected}; choose another data directory", path.display())]
    OtherChain {
        /// Directory of the database.
        path: PathBuf,
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
    /// The block log failed.
    #[error(transparent)]
    Log(#[from] LogError),
    /// A record of the block log that cannot be read.
    #[error("a record of the block log cannot be read")]
    LoggedBlock(#[from] LoggedBlockError),
    /// The record of the highest signed block failed, or refuses a block.
    #[error(transparent)]
    SignedHeight(#[from] SignedHeightError),
    /// The record of the highest signed block is not the last one that was written.
    #[error(
        "{} is older than the database, which knows that block {stored} was signed; restore the \
         last version of this file: with an older one a block could be signed twice",
        path.display()
    )]
    SignedHeightBehind {
        /// The record.
        path: PathBuf,
        /// Block that the database knows to be signed.
        stored: u64,
    },
    /// The database has applied records that the log does not have.
    #[error(
        "the block log in {} is older than the database beside it; restore both from one backup, \
         or move the files of the log away to go on from the database",
        path.display()
    )]
    LogBehind {
        /// Directory of the log.
        path: PathBuf,
    },
    /// The log begins after records that the database needs.
    #[error(
        "the block log in {} begins at block {first}, which the database beside it does not reach; \
         restore both from one backup, or move the files of the log away to go on from the database",
        path.display()
    )]
    LogGap {
        /// Directory of the log.
        path: PathBuf,
        /// First block of the log.
        first: u64,
    },
    /// A logged block could not be executed again.
    #[error("block {number} ({hash}) of the block log could not be executed again")]
    Replay {
        /// Number of the block.
        number: u64,
        /// Hash of the block.
        hash: B256,
        /// Why not.
        #[source]
        source: ReplayError,
    },
    /// A logged block became another one when it was executed again.
    #[error(
        "block {number} of the block log is {hash}, but executing it again gives {found}: this \
         program follows other rules than the one that logged it; run that one"
    )]
    ReplayDiffers {
        /// Number of the block.
        number: u64,
        /// Hash in the log.
        hash: B256,
        /// Hash of the block that the execution gave.
        found: B256,
    },
    /// The writer thread failed before.
    #[error(
        "the storage takes no more changes since its writer failed; mend the cause and restart"
    )]
    WriterStopped {
        /// How it failed.
        #[source]
        source: Arc<Self>,
    },
    /// The writer thread panicked, which is a bug.
    #[error("the writer of the storage panicked")]
    WriterPanicked,
    /// The writer thread could not be started.
    #[error("cannot start the writer of the storage")]
    Thread {
        /// What the operating system says.
        #[source]
        source: io::Error,
    },
    /// The state after a block follows from history that was pruned.
    #[error(
        "state after block {number} is pruned, the first one kept is {first}; ask an archive node, \
         or sync anew as one"
    )]
    Pruned {
        /// Block asked for.
        number: u64,
        /// Lowest block after which the state is kept.
        first: u64,
    },
    /// The receipts of a block were pruned.
    #[error(
        "receipts of block {number} are pruned, the first ones kept are of block {first}; ask an \
         archive node, or sync anew as one"
    )]
    PrunedReceipts {
        /// Block asked for.
        number: u64,
        /// Lowest block whose receipts are kept. The chain may not reach it yet.
        first: u64,
    },
    /// An entry that must exist does not: the database is damaged.
    #[error("table {table} lacks the entry of block {number}; restore the database or sync anew")]
    Missing {
        /// Name of the table.
        table: &'static str,
        /// Block the entry belongs to.
        number: u64,
    },
    /// A code that an account has is not there: the database is damaged.
    #[error("table Bytecodes lacks the code {hash}; restore the database or sync anew")]
    MissingCode {
        /// Keccak hash of the code.
        hash: B256,
    },
    /// The EVM asked for a block hash, which no rule of Scroll does.
    #[error("the hash of block {number} is not served to the evm")]
    UnexpectedBlockHash {
        /// Number of the block.
        number: u64,
    },
    /// A change of the rollup records contradicts what is stored.
    #[error(transparent)]
    Rollup(#[from] RollupError),
}

/// What tells one chain from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Display)]
#[display("chain {chain_id} with genesis {genesis_hash}")]
pub struct ChainIdentity {
    /// Chain id.
    pub chain_id: u64,
    /// Hash of the genesis block.
    pub genesis_hash: B256,
}
