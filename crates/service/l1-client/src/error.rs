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

/// Why L1 cannot be read with these settings.
#[derive(Debug, Error)]
pub enum L1ClientConfigError {
    /// There is nobody to ask.
    #[error("--l1.url names no endpoint")]
    NoUrls,
    /// No block could ever have so many endpoints that agree, or none is asked for.
    #[error("--l1.reorg-quorum is {quorum}: it must be from 1 to the {endpoints} of --l1.url")]
    Quorum {
        /// How many must agree.
        quorum: usize,
        /// How many there are.
        endpoints: usize,
    },
    /// Nothing could ever be asked for.
    #[error("--l1.cups is 0: nothing could be asked for")]
    NoComputeUnits,
    /// No answer could ever be in time.
    #[error("--l1.request-timeout is 0: no answer could be in time")]
    NoTime,
    /// The client of HTTP cannot be made, for want of root certificates as a rule.
    #[error("L1 cannot be read; are the root certificates of this machine installed?")]
    Client(#[source] reqwest::Error),
}
