//! Reading the rollup records.

mod batches;
mod messages;

use super::l1;
use crate::{
    chain::{ChainView, point},
    error::StorageError,
};
use alloy_eips::BlockNumHash;
use rollup_db::{ForkchoiceKey, L1Blocks, MetadataKey};

/// Head, safe and finalized block: each at or above the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ForkchoiceState {
    /// Tip of the chain.
    pub head: BlockNumHash,
    /// Highest block that is consolidated with a committed batch.
    pub safe: BlockNumHash,
    /// Highest block of a batch that is finalized in a finalized L1 block.
    pub finalized: BlockNumHash,
}

/// How far L1 is known; `None` before the first report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct L1Progress {
    /// Number of the latest L1 block.
    pub latest: Option<u64>,
    /// Number of the latest finalized L1 block.
    pub finalized: Option<u64>,
    /// Number of the L1 block up to which everything is stored.
    pub processed: Option<u64>,
}

impl ChainView {
    /// Head, safe and finalized block.
    ///
    /// # Errors
    /// Those of the database.
    pub fn forkchoice(&self) -> Result<ForkchoiceState, StorageError> {
        Ok(ForkchoiceState {
            head: self.head()?,
            safe: point(self.tx(), ForkchoiceKey::Safe)?,
            finalized: point(self.tx(), ForkchoiceKey::Finalized)?,
        })
    }

    /// How far L1 is known.
    ///
    /// # Errors
    /// Those of the database.
    pub fn l1_progress(&self) -> Result<L1Progress, StorageError> {
        Ok(L1Progress {
            latest: l1::number(self.tx(), MetadataKey::L1Latest)?,
            finalized: l1::number(self.tx(), MetadataKey::L1Finalized)?,
            processed: l1::number(self.tx(), MetadataKey::L1Processed)?,
        })
    }

    /// The L1 blocks above the finalized one that did something, newest first: what a watcher
    /// compares with L1 when it starts.
    ///
    /// # Errors
    /// Those of the database.
    pub fn l1_blocks(&self) -> Result<Vec<BlockNumHash>, StorageError> {
        let blocks = self.tx().walk_back::<L1Blocks>(..)?;
        let blocks = blocks.map(|entry| entry.map(BlockNumHash::from));
        Ok(blocks.collect::<Result<_, _>>()?)
    }
}
