//! What a node knows of L1.

use alloy_eips::BlockNumHash;
use alloy_primitives::{B256, Bytes, keccak256};
use eyre::{OptionExt, Result};
use rollup_primitives::TxL1Message;
use rollup_storage::{
    BatchId, CommittedBatch, ConsolidatedBatch, EnqueuedMessage, L1Block, L1Event, RollupChange,
    Storage, next_queue_hash,
};

/// Stands for the L1 watcher: writes to the storage of a node what a watcher would have seen. The
/// calls block for as long as a write takes.
#[derive(Clone, Debug)]
pub struct L1 {
    storage: Storage,
}

impl L1 {
    pub(crate) const fn new(storage: Storage) -> Self {
        Self { storage }
    }

    /// The next L1 block is the latest one and enqueues messages, whose queue indices are set here.
    /// Gives its number.
    ///
    /// # Errors
    /// Those of the storage.
    pub fn enqueue(&self, messages: impl IntoIterator<Item = TxL1Message>) -> Result<u64> {
        let view = self.storage.view()?;
        let first = view.queue_length()?;
        let mut queue_hash = match first.checked_sub(1) {
            Some(last) => view.l1_message(last)?.ok_or_eyre("a gap in the queue")?.queue_hash,
            None => None,
        };
        drop(view);
        let events = (first..).zip(messages).map(|(queue_index, message)| {
            let message = TxL1Message { queue_index, ..message };
            queue_hash = Some(next_queue_hash(queue_hash, message.tx_hash()));
            L1Event::MessageEnqueued(EnqueuedMessage { message, queue_hash })
        });
        self.block(events.collect())
    }

    /// The next L1 block is the latest one, and this happens in it. Gives its number.
    ///
    /// # Errors
    /// Those of the storage.
    pub fn block(&self, events: Vec<L1Event>) -> Result<u64> {
        let processed = self.storage.view()?.l1_progress()?.processed;
        let number = processed.map_or(1, |processed| processed + 1);
        let hash = keccak256(number.to_be_bytes());
        let block = L1Block { number, hash, timestamp: number * 12, events };
        self.apply(vec![RollupChange::L1Block(block), RollupChange::L1Latest { number }])?;
        Ok(number)
    }

    /// L1 is final up to this block.
    ///
    /// # Errors
    /// Those of the storage.
    pub fn finalize(&self, number: u64) -> Result<()> {
        self.apply(vec![RollupChange::L1Finalized { number }])
    }

    /// L1 blocks above this one were reorganized away.
    ///
    /// # Errors
    /// Those of the storage.
    pub fn reorg(&self, to: u64) -> Result<()> {
        self.apply(vec![RollupChange::UnwindL1 { to }])
    }

    /// The next L1 block commits the first batch: blocks 1 to this one, which pass over messages.
    ///
    /// # Errors
    /// Those of the storage.
    pub fn consolidate(&self, last_block: BlockNumHash, skipped: Vec<u64>) -> Result<()> {
        let batch = BatchId { index: 1, hash: B256::repeat_byte(0xba) };
        let committed = CommittedBatch {
            batch,
            l1_transaction_hash: B256::repeat_byte(0x11),
            blob_hash: None,
            calldata: Bytes::new(),
        };
        self.block(vec![L1Event::BatchCommitted(committed)])?;
        let consolidated =
            ConsolidatedBatch { batch, first_block: 1, last_block, skipped_messages: skipped };
        self.apply(vec![RollupChange::BatchConsolidated(consolidated)])
    }

    fn apply(&self, changes: Vec<RollupChange>) -> Result<()> {
        Ok(self.storage.apply_rollup(changes)?)
    }
}
