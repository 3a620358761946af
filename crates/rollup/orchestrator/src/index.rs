//! Where the watcher takes what L1 did: into the storage, through the engine.

use crate::metrics::OrchestratorMetrics;
use alloy_eips::BlockNumHash;
use futures::future::BoxFuture;
use parking_lot::Mutex;
use rollup_engine::{EngineError, EngineHandle, ForkchoiceError, L1Reorg};
use rollup_l1::{L1Resume, L1Sink, L1SinkError};
use rollup_storage::{
    CanonicalChange, ChainView, L1Progress, RollupChange, RollupError, StorageError,
    StoredL1Message,
};
use std::{collections::VecDeque, sync::Arc};
use tokio::{
    sync::{
        broadcast::{self, error::TryRecvError},
        watch,
    },
    task::spawn_blocking,
};
use tracing::warn;

/// Reorgs that are remembered until somebody asks what became of them.
const MAX_OUTCOMES: usize = 16;

/// Takes what L1 did into the records, and blocks that lose their ground off the chain. Whoever
/// watches is told of the progress when it is durable.
#[derive(Debug)]
pub struct L1Index {
    engine: EngineHandle,
    progress: watch::Sender<L1Progress>,
    outcomes: Mutex<VecDeque<ReorgOutcome>>,
    metrics: OrchestratorMetrics,
}

/// What an L1 reorg meant for L2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ReorgOutcome {
    /// Highest L1 block that remains.
    pub(crate) to: u64,
    /// Queue index of the first message that is gone.
    pub(crate) queue_index: Option<u64>,
    /// The head now, if blocks left the chain.
    pub(crate) head: Option<BlockNumHash>,
    /// The safe block now, if it went back.
    pub(crate) safe: Option<BlockNumHash>,
    /// Blocks that left the chain.
    pub(crate) removed: u64,
}

impl L1Index {
    /// Takes what L1 did into the records of the chain of this engine.
    ///
    /// # Errors
    /// Those of the database.
    pub fn new(engine: EngineHandle) -> Result<Self, StorageError> {
        let progress = watch::Sender::new(engine.view()?.l1_progress()?);
        let outcomes = Mutex::default();
        Ok(Self { engine, progress, outcomes, metrics: OrchestratorMetrics::default() })
    }

    /// How far L1 is stored, now and later. The latest block goes back by an L1 reorg alone.
    pub fn watch_progress(&self) -> watch::Receiver<L1Progress> {
        self.progress.subscribe()
    }

    /// What an L1 reorg to this block meant; those before it are forgotten.
    pub(crate) fn take_outcome(&self, to: u64) -> Option<ReorgOutcome> {
        let mut outcomes = self.outcomes.lock();
        let at = outcomes.iter().position(|outcome| outcome.to == to)?;
        outcomes.drain(..=at).next_back()
    }

    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&ChainView) -> Result<T, StorageError> + Send + 'static,
    ) -> Result<T, L1SinkError> {
        let engine = self.engine.clone();
        let read = spawn_blocking(move || read(&engine.view()?)).await;
        Ok(read.map_err(|err| L1SinkError::Failed(err.into()))??)
    }

    async fn change(&self, changes: Vec<RollupChange>) -> Result<(), L1SinkError> {
        self.engine.apply_rollup(changes).await.map_err(sink_error)?;
        self.publish_progress().await
    }

    async fn publish_progress(&self) -> Result<(), L1SinkError> {
        let progress = self.read(ChainView::l1_progress).await?;
        self.progress.send_if_modified(|told| std::mem::replace(told, progress) != progress);
        Ok(())
    }

    async fn take_back(&self, to: u64) -> Result<(), L1SinkError> {
        let lost = self.read(move |view| first_lost(view, to)).await?;
        let mut changes = self.engine.subscribe();
        let before = self.engine.forkchoice();
        let reorg = self.engine.reorg_l1(to).await.map_err(|err| match err {
            // The blocks of its message are as final as the block that includes it.
            EngineError::Forkchoice(ForkchoiceError::FinalizedLost { .. }) => {
                let finalized = lost.as_ref().map_or(to, |lost| lost.l1_block_number);
                L1SinkError::Contradiction(RollupError::BelowL1Finalized { to, finalized })
            }
            err => sink_error(err),
        })?;
        let safe = self.engine.forkchoice().safe;
        let queue_index = lost.map(|lost| lost.message.queue_index);
        let outcome = ReorgOutcome {
            to,
            queue_index,
            head: (!reorg.removed.is_empty()).then_some(reorg.head),
            safe: (safe.number < before.safe.number).then_some(safe),
            removed: reorg.removed.len() as u64,
        };
        self.metrics.l1_reorgs_total.increment(1);
        self.metrics.l1_reorg_removed_blocks_total.increment(outcome.removed);
        if let Some(old_head) = reorg.removed.last() {
            let returned = returned_transactions(&mut changes, &reorg);
            warn!(
                target: "rollup_node::l1",
                l1_block = to,
                ?queue_index,
                old_head = old_head.number,
                old_hash = %old_head.hash,
                head = reorg.head.number,
                hash = %reorg.head.hash,
                returned,
                "L1 took messages back: the blocks that include them left the chain, their transactions return to the pool"
            );
        }
        self.keep_outcome(outcome);
        self.publish_progress().await
    }

    fn keep_outcome(&self, outcome: ReorgOutcome) {
        let mut outcomes = self.outcomes.lock();
        if outcomes.len() == MAX_OUTCOMES {
            outcomes.pop_front();
        }
        outcomes.push_back(outcome);
    }
}

