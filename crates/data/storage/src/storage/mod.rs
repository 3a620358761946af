//! Log, memory and database as one store.

mod clear;
mod config;
mod l1_reorg;
mod metrics;
mod pending;
mod recovery;
mod writer;

pub use clear::{Cleared, clear};
pub use config::{
    DEFAULT_COMMIT_INTERVAL, DEFAULT_MAX_UNPERSISTED_BLOCKS, Durability, StorageConfig,
};
pub use recovery::{Recovery, Replay, ReplayError};

use crate::{
    block::ExecutedBlock,
    chain::{ChainStore, ChainView},
    error::StorageError,
    log::{BlockLog, ProposalFile, SignedBlockId, SignedHeight, SignedHeightError},
    rollup::RollupChange,
};
use alloy_eips::BlockNumHash;
use alloy_primitives::B256;
use metrics::StorageMetrics;
use parking_lot::Mutex;
use pending::{Limits, Pending, Work};
use rollup_chainspec::ScrollChainSpec;
use rollup_primitives::SealedBlock;
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};
use tracing::debug;
use writer::Writer;

/// Directory of the database in the data directory.
const DATABASE_DIRECTORY: &str = "db";
/// Directory of the block log and the signed height in the data directory.
const LOG_DIRECTORY: &str = "blocks";

/// Directory of the database in a data directory.
pub fn database_path(data_directory: &Path) -> PathBuf {
    data_directory.join(DATABASE_DIRECTORY)
}

/// Directory of the block log and the signed height in a data directory.
pub fn log_path(data_directory: &Path) -> PathBuf {
    data_directory.join(LOG_DIRECTORY)
}

/// The stored chain: what is appended is durable when the call returns, is seen by views at once,
/// and reaches the database in the background.
///
/// Cloning gives another handle. The last handle that is dropped waits until the database has all
/// blocks. The calls block; do not make them on an async thread.
#[derive(Clone, Debug)]
pub struct Storage {
    writer: Arc<Writer>,
}

/// What handles and the writer thread share.
#[derive(Debug)]
pub(crate) struct Shared {
    chain: ChainStore,
    config: StorageConfig,
    /// Held by whoever changes the chain: one change at a time.
    log: Mutex<BlockLog>,
    signed: Mutex<SignedHeight>,
    proposal: Mutex<ProposalFile>,
    pending: Pending,
    metrics: StorageMetrics,
}

impl Storage {
    /// Opens the storage in `data_directory`, and makes it if there is none. Blocks of the log that
    /// the database does not have are executed again by `replay`.
    ///
    /// # Errors
    /// Each names the path and what to do. Nothing is lost then, and nothing changed but what a
    /// crash left unfinished.
    pub fn open(
        data_directory: &Path,
        config: StorageConfig,
        chain_spec: Arc<ScrollChainSpec>,
        replay: &dyn Replay,
    ) -> Result<(Self, Recovery), StorageError> {
        let path = database_path(data_directory);
        let chain =
            ChainStore::open_cached(&path, config.database.clone(), config.cache, chain_spec)?;
        let (mut log, recovered) = BlockLog::open(log_path(data_directory), config.log)?;
        let mut signed = SignedHeight::open(&log)?;
        recovery::check_signed_height(&chain, &signed)?;
        let proposal = ProposalFile::open(&log)?;
        let recovery = recovery::replay(&chain, &mut log, recovered, replay)?;
        recovery::settle_signed_height(&chain, &mut signed)?;

        let head = chain.view()?.head()?;
        let limits = Limits::of(&config);
        let shared = Shared {
            chain,
            config,
            log: Mutex::new(log),
            signed: Mutex::new(signed),
            proposal: Mutex::new(proposal),
            pending: Pending::new(head, limits),
            metrics: StorageMetrics::default(),
        };
        Ok((Self { writer: Arc::new(Writer::start(shared)?) }, recovery))
    }

