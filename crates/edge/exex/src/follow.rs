//! From where an ExEx is to where the chain is.

use crate::{
    chain::{Chain, ChainBlock, ReadBlock},
    config::ExExConfig,
    error::ExExError,
    finished::FinishedBlocks,
    log::WriteAheadLog,
    metrics::SharedMetrics,
    notification::ExExNotification,
    recent::RecentBlocks,
};
use alloy_eips::BlockNumHash;
use parking_lot::Mutex;
use revm::database::WrapDatabaseRef;
use rollup_evm::ScrollEvmConfig;
use rollup_primitives::RecoveredBlock;
use rollup_storage::{ChainView, StateDiff, Storage, StorageError};
use std::path::PathBuf;
use tracing::debug;

/// Directory of the log of blocks in that of the ExExes.
const BLOCKS_DIRECTORY: &str = "blocks";
/// Directory of what each ExEx has finished in that of the ExExes.
const FINISHED_DIRECTORY: &str = "finished";

/// What all ExExes are told from: chain, log, and how far each is. The calls block.
#[derive(Debug)]
pub(crate) struct Follower {
    config: ExExConfig,
    storage: Storage,
    evm: ScrollEvmConfig,
    log: Mutex<WriteAheadLog>,
    finished: Mutex<FinishedBlocks>,
    pub(crate) recent: RecentBlocks,
    metrics: SharedMetrics,
}

impl Follower {
    /// Opens what is in `directory`, which is made if there is none.
    pub(crate) fn open(
        config: ExExConfig,
        directory: PathBuf,
        storage: Storage,
        evm: ScrollEvmConfig,
    ) -> Result<Self, ExExError> {
        let finished = FinishedBlocks::open(directory.join(FINISHED_DIRECTORY))?;
        let log = WriteAheadLog::open(directory.join(BLOCKS_DIRECTORY), config.segment_bytes)?;
        debug!(target: "exex::follow", path = %log.path().display(), bytes = log.size_bytes(), "Opened the log of the ExExes");
        Ok(Self {
            config,
            storage,
            evm,
            log: Mutex::new(log),
            finished: Mutex::new(finished),
            recent: RecentBlocks::new(config.max_recent_blocks),
            metrics: SharedMetrics::default(),
        })
    }

    /// Where an ExEx goes on: after the last block it has finished. One that is new begins at the head,
    /// which is noted.
    ///
    /// # Errors
    /// [`ExExError::UnknownBlock`] and [`ExExError::Pruned`] if what comes next cannot be told.
    pub(crate) fn resume(&self, name: &str) -> Result<BlockNumHash, ExExError> {
        let finished = self.finished.lock().get(name);
        let Some(position) = finished else {
            let head = self.storage.head();
            self.finished.lock().set(name, head)?;
            return Ok(head);
        };
        self.check(name, position)?;
        Ok(position)
    }

    /// Makes durable that an ExEx has finished a block, and forgets what nobody needs any more.
    ///
    /// # Errors
    /// [`ExExError::UnknownBlock`] if the block is neither of the chain nor logged.
    pub(crate) fn finish(&self, name: &str, block: BlockNumHash) -> Result<(), ExExError> {
        let view = self.storage.view()?;
        self.fork_of(&view, name, block)?;
        self.finished.lock().set(name, block)?;
        debug!(target: "exex::follow", exex = name, number = block.number, "Noted what an ExEx has finished");
        self.trim(&view)
    }

    /// As [`Self::finish`], of an ExEx that says itself where it is.
    ///
    /// # Errors
    /// Also [`ExExError::Pruned`] if what comes next cannot be told.
    pub(crate) fn begin_after(&self, name: &str, block: BlockNumHash) -> Result<(), ExExError> {
        self.check(name, block)?;
        self.finish(name, block)
    }

    /// Whether an ExEx that is at a block can be told what comes next.
    fn check(&self, name: &str, position: BlockNumHash) -> Result<(), ExExError> {
        let view = self.storage.view()?;
        let fork = self.fork_of(&view, name, position)?;
        self.check_state(&view, name, fork)
    }

    /// What brings an ExEx from `position` nearer to the head; `None` if it is there. Blocks that it
    /// has not been told of before are durable when this returns.
    pub(crate) fn next(
        &self,
        name: &str,
        position: BlockNumHash,
    ) -> Result<Option<ExExNotification>, ExExError> {
        let view = self.storage.view()?;
        let (old, fork) = self.reverted(&view, name, position)?;
        let is_on_chain = is_canonical(&view, fork)?;
        let new = if is_on_chain { self.committed(&view, name, fork)? } else { Vec::new() };
        if !new.is_empty() {
            self.log_blocks(&view, &new)?;
        }
        Ok(ExExNotification::new(Chain::new(old), Chain::new(new)))
    }

    /// The blocks from `position` down that are not of the chain, ascending and at most as many as a
    /// notification has, and the parent of the lowest.
    fn reverted(
        &self,
        view: &ChainView,
        name: &str,
        position: BlockNumHash,
    ) -> Result<(Vec<ChainBlock>, BlockNumHash), ExExError> {
        let (mut blocks, mut at) = (Vec::new(), position);
        while blocks.len() < self.max_blocks() && !is_canonical(view, at)? {
            let block = self.seen_block(name, at)?;
            at = block.parent();
            blocks.push(block);
        }
        blocks.reverse();
        Ok((blocks, at))
    }

    /// The blocks of the chain after `fork`, at most as many as a notification has.
    fn committed(
        &self,
        view: &ChainView,
        name: &str,
        fork: BlockNumHash,
    ) -> Result<Vec<ChainBlock>, ExExError> {
        let limit = fork.number.saturating_add(self.max_blocks() as u64);
        let last = view.head()?.number.min(limit);
        let numbers = fork.number.saturating_add(1)..=last;
        numbers.map(|number| self.chain_block(view, name, number)).collect()
    }

