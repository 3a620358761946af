//! Why there is no payload.

use alloy_evm::block::BlockExecutionError;
use rollup_storage::StorageError;
use std::io;
use thiserror::Error;

/// Why there is no payload. None of them is the fault of a transaction: one that cannot be in the
/// block is left out of it.
#[derive(Debug, Error)]
pub enum PayloadError {
    /// The attributes want a block that is older than its parent.
    #[error("timestamp {timestamp} is before the parent's, {parent_timestamp}")]
    Timestamp {
        /// Timestamp of the attributes, in seconds.
        timestamp: u64,
        /// Timestamp of the parent, in seconds.
        parent_timestamp: u64,
    },
    /// Headers of the fork carry a seal that the builder does not make.
    #[error("blocks are built from the fork EuclidV2 on, which is not active at {timestamp}")]
    BeforeEuclidV2 {
        /// Timestamp of the attributes, in seconds.
        timestamp: u64,
    },
    /// The stored chain could not be read.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// Execution failed for no fault of a transaction.
    #[error("the block cannot be executed")]
    Execution(#[source] BlockExecutionError),
    /// There is no thread for the job.
    #[error("the thread that builds the block cannot be started")]
    Thread(#[source] io::Error),
    /// The thread of the job has panicked.
    #[error("the thread that builds the block ended without a block")]
    Stopped,
    /// The job gave its payload, or why there is none, to an earlier caller.
    #[error("the payload of this job was taken before")]
    Taken,
}
