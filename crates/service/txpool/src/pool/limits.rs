//! How much the pool holds.

use super::{Pool, Removal};
use crate::config::TxpoolConfig;
use std::time::Duration;

/// How much the pool holds; see [`TxpoolConfig`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    pub(crate) max_pending: usize,
    pub(crate) max_pending_bytes: usize,
    pub(crate) max_queued: usize,
    pub(crate) max_queued_bytes: usize,
    pub(crate) max_account_slots: usize,
    pub(crate) price_bump_percent: u64,
}

impl From<&TxpoolConfig> for Limits {
    fn from(config: &TxpoolConfig) -> Self {
        Self {
            max_pending: config.max_pending,
            max_pending_bytes: config.max_pending_bytes,
            max_queued: config.max_queued,
            max_queued_bytes: config.max_queued_bytes,
            max_account_slots: config.max_account_slots,
            price_bump_percent: config.price_bump_percent,
        }
    }
}

impl Pool {
    /// Removes the worst until the pool is within its limits.
    pub(super) fn enforce_limits(&mut self, now: Duration) {
        while self.has_too_many_pending() {
            let Some(address) = self.indices.worst_pending() else { break };
            let Some(end) = self.sender(address).map(|queue| queue.pending_end()) else { break };
            self.remove(address, end - 1, Removal::Full, now);
        }
        while self.has_too_many_queued() {
            let Some(address) = self.indices.worst_queued() else { break };
            let Some(nonce) = self.sender(address).and_then(|queue| queue.last_queued()) else {
                break;
            };
            self.remove(address, nonce, Removal::Full, now);
        }
    }

    const fn has_too_many_pending(&self) -> bool {
        self.size.pending > self.limits.max_pending
            || self.size.pending_bytes > self.limits.max_pending_bytes
    }

    const fn has_too_many_queued(&self) -> bool {
        self.size.queued > self.limits.max_queued
            || self.size.queued_bytes > self.limits.max_queued_bytes
    }
}
