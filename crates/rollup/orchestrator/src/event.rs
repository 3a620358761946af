//! What happened on L1, for whoever listens to the node.

use crate::{index::ReorgOutcome, signers::SignerChange};
use alloy_eips::BlockNumHash;
use alloy_primitives::B256;
use rollup_l1::{L1BlockRef, L1Notification};

/// Something that happened on L1. What it changes is durable when it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrchestratorEvent {
    /// There is a new latest L1 block.
    NewL1Block(L1BlockRef),
    /// L1 is final up to a block.
    L1BlockFinalized {
        /// Its number.
        l1_block_number: u64,
    },
    /// An L1 message was enqueued.
    L1MessageCommitted {
        /// Its queue index.
        queue_index: u64,
        /// The L1 block that enqueued it.
        l1_block: L1BlockRef,
    },
    /// L1 took blocks back.
    L1Reorg {
        /// Highest L1 block that remains.
        l1_block_number: u64,
        /// L1 blocks that are gone, as far as they were processed.
        depth: u64,
        /// Queue index of the first L1 message that is gone, if one is.
        queue_index: Option<u64>,
        /// The head now, if blocks left the chain.
        head: Option<BlockNumHash>,
        /// The safe block now, if it went back.
        safe: Option<BlockNumHash>,
        /// Blocks that left the chain.
        removed: u64,
    },
    /// L1 blocks are read anew.
    UnwoundToL1Block {
        /// Highest L1 block that remains processed.
        l1_block_number: u64,
    },
    /// Everything up to the latest L1 block is stored.
    L1Synced,
    /// A batch was committed.
    BatchCommitIndexed {
        /// Its index.
        index: u64,
        /// Its hash.
        hash: B256,
        /// The L1 block that committed it.
        l1_block: L1BlockRef,
    },
    /// A batch was finalized, and with it all before it.
    BatchFinalizeIndexed {
        /// Its index.
        index: u64,
        /// Its hash.
        hash: B256,
        /// The L1 block that finalized it.
        l1_block: L1BlockRef,
    },
    /// Batches were reverted.
    BatchReverted {
        /// Lowest index.
        first: u64,
        /// Highest index, inclusive.
        last: u64,
        /// Hash of the batch, if it was one and is told.
        hash: Option<B256>,
        /// The L1 block that reverted them.
        l1_block: L1BlockRef,
    },
    /// Another signer is the authorized one, or it is known for the first time.
    AuthorizedSignerChanged(SignerChange),
    /// Some events were lost because there were too many at once.
    EventsMissed {
        /// How many.
        count: u64,
    },
}

impl OrchestratorEvent {
    /// The event for what the watcher tells, if there is one. Of a reorg it is told by the index
    /// what it meant for L2.
    pub(crate) fn of(
        notification: &L1Notification,
        outcome: impl FnOnce(u64) -> Option<ReorgOutcome>,
    ) -> Option<Self> {
        Some(match *notification {
            L1Notification::NewBlock(block) => Self::NewL1Block(block),
            L1Notification::Finalized(l1_block_number) => {
                Self::L1BlockFinalized { l1_block_number }
            }
            L1Notification::Reorg { to, depth } => {
                let outcome = outcome(to);
                let outcome = outcome.as_ref();
                Self::L1Reorg {
                    l1_block_number: to,
                    depth,
                    queue_index: outcome.and_then(|outcome| outcome.queue_index),
                    head: outcome.and_then(|outcome| outcome.head),
                    safe: outcome.and_then(|outcome| outcome.safe),
                    removed: outcome.map_or(0, |outcome| outcome.removed),
                }
            }
            L1Notification::Rewound { to } => Self::UnwoundToL1Block { l1_block_number: to },
            L1Notification::MessageEnqueued { queue_index, l1_block } => {
                Self::L1MessageCommitted { queue_index, l1_block }
            }
            L1Notification::BatchCommitted { index, hash, l1_block } => {
                Self::BatchCommitIndexed { index, hash, l1_block }
            }
            L1Notification::BatchFinalized { index, hash, l1_block } => {
                Self::BatchFinalizeIndexed { index, hash, l1_block }
            }
            L1Notification::BatchReverted { index, hash, l1_block } => {
                Self::BatchReverted { first: index, last: index, hash: Some(hash), l1_block }
            }
            L1Notification::BatchesReverted { first, last, l1_block } => {
                Self::BatchReverted { first, last, hash: None, l1_block }
            }
            L1Notification::Synced => Self::L1Synced,
            // The change of the schedule is the event.
            L1Notification::SignerUpdated { .. } | L1Notification::Processed(_) => return None,
        })
    }
}
