//! Why L1 could not be read.

use alloy_primitives::B256;
use thiserror::Error;

/// Why L1 could not be read. None of them says anything about L1 itself: the same may be asked
/// again.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum L1Error {
    /// No endpoint answered in time, or each with an error.
    #[error("no L1 endpoint answers {method}: {reason}")]
    Unavailable {
        /// The JSON-RPC method.
        method: &'static str,
        /// What the last endpoint asked had to say, without secrets of its URL.
        reason: String,
    },
    /// The endpoints that answer do not have a block, as when they lag or are on another fork.
    #[error("no L1 endpoint has block {hash}")]
    UnknownBlock {
        /// Hash of the block.
        hash: B256,
    },
    /// The answer would be too long. A shorter range may be asked for.
    #[error("L1 blocks {from} to {to} have too many logs for one answer")]
    TooManyLogs {
        /// First block.
        from: u64,
        /// Last block, inclusive.
        to: u64,
    },
    /// A contract call was reverted.
    #[error("the L1 call was reverted")]
    Reverted,
}
