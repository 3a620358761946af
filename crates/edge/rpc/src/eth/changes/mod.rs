//! What becomes of the chain and of the pool, for filters and subscriptions.
//!
//! ```text
//!  engine ─ listener ─► follow ─► FollowedChain ─► filters      what has left the chain
//!  engine ─ broadcast ─┐
//!                      ├► run ─► feeds ─► subscriptions         made once for all
//!  pool   ─ broadcast ─┘              └─► filters of transactions
//! ```

mod followed;
mod update;

pub(crate) use followed::Path;
pub(crate) use update::{ChainUpdate, PendingUpdate, removed_logs};

use super::{
    error::EthError,
    live_logs::{LiveLogs, WantedBytes},
};
use crate::feed::{Feed, FeedLimits, FeedReader};
use alloy_eips::BlockNumHash;
use alloy_rpc_types_eth::Filter;
use followed::FollowedChain;
use parking_lot::Mutex;
use rollup_sequencer::SyncState;
use rollup_storage::CanonicalChange;
use rollup_txpool::PoolTransaction;
use std::{fmt::Debug, future::pending, sync::Arc};
use tokio::sync::{
    broadcast::{self, error::RecvError},
    watch,
};
use tokio_util::sync::CancellationToken;
use tracing::warn;

/// What becomes of the chain and of the pool. Cloning gives another handle.
///
/// [`Self::follow`] hears of every change of the chain at once, [`Self::run`] a little later: only
/// the second does work for each of those who listen.
#[derive(Clone, Debug)]
pub struct EthChanges {
    followed: Arc<Mutex<FollowedChain>>,
    chain: Feed<ChainUpdate>,
    pending: Feed<PendingUpdate>,
    sync: Arc<Mutex<LastSync>>,
    /// Of all filters and subscriptions.
    wanted: WantedBytes,
}

/// What was last known of how far the node is.
#[derive(Debug)]
struct LastSync {
    is_synced: bool,
    /// Head when the node began to catch up.
    start: u64,
}

/// Where the news comes from.
#[derive(Debug)]
pub struct EthNews {
    /// Changes of the chain.
    pub changes: broadcast::Receiver<Arc<CanonicalChange>>,
    /// Transactions that become executable.
    pub pending: broadcast::Receiver<Arc<PoolTransaction>>,
    /// Whether the chain is known up to where it is.
    pub sync: watch::Receiver<SyncState>,
}

impl EthChanges {
    /// Of a chain with this head. `limits` say how much is kept for subscribers that are slow, of the
    /// chain and of the pool each.
    pub fn new(head: BlockNumHash, limits: FeedLimits) -> Self {
        Self {
            followed: Arc::new(Mutex::new(FollowedChain::new(head))),
            chain: Feed::new(limits),
            pending: Feed::new(limits),
            sync: Arc::new(Mutex::new(LastSync { is_synced: false, start: head.number })),
            wanted: WantedBytes::default(),
        }
    }

    /// Takes note of a change of the chain. Returns at once. Every change must come here, in order,
    /// when the stored chain has it.
    pub fn follow(&self, change: &CanonicalChange) {
        self.followed.lock().follow(change);
    }

    /// Tells subscribers what becomes of chain and pool, until it is cancelled.
    pub async fn run(self, news: EthNews, cancel: CancellationToken) {
        cancel.run_until_cancelled(self.tell(news)).await;
    }

    async fn tell(&self, news: EthNews) {
        let EthNews { mut changes, mut pending, mut sync } = news;
        self.sync_start(sync.borrow_and_update().is_synced());
        loop {
            tokio::select! {
                biased;
                change = next("blocks", &self.chain, &mut changes) => self.tell_change(&change),
                transaction = next("transactions", &self.pending, &mut pending) => {
                    self.tell_pending(transaction);
                }
                is_synced = changed(&mut sync) => {
                    self.sync_start(is_synced);
                }
            }
        }
    }

    fn tell_change(&self, change: &CanonicalChange) {
        if self.chain.is_heard() {
            let update = ChainUpdate::new(change);
            self.chain.push(update.bytes(), |_| update);
        } else {
            self.chain.skip(0);
        }
    }

    fn tell_pending(&self, transaction: Arc<PoolTransaction>) {
        let update = PendingUpdate::new(transaction);
        self.pending.push(update.bytes(), |_| update);
    }

    /// The head, as of the last change that was heard of.
    pub(crate) fn head(&self) -> BlockNumHash {
        self.followed.lock().head()
    }

    /// The head when the node began to catch up with the chain, which is now if it is the first time
    /// that it `is_synced` no more.
    pub(crate) fn sync_start(&self, is_synced: bool) -> u64 {
        let head = self.head().number;
        let mut last = self.sync.lock();
        if last.is_synced && !is_synced {
            last.start = head;
        }
        last.is_synced = is_synced;
        last.start
    }

    /// How to get from a block to the head.
    pub(crate) fn path_from(&self, seen: BlockNumHash) -> Path {
        self.followed.lock().path_from(seen)
    }

    /// Which logs are wanted, if not too much is wanted already.
    pub(crate) fn live_logs(&self, filter: &Filter) -> Result<LiveLogs, EthError> {
        LiveLogs::new(filter, &self.wanted)
    }

    pub(crate) fn chain(&self) -> FeedReader<ChainUpdate> {
        self.chain.reader()
    }

    pub(crate) fn pending(&self) -> FeedReader<PendingUpdate> {
        self.pending.reader()
    }
}

/// The next piece of news. Whoever reads the feed is told that some were missed. Cancel-safe.
async fn next<N: Clone, T: Debug>(
    what: &'static str,
    feed: &Feed<T>,
    news: &mut broadcast::Receiver<N>,
) -> N {
    loop {
        match news.recv().await {
            Ok(next) => return next,
            Err(RecvError::Lagged(missed)) => {
                warn!(target: "rpc::subscriptions", what, missed, "news was missed: all who subscribed to it are dropped");
                feed.skip(missed);
            }
            // The node ends.
            Err(RecvError::Closed) => pending().await,
        }
    }
}

/// Whether the node is synchronized, when that changes. Cancel-safe.
async fn changed(sync: &mut watch::Receiver<SyncState>) -> bool {
    if sync.changed().await.is_err() {
        // The state stays as it is.
        pending::<()>().await;
    }
    sync.borrow_and_update().is_synced()
}