    /// A block that an ExEx was told of, wherever it is now.
    fn seen_block(&self, name: &str, id: BlockNumHash) -> Result<ChainBlock, ExExError> {
        if let Some(executed) = self.recent.get(id.hash) {
            return Ok(executed.into());
        }
        self.log.lock().read(id.hash)?.ok_or_else(|| self.unknown(name, id))
    }

    /// A block of the chain, executed again if it is not in memory.
    fn chain_block(
        &self,
        view: &ChainView,
        name: &str,
        number: u64,
    ) -> Result<ChainBlock, ExExError> {
        let missing = |table| StorageError::Missing { table, number };
        let hash = view.hash_of(number)?.ok_or_else(|| missing("CanonicalHeaders"))?;
        if let Some(executed) = self.recent.get(hash) {
            return Ok(executed.into());
        }
        if let Some(block) = self.log.lock().read(hash)? {
            return Ok(block);
        }
        let block = view.block(number)?.ok_or_else(|| missing("Headers"))?;
        self.execute(view, name, block)
    }

    fn execute(
        &self,
        view: &ChainView,
        name: &str,
        block: RecoveredBlock,
    ) -> Result<ChainBlock, ExExError> {
        let number = block.number;
        let parent = BlockNumHash::new(number.saturating_sub(1), block.parent_hash);
        let missing = |table| StorageError::Missing { table, number: parent.number };
        let header = view.header(parent.number)?.ok_or_else(|| missing("Headers"))?;
        self.check_state(view, name, parent)?;
        let state = view.state_after(parent.number)?.ok_or_else(|| missing("Headers"))?;
        let executed = self
            .evm
            .execute_block(WrapDatabaseRef(state), &block, header.timestamp)
            .map_err(|source| ExExError::Execute { number, source: Box::new(source) })?;
        self.metrics.executed_blocks_total.increment(1);
        let state = StateDiff::from(&executed.changes);
        Ok(ReadBlock { block, receipts: executed.receipts, state }.into())
    }

    /// Fails with [`ExExError::Pruned`] if the state after a block of the chain is.
    fn check_state(
        &self,
        view: &ChainView,
        name: &str,
        block: BlockNumHash,
    ) -> Result<(), ExExError> {
        match view.state_after(block.number) {
            Ok(_) => Ok(()),
            Err(source @ StorageError::Pruned { .. }) => {
                let (path, source) = (self.path_of(name), Box::new(source));
                Err(ExExError::Pruned { number: block.number, path, source })
            }
            Err(err) => Err(err.into()),
        }
    }

    /// Makes durable what of these blocks, which are of the chain, may yet leave it.
    fn log_blocks(&self, view: &ChainView, blocks: &[ChainBlock]) -> Result<(), ExExError> {
        let floor = self.floor(view)?;
        let mut log = self.log.lock();
        for block in blocks.iter().filter(|block| block.id().number > floor) {
            log.append(block)?;
        }
        drop(log);
        debug!(target: "exex::follow", blocks = blocks.len(), "Logged blocks for an ExEx");
        self.trim(view)
    }

    /// The highest block that can no longer leave the chain, or is too deep to be told that it did.
    fn floor(&self, view: &ChainView) -> Result<u64, ExExError> {
        let forkchoice = view.forkchoice()?;
        let deepest = forkchoice.head.number.saturating_sub(self.config.max_logged_blocks);
        Ok(forkchoice.finalized.number.max(deepest))
    }

    /// Forgets the blocks that no ExEx can be told of any more.
    fn trim(&self, view: &ChainView) -> Result<(), ExExError> {
        let forkchoice = view.forkchoice()?;
        let mut needed = forkchoice.finalized.number;
        let finished: Vec<_> = self.finished.lock().all().collect();
        let mut log = self.log.lock();
        for block in finished {
            // What nobody knows cannot be told of, whatever is kept.
            needed = needed.min(fork_in(&log, view, block)?.map_or(needed, |fork| fork.number));
        }
        let deepest = forkchoice.head.number.saturating_sub(self.config.max_logged_blocks);
        log.trim(needed.max(deepest))?;
        self.metrics.log_bytes.set(log.size_bytes() as f64);
        Ok(())
    }

    /// The highest block of the chain that `block` descends from, or is.
    fn fork_of(
        &self,
        view: &ChainView,
        name: &str,
        block: BlockNumHash,
    ) -> Result<BlockNumHash, ExExError> {
        fork_in(&self.log.lock(), view, block)?.ok_or_else(|| self.unknown(name, block))
    }

    fn unknown(&self, name: &str, block: BlockNumHash) -> ExExError {
        let BlockNumHash { number, hash } = block;
        ExExError::UnknownBlock { number, hash, path: self.path_of(name) }
    }

    fn path_of(&self, name: &str) -> PathBuf {
        self.finished.lock().path_of(name)
    }

    fn max_blocks(&self) -> usize {
        self.config.max_notification_blocks.max(1)
    }
}

fn is_canonical(view: &ChainView, block: BlockNumHash) -> Result<bool, StorageError> {
    Ok(view.hash_of(block.number)? == Some(block.hash))
}

/// The highest block of the chain that a block of the chain or of the log descends from, or is.
fn fork_in(
    log: &WriteAheadLog,
    view: &ChainView,
    block: BlockNumHash,
) -> Result<Option<BlockNumHash>, ExExError> {
    let mut at = block;
    while !is_canonical(view, at)? {
        let Some(parent) = log.parent(at) else { return Ok(None) };
        at = parent;
    }
    Ok(Some(at))
}
