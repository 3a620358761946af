//! What a node knows of L1.

use alloy_eips::BlockNumHash;
use alloy_primitives::{B256, Bytes, keccak256};
use eyre::Result;
use rollup_engine::EngineHandle;
use rollup_l1::{L1Resume, L1Sink};
use rollup_orchestrator::L1Index;
use rollup_primitives::TxL1Message;
use rollup_storage::{
    BatchId, CommittedBatch, ConsolidatedBatch, EnqueuedMessage, L1Block, L1Event, L1Progress,
    RollupChange, next_queue_hash,
};
use std::sync::Arc;

/// Stands for the L1 watcher: takes what a watcher would have seen to where it takes it. Each call
/// is durable when it returns.
#[derive(Clone, Debug)]
pub struct L1 {
    engine: EngineHandle,
    index: Arc<L1Index>,
}

impl L1 {
    pub(crate) fn new(engine: EngineHandle) -> Result<Self> {
        let index = Arc::new(L1Index::new(engine.clone())?);
        Ok(Self { engine, index })
    }

    /// How far L1 is stored.
    ///
    /// # Errors
    /// Those of the storage.
    pub fn progress(&self) -> Result<L1Progress> {
        Ok(self.engine.view()?.l1_progress()?)
    }

    /// The next L1 block is the latest one and enqueues messages, whose queue indices are set here.
    /// Gives its number.
    ///
    /// # Errors
    /// Those of the sink.
    pub async fn enqueue(&self, messages: impl IntoIterator<Item = TxL1Message>) -> Result<u64> {
        let L1Resume { next_queue_index, mut queue_hash, .. } = self.index.resume().await?;
        let events = (next_queue_index..).zip(messages).map(|(queue_index, message)| {
            let message = TxL1Message { queue_index, ..message };
            queue_hash = Some(next_queue_hash(queue_hash, message.tx_hash()));
            L1Event::MessageEnqueued(EnqueuedMessage { message, queue_hash })
        });
        let events = events.collect();
        self.block(events).await
    }

    /// The next L1 block is the latest one, and this happens in it. Gives its number.
    ///
    /// # Errors
    /// Those of the sink.
    pub async fn block(&self, events: Vec<L1Event>) -> Result<u64> {
        let processed = self.progress()?.processed;
        let number = processed.map_or(1, |processed| processed + 1);
        // Another one, if something else happens in it.
        let hash = keccak256(format!("{number} {events:?}"));
        let block = L1Block { number, hash, timestamp: number * 12, events };
        self.apply(vec![RollupChange::L1Block(block), RollupChange::L1Latest { number }]).await?;
        Ok(number)
    }

    /// L1 goes on to this block, and nothing happens in the blocks up to there.
    ///
    /// # Errors
    /// Those of the sink.
    pub async fn go_to(&self, number: u64) -> Result<()> {
        let changes = vec![RollupChange::L1Processed { number }, RollupChange::L1Latest { number }];
        self.apply(changes).await
    }

    /// L1 is final up to this block.
    ///
    /// # Errors
    /// Those of the sink.
    pub async fn finalize(&self, number: u64) -> Result<()> {
        self.apply(vec![RollupChange::L1Finalized { number }]).await
    }

    /// L1 blocks above this one were reorganized away.
    ///
    /// # Errors
    /// Those of the sink.
    pub async fn reorg(&self, to: u64) -> Result<()> {
        Ok(self.index.reorg(to).await?)
    }

    /// L1 blocks above this one are to be read anew.
    ///
    /// # Errors
    /// Those of the sink.
    pub async fn rewind(&self, to: u64) -> Result<()> {
        Ok(self.index.rewind(to).await?)
    }

    /// The next L1 block commits the first batch: blocks 1 to this one, which pass over messages.
    ///
    /// # Errors
    /// Those of the sink.
    pub async fn consolidate(&self, last_block: BlockNumHash, skipped: Vec<u64>) -> Result<()> {
        let batch = BatchId { index: 1, hash: B256::repeat_byte(0xba) };
        let committed = CommittedBatch {
            batch,
            l1_transaction_hash: B256::repeat_byte(0x11),
            blob_hash: None,
            calldata: Bytes::new(),
        };
        self.block(vec![L1Event::BatchCommitted(committed)]).await?;
        let consolidated =
            ConsolidatedBatch { batch, first_block: 1, last_block, skipped_messages: skipped };
        self.apply(vec![RollupChange::BatchConsolidated(consolidated)]).await
    }

    async fn apply(&self, changes: Vec<RollupChange>) -> Result<()> {
        Ok(self.index.apply(changes).await?)
    }
}
