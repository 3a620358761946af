//! Why logs could not be given.

use crate::error::StorageError;
use thiserror::Error;

/// A query for logs that was refused or has failed. All but [`Self::Storage`] are due to who asked.
#[derive(Debug, Error)]
pub enum LogQueryError {
    /// The range ends before it begins.
    #[error("the range of blocks ends at {to}, before it begins at {from}")]
    Reversed {
        /// First block.
        from: u64,
        /// Last block.
        to: u64,
    },
    /// The range is longer than the limit.
    #[error("{blocks} blocks are more than the {limit} that one query may cover: ask for fewer")]
    TooManyBlocks {
        /// Blocks in the range.
        blocks: u64,
        /// Blocks that may be.
        limit: u64,
    },
    /// The chain does not reach the end of the range.
    #[error("block {number} is not in the chain")]
    UnknownBlock {
        /// Last block of the range.
        number: u64,
    },
    /// More logs match than the limit.
    #[error("more than {limit} logs match: {}", advice(*from, *block))]
    TooManyResults {
        /// Logs that may match.
        limit: usize,
        /// First block of the range.
        from: u64,
        /// Block of the first log above the limit. Those of the blocks before it are within.
        block: u64,
    },
    /// Whoever asked wants no answer any more.
    #[error("the query was cancelled")]
    Cancelled,
    /// The blocks could not be read.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

fn advice(from: u64, block: u64) -> String {
    match block.checked_sub(1).filter(|to| *to >= from) {
        Some(to) => format!("narrow the filter, or ask for blocks {from} to {to}"),
        None => "narrow the filter".to_owned(),
    }
}