impl L1Sink for L1Index {
    fn resume(&self) -> BoxFuture<'_, Result<L1Resume, L1SinkError>> {
        Box::pin(self.read(resume))
    }

    fn message(
        &self,
        queue_index: u64,
    ) -> BoxFuture<'_, Result<Option<StoredL1Message>, L1SinkError>> {
        Box::pin(self.read(move |view| view.l1_message(queue_index)))
    }

    fn apply(&self, changes: Vec<RollupChange>) -> BoxFuture<'_, Result<(), L1SinkError>> {
        Box::pin(self.change(changes))
    }

    fn reorg(&self, to: u64) -> BoxFuture<'_, Result<(), L1SinkError>> {
        Box::pin(self.take_back(to))
    }

    fn rewind(&self, to: u64) -> BoxFuture<'_, Result<(), L1SinkError>> {
        Box::pin(self.change(vec![RollupChange::RewindL1 { to }]))
    }
}

fn resume(view: &ChainView) -> Result<L1Resume, StorageError> {
    let next_queue_index = view.queue_length()?;
    let last = match next_queue_index.checked_sub(1) {
        Some(last) => view.l1_message(last)?,
        None => None,
    };
    Ok(L1Resume {
        progress: view.l1_progress()?,
        blocks: view.l1_blocks()?.into_iter().map(|block| (block.number, block.hash)).collect(),
        next_queue_index,
        queue_hash: last.and_then(|last| last.queue_hash),
    })
}

/// The first message that a reorg to an L1 block takes back.
fn first_lost(view: &ChainView, to: u64) -> Result<Option<StoredL1Message>, StorageError> {
    to.checked_add(1).map_or(Ok(None), |above| view.first_l1_message_from(above))
}

/// How many transactions of the removed blocks are no L1 messages. `changes` was subscribed to
/// before the reorg.
fn returned_transactions(
    changes: &mut broadcast::Receiver<Arc<CanonicalChange>>,
    reorg: &L1Reorg,
) -> usize {
    let mut returned = 0;
    loop {
        let change = match changes.try_recv() {
            Ok(change) => change,
            Err(TryRecvError::Lagged(_)) => continue,
            Err(TryRecvError::Empty | TryRecvError::Closed) => return returned,
        };
        let of_reorg = change
            .removed
            .iter()
            .map(|removed| &removed.block)
            .filter(|block| reorg.removed.contains(&block.num_hash()));
        let transactions = of_reorg.flat_map(|block| &block.body().transactions);
        returned += transactions.filter(|transaction| !transaction.is_l1_message()).count();
    }
}

/// What L1 did may contradict what is stored; all else is a failure of the node.
fn sink_error(err: EngineError) -> L1SinkError {
    match err {
        EngineError::Storage(err) => err.into(),
        err => L1SinkError::Failed(err.into()),
    }
}
