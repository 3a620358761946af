//! What L1 says about the chain: L1 messages, batches, and the forkchoice that follows from them.
//!
//! L1 blocks are applied in order and once: what is at or below the last processed block does
//! nothing. So every record knows the L1 block of each of its facts, and an L1 reorg undoes them
//! exactly. Facts that come from the local chain (which block includes a message, which blocks are
//! those of a batch) are kept true by whoever moves the head, in the same transaction.

mod batches;
mod change;
mod consolidation;
mod error;
mod forkchoice;
mod l1;
mod messages;
mod read;
mod status;

pub(crate) use batches::live as live_commit;
pub use change::{
    CommittedBatch, ConsolidatedBatch, EnqueuedMessage, L1Block, L1Event, RollupChange,
};
pub(crate) use consolidation::release_batches_above;
pub use error::RollupError;
pub use messages::next_queue_hash;
pub(crate) use messages::{exclude_messages, include_messages};
pub use read::{ForkchoiceState, L1Progress};
pub use status::BatchStatus;

use crate::{cache::CommittedChanges, chain::ChainStore, error::StorageError};
use l1::Unwind;
use rollup_db::WriteTx;

impl ChainStore {
    /// Applies changes to the rollup records, in order, in one durable transaction.
    ///
    /// # Errors
    /// [`StorageError::Rollup`] if one contradicts what is stored, and those of the database.
    /// Nothing is changed then.
    pub fn apply_rollup(&self, changes: &[RollupChange]) -> Result<(), StorageError> {
        let tx = self.database().begin_write()?;
        for change in changes {
            apply(&tx, change)?;
        }
        self.commit(tx, &CommittedChanges::default())
    }
}

/// Applies a change. After an error the transaction is not fit to be committed.
pub(crate) fn apply(tx: &WriteTx, change: &RollupChange) -> Result<(), StorageError> {
    match change {
        RollupChange::L1Latest { number } => l1::set_latest(tx, *number),
        RollupChange::L1Finalized { number } => l1::set_finalized(tx, *number),
        RollupChange::L1Block(block) => l1::apply_block(tx, block),
        RollupChange::L1Processed { number } => l1::set_processed(tx, *number),
        RollupChange::UnwindL1 { to } => l1::unwind(tx, *to, Unwind::Reorg),
        RollupChange::RewindL1 { to } => l1::unwind(tx, *to, Unwind::Reread),
        RollupChange::BatchConsolidated(batch) => consolidation::consolidate(tx, batch),
        RollupChange::Forkchoice { safe, finalized } => forkchoice::update(tx, *safe, *finalized),
    }
}
