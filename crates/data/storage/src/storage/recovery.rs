//! Start-up: bringing the database up to the block log.

use crate::{
    block::ExecutedBlock,
    chain::ChainStore,
    chain::ChainView,
    error::StorageError,
    log::{BlockLog, LoggedBlock, RecordKind, Recovered, SignedHeight},
};
use rollup_primitives::SealedBlock;
use std::{error::Error, sync::Arc};
use tracing::debug;

/// Blocks that are committed together when the log is applied.
const BATCH_BLOCKS: usize = 32;

/// Why a logged block could not be executed again.
pub type ReplayError = Box<dyn Error + Send + Sync>;

/// Executes logged blocks again. A block that was executed before gives the same results, so the
/// results need not be logged.
pub trait Replay {
    /// Executes `block` on the head of `view`, which is its parent.
    ///
    /// # Errors
    /// Whatever keeps the block from being executed.
    fn execute(&self, view: &ChainView, block: SealedBlock) -> Result<ExecutedBlock, ReplayError>;
}

impl<F> Replay for F
where
    F: Fn(&ChainView, SealedBlock) -> Result<ExecutedBlock, ReplayError>,
{
    fn execute(&self, view: &ChainView, block: SealedBlock) -> Result<ExecutedBlock, ReplayError> {
        self(view, block)
    }
}

/// What was found at the opening of a storage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recovery {
    /// What was found in the log.
    pub log: Recovered,
    /// Blocks of the log that the database did not have and now has.
    pub replayed_blocks: u64,
    /// Block down to which the database was unwound first, if it was.
    pub unwound_to: Option<u64>,
}

/// Refuses a record of the signed height that is older than the database: it is not the last one.
pub(super) fn check_signed_height(
    chain: &ChainStore,
    signed: &SignedHeight,
) -> Result<(), StorageError> {
    let Some(stored) = chain.signed_record()? else { return Ok(()) };
    if signed.record().is_some_and(|record| !record.is_older_than(&stored)) {
        return Ok(());
    }
    let path = signed.path().to_path_buf();
    Err(StorageError::SignedHeightBehind { path, stored: stored.signed.number })
}

/// Ends what a crash left of a release of signed heights, and gives the database its copy of the
/// record.
///
/// Heights are released before the blocks that have them are taken off the chain. If they are still
/// there, so are the blocks that were announced at these heights: the release is taken back, and the
/// L1 reorg, which is found again, releases them anew.
pub(super) fn settle_signed_height(
    chain: &ChainStore,
    signed: &mut SignedHeight,
) -> Result<(), StorageError> {
    if let Some(from) = signed.released_from() {
        let view = chain.view()?;
        let number = from.min(view.head()?.number);
        let missing = StorageError::Missing { table: "CanonicalHeaders", number };
        let hash = view.hash_of(number)?.ok_or(missing)?;
        if signed.get().is_some_and(|signed| signed.number < number) {
            signed.advance(number, hash)?;
            debug!(target: "storage::recovery", number, %hash, "took a release of signed heights back");
        }
    }
    match signed.record() {
        Some(record) if chain.signed_record()? != Some(record) => chain.put_signed(record),
        _ => Ok(()),
    }
}

/// Applies what the log has and the database has not.
pub(super) fn replay(
    chain: &ChainStore,
    log: &mut BlockLog,
    recovered: Recovered,
    replay: &dyn Replay,
) -> Result<Recovery, StorageError> {
    let applied = chain.log_sequence()?.unwrap_or_default();
    let mut recovery = Recovery { log: recovered, ..Recovery::default() };
    if log.is_empty() {
        // A log that was moved away is followed by a new one, whose records are others.
        log.start_at(applied.saturating_add(1))?;
        return Ok(recovery);
    }
    let floor = lowest_unwind(log, applied)?;
    let head = chain.view()?.head()?.number;
    if let Some(to) = floor.filter(|to| *to < head) {
        chain.unwind(to)?;
        recovery.unwound_to = Some(to);
    }
    recovery.replayed_blocks = apply_blocks(chain, log, applied, replay)?;
    Ok(recovery)
}

/// The lowest block to which the log unwinds in records that are not applied. Checks that the log
/// goes on where the database is.
fn lowest_unwind(log: &BlockLog, applied: u64) -> Result<Option<u64>, StorageError> {
    let path = || log.path().to_path_buf();
    if log.next_sequence() <= applied {
        return Err(StorageError::LogBehind { path: path() });
    }
    let mut lowest: Option<u64> = None;
    let mut is_first = true;
    for record in log.records() {
        let record = record?;
        if is_first && record.sequence > applied.saturating_add(1) {
            return Err(StorageError::LogGap { path: path(), first: record.number });
        }
        is_first = false;
        if record.sequence > applied && record.kind == RecordKind::Unwind {
            lowest = Some(lowest.map_or(record.number, |lowest| lowest.min(record.number)));
        }
    }
    Ok(lowest)
}

/// Executes and commits the blocks in force that are not applied, each on the one before it.
fn apply_blocks(
    chain: &ChainStore,
    log: &BlockLog,
    applied: u64,
    replay: &dyn Replay,
) -> Result<u64, StorageError> {
    let mut view = chain.view()?;
    let mut batch: Vec<Arc<ExecutedBlock>> = Vec::new();
    let mut sequence = None;
    let mut count = 0;
    for record in log.records_from(view.head()?.number.saturating_add(1)) {
        let record = record?;
        if record.sequence <= applied {
            continue;
        }
        let logged = LoggedBlock::try_from(&record)?;
        let executed = Arc::new(execute(&view, logged, replay)?);
        view.push(Arc::clone(&executed))?;
        batch.push(executed);
        sequence = Some(record.sequence);
        count += 1;
        if batch.len() == BATCH_BLOCKS {
            view = commit(chain, view, &mut batch, sequence)?;
        }
    }
    commit(chain, view, &mut batch, sequence)?;
    Ok(count)
}

fn execute(
    view: &ChainView,
    logged: LoggedBlock,
    replay: &dyn Replay,
) -> Result<ExecutedBlock, StorageError> {
    let LoggedBlock { block, signature, .. } = logged;
    let (number, hash) = (block.number, block.hash());
    debug!(target: "storage::recovery", number, %hash, "executing a logged block again");
    let executed = replay.execute(view, block).map_err(|source| StorageError::Replay {
        number,
        hash,
        source,
    })?;
    if executed.block.hash() != hash {
        return Err(StorageError::ReplayDiffers { number, hash, found: executed.block.hash() });
    }
    Ok(ExecutedBlock { signature, ..executed })
}

/// Commits a batch, and gives a view that has it.
fn commit(
    chain: &ChainStore,
    view: ChainView,
    batch: &mut Vec<Arc<ExecutedBlock>>,
    sequence: Option<u64>,
) -> Result<ChainView, StorageError> {
    // A snapshot that is open makes the database grow.
    drop(view);
    if !batch.is_empty() {
        chain.append_logged(batch, sequence, None)?;
        batch.clear();
    }
    chain.view()
}
