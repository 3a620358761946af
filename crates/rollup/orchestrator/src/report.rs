//! How L1 is, for status and probes.

use alloy_primitives::Address;
use rollup_l1::{L1BlockRef, L1Fault, L1WatcherStatus};
use std::{fmt, time::Duration};

/// How L1 is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct L1Report {
    /// In a word.
    pub state: L1State,
    /// The latest L1 block.
    pub latest: Option<L1BlockRef>,
    /// The latest safe L1 block.
    pub safe: Option<L1BlockRef>,
    /// The latest final L1 block.
    pub finalized: Option<L1BlockRef>,
    /// Number of the L1 block up to which everything is stored.
    pub processed: Option<u64>,
    /// Age of the latest L1 block, by the clock of this machine.
    pub latest_age: Option<Duration>,
    /// How long ago L1 was last read.
    pub progress_age: Option<Duration>,
    /// The authorized signer; `None` if anybody may sign, or while it is not known.
    pub authorized_signer: Option<Address>,
    /// What endpoints say and cannot be.
    pub fault: Option<L1Fault>,
}

/// How L1 is, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum L1State {
    /// It was not read once since the start.
    Unreachable,
    /// What is known of it is too old to rely on.
    Stale,
    /// It is read, and not known up to its tip.
    Syncing,
    /// It is known up to its tip.
    Synced,
    /// What endpoints say cannot be.
    Fault,
}

impl L1State {
    /// As it stands in JSON and logs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Stale => "stale",
            Self::Syncing => "syncing",
            Self::Synced => "synced",
            Self::Fault => "fault",
        }
    }
}

impl fmt::Display for L1State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl L1Report {
    /// Of a watcher with this status. `is_synced` says whether all is known that is needed of L1.
    pub(crate) fn new(
        status: &L1WatcherStatus,
        is_synced: bool,
        authorized_signer: Option<Address>,
        unix_time: Duration,
    ) -> Self {
        let state = if status.fault.is_some() {
            L1State::Fault
        } else if status.last_progress_at.is_none() {
            L1State::Unreachable
        } else if status.is_stale {
            L1State::Stale
        } else if is_synced {
            L1State::Synced
        } else {
            L1State::Syncing
        };
        let age = |since: Duration| unix_time.saturating_sub(since);
        Self {
            state,
            latest: status.latest,
            safe: status.safe,
            finalized: status.finalized,
            processed: status.processed,
            latest_age: status.latest.map(|block| age(Duration::from_secs(block.timestamp))),
            progress_age: status.last_progress_at.map(age),
            authorized_signer,
            fault: status.fault,
        }
    }
}