    /// A consistent view of the chain, the blocks in memory included.
    ///
    /// # Errors
    /// Those of the database.
    pub fn view(&self) -> Result<ChainView, StorageError> {
        let shared = self.shared();
        loop {
            // Blocks leave the memory after they are in the database, so a snapshot that is taken
            // after the list lacks none. It may have lost some by an unwind in between.
            let blocks = shared.pending.blocks();
            if let Some(view) = shared.chain.view_with(&blocks)? {
                return Ok(view);
            }
        }
    }

    /// A view of the chain as it was when block `number` was its head. `None` if the database is
    /// beyond it: then only [`ChainView::state_after`] knows.
    ///
    /// # Errors
    /// Those of the database.
    pub fn view_up_to(&self, number: u64) -> Result<Option<ChainView>, StorageError> {
        let shared = self.shared();
        loop {
            let mut blocks = shared.pending.blocks();
            if blocks.last().is_some_and(|last| last.block.number > number) {
                Arc::make_mut(&mut blocks).retain(|executed| executed.block.number <= number);
            }
            if let Some(view) = shared.chain.view_with(&blocks)? {
                let is_there = view.head()?.number == number;
                return Ok(is_there.then_some(view));
            }
        }
    }

    /// Number and hash of the head, the blocks in memory included.
    pub fn head(&self) -> BlockNumHash {
        self.shared().pending.head()
    }

    /// Makes a block the head: durable when this returns, and seen by views. Waits if too many
    /// blocks are not in the database yet.
    ///
    /// # Errors
    /// [`StorageError::NotAChild`] if it does not follow the head, [`StorageError::Log`] if it could
    /// not be made durable, [`StorageError::WriterStopped`] if the database failed. The head is
    /// unchanged then.
    pub fn append(&self, block: Arc<ExecutedBlock>) -> Result<(), StorageError> {
        let shared = self.shared();
        let mut log = shared.log.lock();
        shared.pending.wait_for_room()?;
        let parent = shared.pending.head();
        let id = block.id();
        if !block.follows(parent) {
            return Err(StorageError::NotAChild { block: id, parent });
        }
        let sequence = match shared.config.durability {
            Durability::Log => {
                let start = Instant::now();
                let sequence = log.append_executed(&block)?;
                shared.metrics.log_append_duration_seconds.record(start.elapsed());
                Some(sequence)
            }
            Durability::Database => None,
        };
        debug!(target: "storage::log", number = id.number, hash = %id.hash, ?sequence, "appended");
        shared.pending.push(block, sequence);
        shared.metrics.unpersisted_blocks.increment(1);
        Ok(())
    }

    /// Takes all blocks above `to` off the chain, in one durable step.
    ///
    /// # Errors
    /// [`StorageError::AboveHead`], [`StorageError::BelowFinalized`], [`StorageError::Pruned`] or
    /// one of the log, and nothing changes. [`StorageError::WriterStopped`] if the database failed.
    pub fn unwind(&self, to: u64) -> Result<(), StorageError> {
        self.unwind_with(to, Vec::new())
    }

    /// Takes all blocks above `to` off the chain and applies changes of the rollup records, as an L1
    /// reorg does. What is in the database changes in one transaction.
    ///
    /// # Errors
    /// As [`Self::unwind`], and [`StorageError::Rollup`] if a change contradicts what is stored: the
    /// chain is unwound then, and the records are as they were.
    pub fn unwind_with(
        &self,
        to: u64,
        rollup_changes: Vec<RollupChange>,
    ) -> Result<(), StorageError> {
        let shared = self.shared();
        let mut log = shared.log.lock();
        shared.check_unwind(to)?;
        shared.unwind_logged(&mut log, to, rollup_changes)
    }

    /// Applies changes of the rollup records, in order, in one durable transaction, after the blocks
    /// that were appended before.
    ///
    /// # Errors
    /// [`StorageError::Rollup`] if one contradicts what is stored, [`StorageError::WriterStopped`]
    /// if the database failed, and those of the database. Nothing changes then.
    pub fn apply_rollup(&self, changes: Vec<RollupChange>) -> Result<(), StorageError> {
        let pending = &self.shared().pending;
        let head = pending.head().number;
        pending.submit(|reply| Work::Rollup { changes, head, reply })
    }

