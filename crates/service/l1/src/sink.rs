//! Where the watcher takes what it finds.

use alloy_primitives::{B256, BlockHash};
use futures::future::BoxFuture;
use rollup_storage::{L1Progress, RollupChange, RollupError, StorageError, StoredL1Message};
use std::{error::Error, fmt::Debug};
use thiserror::Error;

/// What is known of L1 when the watcher starts, or starts anew.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct L1Resume {
    /// How far L1 is known.
    pub progress: L1Progress,
    /// L1 blocks above the finalized one that did something, newest first.
    pub blocks: Vec<(u64, BlockHash)>,
    /// Queue index of the next L1 message.
    pub next_queue_index: u64,
    /// Rolling hash of the queue after the last message; `None` before message queue V2.
    pub queue_hash: Option<B256>,
}

/// Takes what the watcher finds. One caller at a time; each call is durable when it returns.
pub trait L1Sink: Debug + Send + Sync {
    /// What is known of L1.
    ///
    /// # Errors
    /// [`L1SinkError::Failed`].
    fn resume(&self) -> BoxFuture<'_, Result<L1Resume, L1SinkError>>;

    /// A stored L1 message. With it the watcher finds the last one that L1 agrees with.
    ///
    /// # Errors
    /// [`L1SinkError::Failed`].
    fn message(
        &self,
        queue_index: u64,
    ) -> BoxFuture<'_, Result<Option<StoredL1Message>, L1SinkError>>;

    /// Applies changes, all or none.
    ///
    /// # Errors
    /// [`L1SinkError::Contradiction`] if an L1 endpoint left something out or a reorg was missed,
    /// [`L1SinkError::Failed`].
    fn apply(&self, changes: Vec<RollupChange>) -> BoxFuture<'_, Result<(), L1SinkError>>;

    /// Undoes what L1 blocks above `to` did, because L1 took them back. L2 blocks that include an
    /// L1 message which is gone leave the chain in the same step.
    ///
    /// # Errors
    /// As [`Self::apply`].
    fn reorg(&self, to: u64) -> BoxFuture<'_, Result<(), L1SinkError>>;

    /// Undoes what L1 blocks above `to` did, because they are to be read anew. L2 blocks stay.
    ///
    /// # Errors
    /// As [`Self::apply`].
    fn rewind(&self, to: u64) -> BoxFuture<'_, Result<(), L1SinkError>>;
}

/// Why something could not be taken. Nothing has changed then.
#[derive(Debug, Error)]
pub enum L1SinkError {
    /// It contradicts what is stored.
    #[error(transparent)]
    Contradiction(RollupError),
    /// It could not be stored: the same may be tried again, unless the node ends.
    #[error("what L1 did could not be stored")]
    Failed(#[source] Box<dyn Error + Send + Sync>),
}

impl From<StorageError> for L1SinkError {
    fn from(err: StorageError) -> Self {
        match err {
            StorageError::Rollup(err) => Self::Contradiction(err),
            err => Self::Failed(err.into()),
        }
    }
}
