//! The sink over a real storage.

use crate::endpoint::Endpoint;
use alloy_primitives::B256;
use futures::{FutureExt as _, future::BoxFuture};
use rollup_chainspec::ScrollChainSpec;
use rollup_l1::{L1Resume, L1Sink, L1SinkError};
use rollup_primitives::SealedBlock;
use rollup_storage::{
    BatchId, ChainView, ExecutedBlock, L1Progress, ReplayError, RollupChange, Storage,
    StorageConfig, StoredBatch, StoredL1Message,
};
use std::{
    path::Path,
    sync::{Arc, Mutex},
};

/// The storage of a chain that has only its genesis block.
pub(crate) fn open(directory: &Path) -> Storage {
    let spec = ScrollChainSpec::parse("dev").unwrap();
    let no_blocks = |_: &ChainView, _: SealedBlock| -> Result<ExecutedBlock, ReplayError> {
        panic!("there is no block to execute")
    };
    Storage::open(directory, StorageConfig::default(), spec, &no_blocks).unwrap().0
}

/// What is undone, as the watcher asked for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Undo {
    Reorg(u64),
    Rewind(u64),
}

/// The sink over a storage.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    pub(crate) storage: Storage,
    pub(crate) endpoint: Endpoint,
    /// Calls that fail.
    pub(crate) errors: Arc<Mutex<u32>>,
    pub(crate) undone: Arc<Mutex<Vec<Undo>>>,
}

impl Store {
    pub(crate) fn new(storage: Storage, endpoint: Endpoint) -> Self {
        Self { storage, endpoint, errors: Arc::default(), undone: Arc::default() }
    }

    fn change(&self, changes: Vec<RollupChange>) -> Result<(), L1SinkError> {
        self.may_fail()?;
        Ok(self.storage.apply_rollup(changes)?)
    }

    fn may_fail(&self) -> Result<(), L1SinkError> {
        let mut errors = self.errors.lock().unwrap();
        if *errors == 0 {
            return Ok(());
        }
        *errors -= 1;
        Err(L1SinkError::Failed("the disk is full".into()))
    }

    fn read_resume(&self) -> Result<L1Resume, L1SinkError> {
        self.may_fail()?;
        let view = self.storage.view()?;
        let next_queue_index = view.queue_length()?;
        let last = next_queue_index.checked_sub(1).map(|last| view.l1_message(last)).transpose()?;
        let blocks = view.l1_blocks()?.into_iter();
        Ok(L1Resume {
            progress: view.l1_progress()?,
            blocks: blocks.map(|block| (block.number, block.hash)).collect(),
            next_queue_index,
            queue_hash: last.flatten().and_then(|message| message.queue_hash),
        })
    }

    /// A reorg never takes what is final, and L1 must have made one.
    fn check_reorg(&self, to: u64) {
        let finalized = self.storage.view().unwrap().l1_progress().unwrap().finalized;
        assert!(finalized.is_none_or(|finalized| to >= finalized), "below the final block");
        let world = self.endpoint.world();
        let has_lost = |branch: &Vec<B256>, common: u64| branch.len() as u64 - 1 > to.max(common);
        let is_real = world.model.forks().any(|(branch, common)| has_lost(branch, common));
        assert!(is_real, "a reorg to {to} that L1 did not make");
    }
}

impl L1Sink for Store {
    fn resume(&self) -> BoxFuture<'_, Result<L1Resume, L1SinkError>> {
        async { self.read_resume() }.boxed()
    }

    fn message(
        &self,
        queue_index: u64,
    ) -> BoxFuture<'_, Result<Option<StoredL1Message>, L1SinkError>> {
        async move { Ok(self.storage.view()?.l1_message(queue_index)?) }.boxed()
    }

    fn apply(&self, changes: Vec<RollupChange>) -> BoxFuture<'_, Result<(), L1SinkError>> {
        async { self.change(changes) }.boxed()
    }

    fn reorg(&self, to: u64) -> BoxFuture<'_, Result<(), L1SinkError>> {
        async move {
            self.check_reorg(to);
            self.change(vec![RollupChange::UnwindL1 { to }])?;
            self.undone.lock().unwrap().push(Undo::Reorg(to));
            Ok(())
        }
        .boxed()
    }

    fn rewind(&self, to: u64) -> BoxFuture<'_, Result<(), L1SinkError>> {
        async move {
            self.change(vec![RollupChange::RewindL1 { to }])?;
            self.undone.lock().unwrap().push(Undo::Rewind(to));
            Ok(())
        }
        .boxed()
    }
}

/// Everything that is stored of L1.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Records {
    pub(crate) progress: L1Progress,
    pub(crate) messages: Vec<StoredL1Message>,
    pub(crate) live: Vec<(BatchId, StoredBatch)>,
    pub(crate) blocks: Vec<(u64, B256)>,
    /// Of batches that were ever committed.
    pub(crate) batches: Vec<Option<StoredBatch>>,
}

impl Records {
    /// What is stored, with these batches.
    pub(crate) fn read(storage: &Storage, batches: &[BatchId]) -> Self {
        let view = storage.view().unwrap();
        let blocks = view.l1_blocks().unwrap();
        Self {
            progress: view.l1_progress().unwrap(),
            messages: view.l1_messages(0, u64::MAX, usize::MAX).unwrap(),
            live: view.batches_to_derive(usize::MAX).unwrap(),
            blocks: blocks.into_iter().map(|block| (block.number, block.hash)).collect(),
            batches: batches.iter().map(|id| view.batch(*id).unwrap()).collect(),
        }
    }
}
