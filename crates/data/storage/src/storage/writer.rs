//! The one thread that writes to the database.

use super::{
    Shared,
    pending::{Next, Work},
};
use crate::{
    block::ExecutedBlock, error::StorageError, prune::PruneProgress, rollup::RollupChange,
};
use alloy_eips::BlockNumHash;
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    thread::{Builder, JoinHandle},
    time::Instant,
};
use tracing::{debug, error};

/// After so many commits there is a step of pruning, however much there is to commit.
const MAX_COMMITS_BETWEEN_PRUNING: u32 = 16;

/// The writer thread. Dropping this waits until it has done everything.
#[derive(Debug)]
pub(super) struct Writer {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(shared: Shared) -> Result<Self, StorageError> {
        let shared = Arc::new(shared);
        let on_thread = Arc::clone(&shared);
        let thread = Builder::new()
            .name("storage-writer".into())
            .spawn(move || run_to_end(&on_thread))
            .map_err(|source| StorageError::Thread { source })?;
        Ok(Self { shared, thread: Some(thread) })
    }

    pub(super) fn shared(&self) -> &Shared {
        &self.shared
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.shared.pending.stop();
        if let Some(thread) = self.thread.take() {
            // A panic is caught in the thread.
            drop(thread.join());
        }
    }
}

/// Whatever ends the thread early, nobody waits for it in vain.
fn run_to_end(shared: &Shared) {
    let result = catch_unwind(AssertUnwindSafe(|| shared.run()));
    let failure = match result {
        Ok(Ok(())) => return,
        Ok(Err(failure)) => failure,
        Err(_panic) => StorageError::WriterPanicked,
    };
    error!(target: "storage::writer", err = %failure, "the storage takes no more changes");
    shared.pending.fail(failure);
}

impl Shared {
    fn run(&self) -> Result<(), StorageError> {
        let mut commits_since_pruning = 0;
        let mut is_untidy = true;
        loop {
            match self.pending.next(is_untidy) {
                Next::Work(work) => self.perform(work)?,
                Next::Persist(blocks, sequence) => {
                    self.persist(&blocks, sequence)?;
                    is_untidy = true;
                    commits_since_pruning += 1;
                }
                Next::Tidy => {
                    is_untidy = self.prune()?;
                    commits_since_pruning = 0;
                }
                Next::Stop => return Ok(()),
            }
            if commits_since_pruning == MAX_COMMITS_BETWEEN_PRUNING {
                is_untidy = self.prune()?;
                commits_since_pruning = 0;
            }
        }
    }

    /// Makes one step of pruning. Gives whether there is more to do.
    fn prune(&self) -> Result<bool, StorageError> {
        let progress = self.chain.prune(&self.config.prune)?;
        if progress.removed_entries > 0 {
            let PruneProgress { history_start, removed_entries, .. } = progress;
            debug!(target: "storage::writer", history_start, removed_entries, "pruned");
        }
        Ok(progress.has_more)
    }

    fn perform(&self, work: Work) -> Result<(), StorageError> {
        match work {
            Work::Unwind { to, sequence, rollup_changes, reply } => {
                // The log says that the blocks are void, so there is no way back: on an error, which
                // the caller learns from the failure, a restart unwinds.
                let applied = self.unwind(to, sequence, &rollup_changes)?;
                // The caller waits for the answer, so it listens.
                drop(reply.send(applied));
            }
            Work::Rollup { changes, reply, .. } => {
                // Whatever is wrong is for the caller to judge: nothing has changed.
                drop(reply.send(self.chain.apply_rollup(&changes)));
            }
        }
        Ok(())
    }

    /// Commits blocks and forgets them.
    fn persist(
        &self,
        blocks: &[Arc<ExecutedBlock>],
        sequence: Option<u64>,
    ) -> Result<(), StorageError> {
        let Some(last) = blocks.last() else { return Ok(()) };
        let number = last.block.number;
        debug!(target: "storage::writer", number, blocks = blocks.len(), "committing");
        let (signed, start) = (self.signed.lock().record(), Instant::now());
        self.chain.append_logged(blocks, sequence, signed)?;
        debug!(target: "storage::writer", number, "committed");
        self.metrics.commit_duration_seconds.record(start.elapsed());
        self.metrics.committed_blocks_total.increment(blocks.len() as u64);
        self.pending.persisted(number);
        self.count_unpersisted();
        self.trim_log(number)
    }

    /// Unwinds. Gives whether the changes of the rollup records were applied.
    fn unwind(
        &self,
        to: u64,
        sequence: Option<u64>,
        rollup_changes: &[RollupChange],
    ) -> Result<Result<(), StorageError>, StorageError> {
        let stored = self.stored_head()?;
        let in_memory = self.pending.blocks();
        let kept = in_memory.iter().rev().find(|executed| executed.block.number <= to);
        // First in memory: views take the blocks there for children of what is stored.
        self.pending.unwound(kept.map_or(stored, |executed| executed.id()), sequence);
        self.metrics.unwinds_total.increment(1);
        self.count_unpersisted();
        if to >= stored.number {
            return Ok(self.chain.apply_rollup(rollup_changes));
        }
        let applied = match self.chain.unwind_with(to, rollup_changes, sequence) {
            Err(refusal @ StorageError::Rollup(_)) => {
                self.chain.unwind_with(to, &[], sequence)?;
                Err(refusal)
            }
            unwound => Ok(unwound?),
        };
        debug!(target: "storage::writer", to, "unwound");
        self.pending.unwound(self.stored_head()?, sequence);
        self.count_unpersisted();
        Ok(applied)
    }

    fn count_unpersisted(&self) {
        self.metrics.unpersisted_blocks.set(self.pending.blocks().len() as f64);
    }

    fn stored_head(&self) -> Result<BlockNumHash, StorageError> {
        self.chain.view()?.head()
    }

    /// Frees the part of the log that the database has, unless the log is in use: then the next
    /// commit does it.
    fn trim_log(&self, stored: u64) -> Result<(), StorageError> {
        let Some(mut log) = self.log.try_lock() else { return Ok(()) };
        if log.segment_count() > 1 {
            let segments = log.trim(stored.saturating_add(1))?;
            debug!(target: "storage::log", segments, "trimmed");
        }
        Ok(())
    }
}
