//! One bounded step of pruning.

use super::{
    changesets::remove_changesets,
    config::{PruneConfig, PruneMode},
    start::{history_start, put_history_start},
};
use crate::{
    cache::CommittedChanges,
    chain::{ChainStore, head, point},
    error::StorageError,
};
use rollup_db::{
    AccountChangesets, BlockBodyIndices, ForkchoiceKey, Receipts, StorageChangesets, WriteTx,
};

/// What a step of pruning has done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PruneProgress {
    /// Lowest block after which the state can be read now.
    pub history_start: u64,
    /// Changeset entries and receipts that were removed.
    pub removed_entries: u64,
    /// Whether another step may have something to do.
    pub has_more: bool,
}

impl ChainStore {
    /// Does one bounded step of pruning in one durable transaction. What is below the finalized
    /// block goes, but for what `config` keeps.
    ///
    /// # Errors
    /// [`StorageError::Missing`] if the database is damaged, and those of the database. Nothing
    /// changes then.
    pub fn prune(&self, config: &PruneConfig) -> Result<PruneProgress, StorageError> {
        let tx = self.database().begin_write()?;
        let progress = prune_step(&tx, config)?;
        self.commit(tx, &CommittedChanges::default())?;
        Ok(progress)
    }
}

/// Removes history of the oldest blocks that have some, as far as `config` allows, within the
/// bounds of one step. Every step leaves a whole database, wherever it ends: what a step has no
/// room for is of blocks that cannot be read any more, and is what the next one begins with.
pub(crate) fn prune_step(
    tx: &WriteTx,
    config: &PruneConfig,
) -> Result<PruneProgress, StorageError> {
    let limit = config.entries_per_step.get();
    let start = history_start(tx)?;
    let left = remove_history(tx, start, limit)?;
    let target = target(tx, config.mode)?;
    // The mode may want more than is there. And no block is begun before the last ones are done.
    if target <= start || left == 0 {
        let has_more = left == 0;
        return Ok(PruneProgress { history_start: start, removed_entries: limit - left, has_more });
    }
    let reached = target.min(start.saturating_add(config.blocks_per_step.get()));
    put_history_start(tx, reached)?;
    let left = remove_history(tx, reached, left)?;
    Ok(PruneProgress {
        history_start: reached,
        removed_entries: limit - left,
        has_more: left == 0 || reached < target,
    })
}

/// The block up to which the mode wants nothing kept.
fn target(tx: &WriteTx, mode: PruneMode) -> Result<u64, StorageError> {
    let PruneMode::Full { distance_blocks } = mode else { return Ok(0) };
    let finalized = point(tx, ForkchoiceKey::Finalized)?.number;
    Ok(head(tx)?.number.saturating_sub(distance_blocks).min(finalized))
}

/// Removes what is there of the history of the blocks up to `last`, at most `limit` entries.
/// Returns how many more the limit allows: if none, something may be left.
fn remove_history(tx: &WriteTx, last: u64, limit: u64) -> Result<u64, StorageError> {
    let left = remove_changesets::<AccountChangesets>(tx, last, limit)?;
    let left = remove_changesets::<StorageChangesets>(tx, last, left)?;
    remove_receipts(tx, last, left)
}

/// As [`remove_history`], for receipts.
fn remove_receipts(tx: &WriteTx, last: u64, limit: u64) -> Result<u64, StorageError> {
    let missing = StorageError::Missing { table: "BlockBodyIndices", number: last };
    let end = tx.get::<BlockBodyIndices>(&last)?.ok_or(missing)?.transactions().end;
    let Some((first, _)) = tx.cursor::<Receipts>()?.first()? else { return Ok(limit) };
    let count = end.saturating_sub(first).min(limit);
    // By key: a cursor would decode each of them.
    for at in first..first.saturating_add(count) {
        tx.delete::<Receipts>(&at)?;
    }
    Ok(limit - count)
}
