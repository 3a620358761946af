//! Errors of the watcher.

use crate::{sink::L1SinkError, status::L1Fault};
use alloy_primitives::{Address, B256};
use rollup_l1_client::L1Error;
use thiserror::Error;

/// Settings with which L1 cannot be followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum L1WatcherConfigError {
    /// No logs at all.
    #[error("--l1.query-range is 0; give at least 1 (L1 blocks)")]
    QueryRange,
    /// Requests without end.
    #[error("--l1.poll-interval is 0; give at least 1ms")]
    PollInterval,
    /// Checks without end.
    #[error("--l1.liveness-check-interval is 0; give at least 1 (seconds)")]
    LivenessCheckInterval,
}

/// A command that was not carried out.
#[derive(Debug, Error)]
pub enum L1WatcherError {
    /// Too many commands wait.
    #[error("the L1 watcher is busy")]
    Busy,
    /// The watcher has ended, or is about to.
    #[error("the L1 watcher has stopped")]
    Stopped,
    /// There is nothing to go back from.
    #[error("cannot go back to L1 block {to}, {} is processed", Processed(.processed))]
    NotProcessed {
        /// Block asked for.
        to: u64,
        /// Processed block.
        processed: Option<u64>,
    },
    /// What the blocks did could not be undone.
    #[error("what L1 did could not be undone")]
    Sink(#[from] L1SinkError),
}

struct Processed<'a>(&'a Option<u64>);

impl std::fmt::Display for Processed<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Some(number) => write!(f, "block {number}"),
            None => f.write_str("none"),
        }
    }
}

/// What an L1 endpoint gives as the logs or transactions of the rollup contracts, and cannot be
/// that: the contracts never do it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum L1DataError {
    /// Topics or data of an event are not those of its signature.
    #[error("log {log_index} of L1 block {l1_block_number}: not a valid {event} of {address}")]
    Malformed {
        /// L1 block.
        l1_block_number: u64,
        /// Position of the log in the block.
        log_index: u64,
        /// Contract that emitted it.
        address: Address,
        /// Name of the event.
        event: &'static str,
    },
    /// A number of an event is too high to be one.
    #[error("log {log_index} of L1 block {l1_block_number}: {field} of {event} is above 2^64 - 1")]
    NumberTooHigh {
        /// L1 block.
        l1_block_number: u64,
        /// Position of the log in the block.
        log_index: u64,
        /// Name of the event.
        event: &'static str,
        /// Name of the field.
        field: &'static str,
    },
    /// A log is not of the block that was asked for.
    #[error("log {log_index} is of L1 block {found_number} {found_hash}, not {number} {hash}")]
    OtherBlock {
        /// Block asked for.
        number: u64,
        /// Its hash.
        hash: B256,
        /// Position of the log in its block.
        log_index: u64,
        /// Block of the log.
        found_number: u64,
        /// Its hash.
        found_hash: B256,
    },
    /// Logs are not in the order of the chain.
    #[error("log {log_index} of L1 block {l1_block_number} follows one that is not before it")]
    OutOfOrder {
        /// L1 block.
        l1_block_number: u64,
        /// Position of the log in the block.
        log_index: u64,
    },
    /// A transaction that commits batches has fewer or more blobs than they need.
    #[error("L1 transaction {transaction} commits {commits} batches and has {blobs} blobs")]
    BlobCount {
        /// The transaction.
        transaction: B256,
        /// Batches that it commits.
        commits: usize,
        /// Blobs that it has.
        blobs: usize,
    },
    /// The queue hash is not defined because nobody knows where queue V2 starts.
    #[error("L1 message {queue_index} is of queue V2, whose first message is not known")]
    QueueStartUnknown {
        /// Queue index of the message.
        queue_index: u64,
    },
    /// A transaction is not the one, or not in the block, that a log of it says.
    #[error("L1 transaction {transaction} is not in L1 block {block_hash}, which has a log of it")]
    TransactionMoved {
        /// The transaction.
        transaction: B256,
        /// Block of the log.
        block_hash: B256,
    },
    /// A header is not the one that was asked for.
    #[error("asked for L1 block {expected}, got block {found}")]
    OtherHeader {
        /// Hash or number asked for.
        expected: HeaderId,
        /// The answer.
        found: HeaderId,
    },
}

/// A header, as far as it was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeaderId {
    /// By number.
    Number(u64),
    /// By hash.
    Hash(B256),
}

impl std::fmt::Display for HeaderId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Hash(hash) => hash.fmt(f),
        }
    }
}

/// Why a look at L1 came to nothing. It is repeated.
#[derive(Debug, Error)]
pub(crate) enum StepError {
    /// L1 cannot be read.
    #[error(transparent)]
    Read(#[from] L1Error),
    /// Endpoints lag, or the data directory is of a longer chain.
    #[error("no L1 endpoint has L1 block {number} yet")]
    NotKnownYet {
        /// The block.
        number: u64,
    },
    /// The other branch leaves the chain below the blocks whose hashes are held.
    #[error("an L1 reorg goes below L1 block {first}; comparing with what is stored")]
    ForksBelow {
        /// First block that is held.
        first: u64,
    },
    /// Too few endpoints have the other branch.
    #[error("an L1 reorg to block {to} is offered, and too few endpoints agree")]
    Unconfirmed {
        /// Highest block that would remain.
        to: u64,
    },
    /// What endpoints say cannot be.
    #[error(transparent)]
    Fault(#[from] L1Fault),
    /// What was read cannot be kept.
    #[error(transparent)]
    Sink(#[from] L1SinkError),
}

impl From<L1DataError> for StepError {
    fn from(err: L1DataError) -> Self {
        Self::Fault(err.into())
    }
}
