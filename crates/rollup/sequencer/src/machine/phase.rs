//! How far the block in hand is.

use alloy_eips::BlockNumHash;
use std::time::Duration;

/// How far the block in hand is. There is never more than one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// There is none.
    Idle,
    /// Its job is being started.
    Starting {
        /// Start of its slot.
        slot: Duration,
        /// Whether somebody ordered it, so that it needs no leave.
        is_ordered: bool,
    },
    /// Its job runs.
    Building(Building),
    /// It is being signed. From here on nothing stops it but a failure.
    Finishing,
}

/// A job that runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Building {
    pub(super) parent: BlockNumHash,
    /// Highest L1 block that a message of the block comes from.
    pub(super) l1_origin: Option<u64>,
    pub(super) seal_at: Duration,
    pub(super) is_sealed: bool,
    pub(super) is_ordered: bool,
}

impl Phase {
    pub(super) const fn building(&self) -> Option<&Building> {
        match self {
            Self::Building(building) => Some(building),
            Self::Idle | Self::Starting { .. } | Self::Finishing => None,
        }
    }

    /// When the job is to take no more transactions, if it still takes some.
    pub(super) fn seal_at(&self) -> Option<Duration> {
        self.building().filter(|building| !building.is_sealed).map(|building| building.seal_at)
    }

    /// Whether the job is to take no more transactions from now on.
    pub(super) fn seal(&mut self, now: Duration) -> bool {
        match self {
            Self::Building(building) if !building.is_sealed && building.seal_at <= now => {
                building.is_sealed = true;
                true
            }
            _ => false,
        }
    }

    /// Whether the block was ordered.
    pub(super) const fn is_ordered(&self) -> bool {
        match self {
            Self::Starting { is_ordered, .. } => *is_ordered,
            Self::Building(building) => building.is_ordered,
            Self::Idle | Self::Finishing => false,
        }
    }
}
