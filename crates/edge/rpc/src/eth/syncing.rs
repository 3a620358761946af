//! How far the node is behind.

use super::changes::EthChanges;
use alloy_primitives::U64;
use rollup_sequencer::SyncState;
use serde::{Serialize, Serializer};
use tokio::sync::watch;

/// How far the node is behind: as JSON `false`, or an object with blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EthSyncStatus {
    /// It is not.
    Synced,
    /// It catches up.
    Syncing(EthSyncProgress),
}

/// Where a node is that catches up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EthSyncProgress {
    /// Head when it began.
    pub starting_block: U64,
    /// Head.
    pub current_block: U64,
    /// The highest block that the node knows of.
    pub highest_block: U64,
}

impl Serialize for EthSyncStatus {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Synced => serializer.serialize_bool(false),
            Self::Syncing(progress) => progress.serialize(serializer),
        }
    }
}

/// The same as those are told who subscribed to it.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum SyncNews {
    Synced(bool),
    Syncing {
        syncing: bool,
        #[serde(flatten)]
        progress: EthSyncProgress,
    },
}

impl From<EthSyncStatus> for SyncNews {
    fn from(status: EthSyncStatus) -> Self {
        match status {
            EthSyncStatus::Synced => Self::Synced(false),
            EthSyncStatus::Syncing(progress) => Self::Syncing { syncing: true, progress },
        }
    }
}

/// Knows how far the node is behind.
#[derive(Clone, Debug)]
pub(crate) struct Syncing {
    pub(crate) changes: EthChanges,
    pub(crate) sync: watch::Receiver<SyncState>,
}

impl Syncing {
    pub(crate) fn status(&self) -> EthSyncStatus {
        let is_synced = self.sync.borrow().is_synced();
        let start = self.changes.sync_start(is_synced);
        if is_synced {
            return EthSyncStatus::Synced;
        }
        let current = U64::from(self.changes.head().number);
        EthSyncStatus::Syncing(EthSyncProgress {
            starting_block: U64::from(start).min(current),
            current_block: current,
            // Nobody tells of a higher one.
            highest_block: current,
        })
    }
}
