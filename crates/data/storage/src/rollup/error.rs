//! Why a change of the rollup records was refused.

use alloy_eips::BlockNumHash;
use alloy_primitives::B256;
use thiserror::Error;

/// A change of the rollup records that contradicts what is stored. Nothing is changed then.
///
/// Those that come from an L1 block mean that the blocks before it are not the ones that were
/// applied: an L1 reorg was missed, or an L1 endpoint leaves logs out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum RollupError {
    /// An L1 block that was processed before had another hash, or no event.
    #[error("L1 block {number} is {found}, it was processed as {stored:?}")]
    L1BlockChanged {
        /// Its number.
        number: u64,
        /// Hash it was processed with; `None` if it did nothing.
        stored: Option<B256>,
        /// Hash it has now.
        found: B256,
    },
    /// L1 was to be unwound below its finalized block.
    #[error("cannot unwind L1 to block {to}, L1 block {finalized} is finalized")]
    BelowL1Finalized {
        /// Block asked for.
        to: u64,
        /// Finalized block.
        finalized: u64,
    },
    /// An L1 message does not follow the last one of the queue.
    #[error("L1 message {found} was enqueued, the next one is {expected}")]
    QueueGap {
        /// Next queue index.
        expected: u64,
        /// Queue index of the message.
        found: u64,
    },
    /// The queue hash of an L1 message does not follow from the one before it.
    #[error("queue hash of L1 message {queue_index} is {found:?}, not {expected}")]
    QueueHash {
        /// Queue index of the message.
        queue_index: u64,
        /// The hash that follows.
        expected: B256,
        /// The hash reported.
        found: Option<B256>,
    },
    /// An L1 message is not known from L1.
    #[error("L1 message {queue_index} is not known")]
    UnknownMessage {
        /// Its queue index.
        queue_index: u64,
    },
    /// A block includes an L1 message that a batch is said to pass over.
    #[error("L1 message {queue_index} is not skipped, block {block_number} includes it")]
    MessageIncluded {
        /// Its queue index.
        queue_index: u64,
        /// The block.
        block_number: u64,
    },
    /// A batch was committed, but the one before it is not.
    #[error("batch {index} does not follow a committed batch")]
    BatchGap {
        /// Its index.
        index: u64,
    },
    /// A batch was committed, but its index has one that is not reverted.
    #[error("batch {index} {found} was committed, {stored} is committed and not reverted")]
    BatchExists {
        /// Its index.
        index: u64,
        /// Hash of the batch there is.
        stored: B256,
        /// Hash of the batch committed.
        found: B256,
    },
    /// No such batch is committed and not reverted.
    #[error("batch {index} {hash:?} is not committed, or is reverted")]
    UnknownBatch {
        /// Its index.
        index: u64,
        /// Its hash; `None` if any of the index would do.
        hash: Option<B256>,
    },
    /// A finalized batch is never reverted.
    #[error("batch {index} was reverted, it is finalized")]
    FinalizedBatch {
        /// Its index.
        index: u64,
    },
    /// The blocks of a batch do not follow those of the batch before, or there is none.
    #[error("batch {index} has blocks {first} to {last}, it starts at block {expected:?}")]
    BatchBlocks {
        /// Its index.
        index: u64,
        /// First block reported.
        first: u64,
        /// Last block reported.
        last: u64,
        /// Where it starts; `None` if the batch before is not consolidated.
        expected: Option<u64>,
    },
    /// A batch is consolidated already, with other blocks.
    #[error("batch {index} was consolidated with other blocks")]
    OtherBlocks {
        /// Its index.
        index: u64,
    },
    /// A block is not in the chain.
    #[error("block {block:?} is not in the chain, which has {canonical:?} there")]
    NotCanonical {
        /// The block.
        block: BlockNumHash,
        /// Hash of the block with its number; `None` above the head.
        canonical: Option<B256>,
    },
    /// The finalized block never goes back.
    #[error("cannot finalize block {to}, block {finalized} is finalized")]
    FinalizedGoesBack {
        /// Block asked for.
        to: u64,
        /// Finalized block.
        finalized: u64,
    },
    /// The safe block is not below the finalized one, nor below the last block of a consolidated
    /// batch.
    #[error("block {safe} cannot be safe, block {lowest} is finalized or consolidated")]
    SafeTooLow {
        /// Block asked for.
        safe: u64,
        /// Lowest one possible.
        lowest: u64,
    },
}
