//! What an ExEx is given.

use crate::{
    error::ExExError, follow::Follower, metrics::ExExMetrics, notification::ExExNotification,
};
use alloy_eips::BlockNumHash;
use rollup_chainspec::ScrollChainSpec;
use rollup_evm::ScrollEvmConfig;
use rollup_runtime::Clock;
use rollup_storage::Storage;
use rollup_txpool::Txpool;
use std::{path::PathBuf, sync::Arc};
use tokio::{
    sync::watch,
    task::{JoinHandle, spawn_blocking},
};
use tokio_util::sync::CancellationToken;
use tracing::debug;

/// What an ExEx is given.
#[derive(Debug)]
#[non_exhaustive]
pub struct ExExContext {
    /// Name of the ExEx.
    pub name: &'static str,
    /// The chain.
    pub chain_spec: Arc<ScrollChainSpec>,
    /// Data directory of the node.
    pub data_dir: PathBuf,
    /// The head when the node started.
    pub head: BlockNumHash,
    /// The last block that the ExEx has finished, after which the notifications begin. Of an ExEx that
    /// is new, the head when it was installed.
    pub finished: BlockNumHash,
    /// What becomes of the chain.
    pub notifications: ExExNotifications,
    /// What the ExEx reports.
    pub events: ExExEvents,
    /// The stored chain. Its calls block: make them on a thread for that.
    pub storage: Storage,
    /// The pool.
    pub txpool: Txpool,
    /// The rules of the chain.
    pub evm: ScrollEvmConfig,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Cancelled when the node shuts down.
    pub shutdown: CancellationToken,
}

pub(crate) type Reading = JoinHandle<Result<Option<ExExNotification>, ExExError>>;

/// What becomes of the chain, as one ExEx is told of it.
///
/// Nothing is read before it is asked for. So an ExEx may take as long as it wants: it holds one
/// notification in memory, and what it has not taken is in the storage of the node.
#[derive(Debug)]
pub struct ExExNotifications {
    pub(crate) name: &'static str,
    pub(crate) follower: Arc<Follower>,
    pub(crate) position: BlockNumHash,
    /// What comes after the position, while it is read. Kept when who waits for it does not any more.
    pub(crate) reading: Option<Reading>,
    pub(crate) changes: watch::Receiver<()>,
    pub(crate) shutdown: CancellationToken,
    pub(crate) metrics: Arc<ExExMetrics>,
}

impl ExExNotifications {
    /// The next one. `None` when the node shuts down. Cancel-safe: what was not given is given by the
    /// next call.
    ///
    /// Each goes on where the one before ended. Changes that undo each other before the ExEx asks are
    /// not told: it never saw the blocks.
    ///
    /// # Errors
    /// See [`ExExError`]. There is nothing to do but to return it: the node ends then.
    pub async fn recv(&mut self) -> Result<Option<ExExNotification>, ExExError> {
        loop {
            let shutdown = self.shutdown.clone();
            let read = tokio::select! {
                biased;
                () = shutdown.cancelled() => return Ok(None),
                read = self.reading() => read,
            };
            self.reading = None;
            if let Some(notification) = read.map_err(ExExError::Interrupted)?? {
                self.advance(&notification);
                return Ok(Some(notification));
            }
            tokio::select! {
                biased;
                () = self.shutdown.cancelled() => return Ok(None),
                changed = self.changes.changed() => if changed.is_err() {
                    return Ok(None);
                },
            }
        }
    }

    /// Begins after a block that the ExEx has noted itself, as one does that stores it together with
    /// what it has made of it. Whatever was told or finished before counts no more.
    ///
    /// # Errors
    /// [`ExExError::UnknownBlock`] if it left the chain and was told of too long ago or never, and
    /// [`ExExError::Pruned`] if what comes next can no longer be told.
    pub async fn begin_after(&mut self, block: BlockNumHash) -> Result<(), ExExError> {
        let (follower, name) = (Arc::clone(&self.follower), self.name);
        let begun = spawn_blocking(move || follower.begin_after(name, block)).await;
        begun.map_err(ExExError::Interrupted)??;
        self.position = block;
        self.reading = None;
        self.metrics.finished_number.set(block.number as f64);
        Ok(())
    }

    /// What is being read, from now on if nothing is.
    fn reading(&mut self) -> &mut Reading {
        let Self { name, follower, position, changes, reading, .. } = self;
        reading.get_or_insert_with(|| {
            // Before the chain is read: what changes meanwhile is found by the next turn.
            changes.borrow_and_update();
            let (follower, name, position) = (Arc::clone(follower), *name, *position);
            spawn_blocking(move || follower.next(name, position))
        })
    }

    fn advance(&mut self, notification: &ExExNotification) {
        self.position = notification.tip();
        let reverted = notification.reverted().map_or(0, |old| old.len());
        self.metrics.notifications_total.increment(1);
        self.metrics.reverted_blocks_total.increment(reverted as u64);
        self.metrics.told_number.set(self.position.number as f64);
        debug!(
            target: "exex::context",
            exex = self.name, number = self.position.number, reverted, "Told an ExEx"
        );
    }
}

/// What an ExEx reports. Cloning gives another one.
#[derive(Clone, Debug)]
pub struct ExExEvents {
    pub(crate) name: &'static str,
    pub(crate) follower: Arc<Follower>,
    pub(crate) metrics: Arc<ExExMetrics>,
}

impl ExExEvents {
    /// Reports that everything up to a block is worked off: the
    /// [`tip`](ExExNotification::tip) of the last notification. That is durable when this returns, and
    /// a node that starts again tells the ExEx what came after it.
    ///
    /// After blocks left the chain, the block is a lower one than before.
    ///
    /// # Errors
    /// [`ExExError::UnknownBlock`] if the ExEx was never told of the block, and those of the disk.
    pub async fn finished(&self, block: BlockNumHash) -> Result<(), ExExError> {
        let (follower, name) = (Arc::clone(&self.follower), self.name);
        let noted = spawn_blocking(move || follower.finish(name, block)).await;
        noted.map_err(ExExError::Interrupted)??;
        self.metrics.finished_number.set(block.number as f64);
        Ok(())
    }
}