    /// Waits until the database has all blocks.
    ///
    /// # Errors
    /// [`StorageError::WriterStopped`] if the database failed.
    pub fn flush(&self) -> Result<(), StorageError> {
        self.shared().pending.wait_until_empty()
    }

    /// The highest block that this node has signed.
    pub fn signed_height(&self) -> Option<SignedBlockId> {
        self.shared().signed.lock().get()
    }

    /// Makes durable that the block `number` is signed with this hash, before it is.
    ///
    /// # Errors
    /// [`StorageError::SignedHeight`] if the block must not be signed, or if the record could not be
    /// written.
    pub fn advance_signed_height(&self, number: u64, hash: B256) -> Result<(), StorageError> {
        Ok(self.shared().signed.lock().advance(number, hash)?)
    }

    /// Binds this node to a block: makes durable the block itself, and that it is the only one which
    /// is signed at its height. Sign it only after this.
    ///
    /// A crash later loses neither: [`Self::proposal`] gives the block, to be signed then. The chain
    /// is unchanged.
    ///
    /// # Errors
    /// [`StorageError::NotAChild`] if it does not follow the head, [`StorageError::SignedHeight`] if
    /// this node is bound to another block at its height or above, or if the files could not be
    /// written. It must not be signed then.
    pub fn propose(&self, block: &SealedBlock) -> Result<(), StorageError> {
        let (shared, start) = (self.shared(), Instant::now());
        // Nothing else becomes the head meanwhile.
        let _log = shared.log.lock();
        let (id, parent) = (block.num_hash(), shared.pending.head());
        if block.parent_hash != parent.hash || parent.number.checked_add(1) != Some(id.number) {
            return Err(StorageError::NotAChild { block: id, parent });
        }
        let mut signed = shared.signed.lock();
        // Before the one that it is bound to is overwritten.
        signed.check(id.number, id.hash)?;
        shared.proposal.lock().write(block).map_err(SignedHeightError::from)?;
        signed.advance(id.number, id.hash)?;
        shared.metrics.propose_duration_seconds.record(start.elapsed());
        debug!(target: "storage::log", number = id.number, hash = %id.hash, "proposed");
        Ok(())
    }

    /// The last block that was proposed, whatever became of it. `None` if there is none, or if a
    /// crash cut its writing short, so that it was not signed.
    ///
    /// # Errors
    /// [`StorageError::SignedHeight`] if the file cannot be read.
    pub fn proposal(&self) -> Result<Option<SealedBlock>, StorageError> {
        Ok(self.shared().proposal.lock().read()?)
    }

    /// The chain in the database, without the blocks in memory.
    pub fn stored_chain(&self) -> &ChainStore {
        &self.shared().chain
    }

    fn shared(&self) -> &Shared {
        self.writer.shared()
    }
}

impl Shared {
    /// Refuses an unwind that is not possible. Called with the log locked.
    fn check_unwind(&self, to: u64) -> Result<(), StorageError> {
        self.pending.check_failure()?;
        let head = self.pending.head().number;
        if to > head {
            return Err(StorageError::AboveHead { to, head });
        }
        self.chain.check_unwind(to)
    }

    /// Unwinds what may be unwound.
    fn unwind_logged(
        &self,
        log: &mut BlockLog,
        to: u64,
        rollup_changes: Vec<RollupChange>,
    ) -> Result<(), StorageError> {
        // The log's tip is lower if blocks came that were not logged.
        let is_logged = log.tip().is_some_and(|tip| tip > to);
        let sequence = if is_logged { Some(log.unwind(to)?) } else { None };
        debug!(target: "storage::log", to, ?sequence, "unwinding");
        self.pending.submit(|reply| Work::Unwind { to, sequence, rollup_changes, reply })
    }
}
