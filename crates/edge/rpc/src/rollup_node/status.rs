//! What `rollupNode_status` says.

use alloy_eips::BlockNumHash;
use alloy_primitives::B256;
use rollup_sequencer::SyncState;
use rollup_storage::{ForkchoiceState, L1Progress};
use serde::{Deserialize, Serialize};

/// Whether a chain is known up to where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChainSync {
    /// Not yet.
    Syncing,
    /// It is.
    Synced,
}

impl ChainSync {
    const fn new(is_synced: bool) -> Self {
        if is_synced { Self::Synced } else { Self::Syncing }
    }
}

/// Number and hash of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockRef {
    /// Number, not in hex.
    pub number: u64,
    /// Hash.
    pub hash: B256,
}

impl From<BlockNumHash> for BlockRef {
    fn from(block: BlockNumHash) -> Self {
        Self { number: block.number, hash: block.hash }
    }
}

/// How far L1 and L2 are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RollupStatus {
    /// L1.
    pub l1: L1Status,
    /// L2.
    pub l2: L2Status,
}

/// How far L1 is known. Numbers are zero before the first report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct L1Status {
    /// Whether everything is.
    pub status: ChainSync,
    /// Latest block.
    pub latest: u64,
    /// Latest finalized block.
    pub finalized: u64,
    /// Block up to which everything is stored.
    pub processed: u64,
}

/// How far L2 is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct L2Status {
    /// Whether everything is.
    pub status: ChainSync,
    /// Tip of the chain.
    pub head: BlockRef,
    /// Highest block that is consolidated with a batch.
    pub safe: BlockRef,
    /// Highest block of a batch that is finalized.
    pub finalized: BlockRef,
}

impl RollupStatus {
    pub(super) fn new(sync: SyncState, l1: L1Progress, l2: ForkchoiceState) -> Self {
        Self {
            l1: L1Status {
                status: ChainSync::new(sync.l1_synced),
                latest: l1.latest.unwrap_or_default(),
                finalized: l1.finalized.unwrap_or_default(),
                processed: l1.processed.unwrap_or_default(),
            },
            l2: L2Status {
                status: ChainSync::new(sync.l2_synced),
                head: l2.head.into(),
                safe: l2.safe.into(),
                finalized: l2.finalized.into(),
            },
        }
    }
}
