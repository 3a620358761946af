//! How the watcher is.

use crate::error::L1DataError;
use alloy_primitives::{Address, B256};
use rollup_l1_client::L1Header;
use rollup_storage::RollupError;
use std::time::Duration;
use thiserror::Error;

/// An L1 block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct L1BlockRef {
    /// Number.
    pub number: u64,
    /// Hash.
    pub hash: B256,
    /// Time, in seconds since 1970.
    pub timestamp: u64,
}

impl From<&L1Header> for L1BlockRef {
    fn from(header: &L1Header) -> Self {
        Self { number: header.number, hash: header.hash, timestamp: header.timestamp }
    }
}

/// How the watcher is. What it says of L1 is what endpoints say; what is durable is in the storage.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct L1WatcherStatus {
    /// Whether everything up to the latest block was processed, once at least since the start or
    /// since L1 was rewound.
    pub is_synced: bool,
    /// The latest block.
    pub latest: Option<L1BlockRef>,
    /// The latest safe block.
    pub safe: Option<L1BlockRef>,
    /// The latest final block.
    pub finalized: Option<L1BlockRef>,
    /// Number of the block up to which everything is stored.
    pub processed: Option<u64>,
    /// Signer that the system contract names, if it is read.
    pub signer: Option<Address>,
    /// Block after which it names that signer.
    pub signer_l1_block: Option<L1BlockRef>,
    /// When a look at L1 last succeeded, since the Unix epoch.
    pub last_progress_at: Option<Duration>,
    /// Whether what is known of L1 is too old to rely on.
    pub is_stale: bool,
    /// What endpoints say and cannot be; `None` when it is gone.
    pub fault: Option<L1Fault>,
}

/// Endpoints say something that cannot be. What is stored stays as it is, and they are asked again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum L1Fault {
    /// The chain they offer does not have a block that is final.
    #[error(
        "the L1 endpoints offer a chain without the final L1 block {finalized}; check that each \
         --l1.url is of the right chain and honest"
    )]
    ReorgBelowFinalized {
        /// Number of the final block.
        finalized: u64,
    },
    /// They name a final block that is not in the chain they offer.
    #[error(
        "the L1 endpoints name {found} as final L1 block {number}, the chain they offer has \
         {expected}; check that each --l1.url is of the right chain and honest"
    )]
    FinalizedContradicts {
        /// Number of the block.
        number: u64,
        /// Its hash in the chain that was followed.
        expected: B256,
        /// The hash they name.
        found: B256,
    },
    /// What L1 did contradicts what is stored, and does so again after L1 was read anew.
    #[error(
        "L1 was read {reads} times and contradicts itself: {reason}; the L1 endpoints leave logs \
         out, give another --l1.url"
    )]
    Contradiction {
        /// What contradicts.
        reason: RollupError,
        /// How often it was read.
        reads: u32,
    },
    /// The message queue on L1 has other messages than were read from the logs, and does so again
    /// after L1 was read anew.
    #[error(
        "L1 was read {reads} times and the message queue has {on_l1} messages with another hash \
         than the {stored} that were found in logs; the L1 endpoints leave logs out, give another \
         --l1.url"
    )]
    QueueDiffers {
        /// Next queue index by the logs.
        stored: u64,
        /// Next queue index by the contract.
        on_l1: u64,
        /// How often L1 was read.
        reads: u32,
    },
    /// Logs, transactions or headers are not what they must be.
    #[error("an L1 endpoint gives wrong data: {0}")]
    Data(#[from] L1DataError),
}
