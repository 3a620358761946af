//! What can happen to the rollup records.

use alloy_eips::BlockNumHash;
use alloy_primitives::{B256, Bytes};
use rollup_db::{BatchId, BatchRoots};
use rollup_primitives::TxL1Message;

/// A change of the rollup records, as whoever follows L1 or derives batches reports it.
///
/// Applied a second time in a row, a change does nothing; the same goes for any L1 block that was
/// applied before. After a crash the L1 blocks may so be sent again from wherever is convenient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RollupChange {
    /// The latest L1 block is this one. A number below the stored one does nothing: the latest
    /// block goes back by [`Self::UnwindL1`].
    L1Latest {
        /// Its number.
        number: u64,
    },
    /// L1 is final up to this block, inclusive. A number below the stored one does nothing.
    L1Finalized {
        /// Its number.
        number: u64,
    },
    /// Everything that one L1 block did; it and all blocks before it are processed then.
    L1Block(L1Block),
    /// No L1 block up to this one, inclusive, did anything that is not stored yet.
    L1Processed {
        /// Its number.
        number: u64,
    },
    /// L1 blocks above this one were reorganized away. Everything they did is undone, and the safe
    /// block goes back if it was of one of their batches. The head stays: whether it has to go back
    /// is what `ChainView::first_block_lost_above` says.
    UnwindL1 {
        /// Highest L1 block that remains; not below the finalized one.
        to: u64,
    },
    /// L1 blocks above this one are to be read anew, by order of the operator. As
    /// [`Self::UnwindL1`], but it may go below the finalized L1 block, and what is known of L1
    /// itself, its latest and finalized block, remains.
    RewindL1 {
        /// Highest L1 block that remains processed.
        to: u64,
    },
    /// The blocks of a batch are in the chain. Safe moves up to the last of them.
    BatchConsolidated(ConsolidatedBatch),
    /// The forkchoice moves. The head is moved by appending and unwinding blocks.
    Forkchoice {
        /// New safe block.
        safe: Option<BlockNumHash>,
        /// New finalized block.
        finalized: Option<BlockNumHash>,
    },
}

/// An L1 block and what it did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct L1Block {
    /// Number.
    pub number: u64,
    /// Hash.
    pub hash: B256,
    /// Time, in seconds since 1970.
    pub timestamp: u64,
    /// What happened, in the order of the logs.
    pub events: Vec<L1Event>,
}

/// Something that happened in an L1 block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum L1Event {
    /// A message was enqueued.
    MessageEnqueued(EnqueuedMessage),
    /// A batch was committed. The genesis batch is not reported.
    BatchCommitted(CommittedBatch),
    /// A batch was reverted.
    BatchReverted(BatchId),
    /// Batches were reverted. Nothing, if `first` is above `last`.
    BatchesReverted {
        /// Lowest batch index.
        first: u64,
        /// Highest batch index, inclusive.
        last: u64,
    },
    /// A batch was finalized, and with it all before it. The genesis batch is not reported.
    BatchFinalized {
        /// The batch that the event names.
        batch: BatchId,
        /// What the event says about the state after it.
        roots: BatchRoots,
    },
}

/// An L1 message as it was enqueued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnqueuedMessage {
    /// The message.
    pub message: TxL1Message,
    /// Rolling hash of the queue after it, as [`next_queue_hash`](crate::next_queue_hash) gives it;
    /// `None` before message queue V2.
    pub queue_hash: Option<B256>,
}

/// A batch as it was committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommittedBatch {
    /// The batch.
    pub batch: BatchId,
    /// Hash of the L1 transaction.
    pub l1_transaction_hash: B256,
    /// Versioned hash of the blob; `None` for codec v0.
    pub blob_hash: Option<B256>,
    /// Calldata of the L1 transaction.
    pub calldata: Bytes,
}

/// A batch whose blocks are in the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsolidatedBatch {
    /// The batch.
    pub batch: BatchId,
    /// Number of its first block: the one after the last block of the batch before.
    pub first_block: u64,
    /// Its last block.
    pub last_block: BlockNumHash,
    /// Queue indices of the L1 messages that it passed over.
    pub skipped_messages: Vec<u64>,
}
