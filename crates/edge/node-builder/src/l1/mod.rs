//! What the node knows of L1.

use crate::config::ConsensusConfig;
use alloy_primitives::Address;
use rollup_sequencer::{L1Gate, SyncState};
use rollup_storage::{L1Progress, Storage, StorageError};
use tokio::sync::watch;

/// What the node knows of L1, to be watched.
#[derive(Debug)]
pub(crate) struct L1State {
    pub(crate) sync: watch::Receiver<SyncState>,
    pub(crate) authorized_signer: watch::Receiver<Option<Address>>,
    pub(crate) progress: watch::Receiver<L1Progress>,
    pub(crate) gate: watch::Receiver<L1Gate>,
}

impl L1State {
    /// Of a node that follows no L1: it waits for nothing, and knows what it knew before.
    pub(crate) fn unfollowed(
        storage: &Storage,
        consensus: ConsensusConfig,
    ) -> Result<Self, StorageError> {
        let authorized = match consensus {
            ConsensusConfig::Noop => None,
            ConsensusConfig::SystemContract { authorized_signer } => authorized_signer,
        };
        Ok(Self {
            sync: watch::channel(SyncState::SYNCED).1,
            authorized_signer: watch::channel(authorized).1,
            progress: watch::channel(storage.view()?.l1_progress()?).1,
            gate: watch::channel(L1Gate::Open).1,
        })
    }
}
