//! Reading batches.

use crate::{
    chain::ChainView,
    error::StorageError,
    rollup::{
        batches::{FIRST_BATCH, end_of, is_live, last_commit, live},
        consolidation::{last_consolidated, live_from},
    },
};
use alloy_primitives::Bytes;
use rollup_db::{BatchCalldata, BatchId, Batches, BlockBatches, StoredBatch};

impl ChainView {
    /// The batch with an index that is not reverted.
    ///
    /// # Errors
    /// Those of the database.
    pub fn batch_at(&self, index: u64) -> Result<Option<(BatchId, StoredBatch)>, StorageError> {
        Ok(live(self.tx(), index)?.map(|(key, batch)| (key.into(), batch)))
    }

    /// A batch, reverted or not; as it was last committed, if it was more than once.
    ///
    /// # Errors
    /// Those of the database.
    pub fn batch(&self, id: BatchId) -> Result<Option<StoredBatch>, StorageError> {
        Ok(last_commit(self.tx(), id)?.map(|(_, batch)| batch))
    }

    /// Calldata of the last commit of a batch; `None` also when its blocks are finalized.
    ///
    /// # Errors
    /// Those of the database.
    pub fn batch_calldata(&self, id: BatchId) -> Result<Option<Bytes>, StorageError> {
        let Some((key, _)) = last_commit(self.tx(), id)? else { return Ok(None) };
        Ok(self.tx().get::<BatchCalldata>(&key)?)
    }

    /// The consolidated batch that a block is in.
    ///
    /// # Errors
    /// Those of the database.
    pub fn batch_of_block(&self, number: u64) -> Result<Option<BatchId>, StorageError> {
        Ok(self.tx().get::<BlockBatches>(&number)?)
    }

    /// The highest batch that is committed and not reverted.
    ///
    /// # Errors
    /// Those of the database.
    pub fn last_committed_batch(&self) -> Result<Option<(BatchId, StoredBatch)>, StorageError> {
        let batch = self.tx().walk_back::<Batches>(..)?.find(is_live).transpose()?;
        Ok(batch.map(|(key, batch)| (key.into(), batch)))
    }

    /// The highest consolidated batch.
    ///
    /// # Errors
    /// Those of the database.
    pub fn last_consolidated_batch(&self) -> Result<Option<(BatchId, StoredBatch)>, StorageError> {
        Ok(last_consolidated(self.tx())?.map(|(key, batch)| (key.into(), batch)))
    }

    /// The highest batch, at or below the batch `up_to`, that was finalized at or below an L1
    /// block. With the last consolidated batch and the finalized L1 block, its last block is the
    /// one to finalize.
    ///
    /// # Errors
    /// Those of the database.
    pub fn last_finalized_batch(
        &self,
        up_to: u64,
        up_to_l1_block: u64,
    ) -> Result<Option<(BatchId, StoredBatch)>, StorageError> {
        for entry in self.tx().walk_back::<Batches>(..=end_of(up_to))? {
            let (key, batch) = entry?;
            if batch.finalized_l1_block.is_some_and(|number| number <= up_to_l1_block) {
                return Ok(Some((key.into(), batch)));
            }
        }
        Ok(None)
    }

    /// At most `limit` batches that are neither reverted nor consolidated, lowest first: the next
    /// ones to derive.
    ///
    /// # Errors
    /// Those of the database.
    pub fn batches_to_derive(
        &self,
        limit: usize,
    ) -> Result<Vec<(BatchId, StoredBatch)>, StorageError> {
        let last = last_consolidated(self.tx())?;
        let first = last.map_or(FIRST_BATCH, |(key, _)| key.index.saturating_add(1));
        live_from(self.tx(), first, limit)
    }
}
