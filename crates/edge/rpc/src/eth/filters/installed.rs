//! The filters that clients have installed.

use crate::{
    eth::{changes::PendingUpdate, error::EthError, live_logs::LiveLogs},
    feed::FeedReader,
    metrics::FilterMetrics,
};
use alloy_eips::BlockNumHash;
use alloy_primitives::U128;
use alloy_rpc_types_eth::Filter;
use parking_lot::Mutex;
use rollup_runtime::Clock;
use std::{collections::HashMap, sync::Arc, time::Duration};

/// What a filter is for. What its client has been told is behind a lock.
#[derive(Debug)]
pub(crate) enum FilterKind {
    /// Blocks.
    Blocks { seen: Mutex<BlockNumHash> },
    /// Logs.
    Logs { query: Box<Filter>, live: Box<LiveLogs>, seen: Mutex<BlockNumHash> },
    /// Transactions that become executable: they themselves, or their hashes.
    Pending { full: bool, reader: Mutex<FeedReader<PendingUpdate>> },
}

#[derive(Debug)]
struct Installed {
    kind: Arc<FilterKind>,
    /// When it was last asked for, by the clock's `now`.
    asked_at: Duration,
}

/// The filters that clients have installed.
#[derive(Debug)]
pub(crate) struct Filters {
    installed: Mutex<HashMap<U128, Installed>>,
    max: usize,
    /// How long a filter stays for which nobody asks.
    lifetime: Duration,
    clock: Arc<dyn Clock>,
    metrics: FilterMetrics,
}

impl Filters {
    pub(crate) fn new(max: usize, lifetime: Duration, clock: Arc<dyn Clock>) -> Self {
        let installed = Mutex::default();
        Self { installed, max, lifetime, clock, metrics: FilterMetrics::default() }
    }

    /// Installs a filter and gives its id, which nobody can guess: filters are those of all clients.
    ///
    /// # Errors
    /// [`EthError::TooManyFilters`].
    pub(crate) fn install(&self, kind: FilterKind) -> Result<U128, EthError> {
        let asked_at = self.clock.now();
        let mut installed = self.installed.lock();
        installed.retain(|_, filter| !self.is_stale(filter, asked_at));
        if installed.len() >= self.max {
            return Err(EthError::TooManyFilters { max: self.max });
        }
        let id = U128::from(rand::random::<u128>());
        installed.insert(id, Installed { kind: Arc::new(kind), asked_at });
        self.metrics.count(installed.len());
        Ok(id)
    }

    /// A filter, which stays from now on for its lifetime.
    ///
    /// # Errors
    /// [`EthError::FilterNotFound`].
    pub(crate) fn get(&self, id: U128) -> Result<Arc<FilterKind>, EthError> {
        let now = self.clock.now();
        let mut installed = self.installed.lock();
        let filter = installed.get_mut(&id).filter(|filter| !self.is_stale(filter, now));
        let filter = filter.ok_or(EthError::FilterNotFound)?;
        filter.asked_at = now;
        Ok(Arc::clone(&filter.kind))
    }

    /// Whether there was one.
    pub(crate) fn remove(&self, id: U128) -> bool {
        let now = self.clock.now();
        let mut installed = self.installed.lock();
        let removed = installed.remove(&id);
        self.metrics.count(installed.len());
        removed.is_some_and(|filter| !self.is_stale(&filter, now))
    }

    fn is_stale(&self, filter: &Installed, now: Duration) -> bool {
        now.saturating_sub(filter.asked_at) >= self.lifetime
    }
}
