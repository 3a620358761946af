//! The pool as the builder of blocks sees it, and how far the builder is.

use rollup_txpool::{BestTransactions, PendingListener, PoolTransaction, TransactionSource};
use std::sync::{Arc, Weak};
use tokio::sync::watch;

/// How far build jobs are. Jobs are counted from 1.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Progress {
    /// The last job that began to take transactions.
    pub(crate) begun: u64,
    /// The last job that has found nothing more in the pool.
    pub(crate) drained: u64,
}

/// Gives what the pool gives, and tells how far the jobs are: so a scenario seals a block when it
/// has all that is there, and not after some time.
#[derive(Debug)]
pub(crate) struct WatchedPool {
    pool: Arc<dyn TransactionSource>,
    progress: watch::Sender<Progress>,
}

impl WatchedPool {
    pub(crate) fn new(
        pool: Arc<dyn TransactionSource>,
        progress: &watch::Sender<Progress>,
    ) -> Self {
        Self { pool, progress: progress.clone() }
    }
}

impl TransactionSource for WatchedPool {
    fn best_transactions(&self, base_fee: u64) -> Box<dyn BestTransactions> {
        let mut job = 0;
        self.progress.send_modify(|progress| {
            progress.begun += 1;
            job = progress.begun;
        });
        let best = self.pool.best_transactions(base_fee);
        Box::new(WatchedBest { best, job, progress: self.progress.clone() })
    }

    fn listen(&self, listener: Weak<dyn PendingListener>) {
        self.pool.listen(listener);
    }
}

#[derive(Debug)]
struct WatchedBest {
    best: Box<dyn BestTransactions>,
    job: u64,
    progress: watch::Sender<Progress>,
}

impl BestTransactions for WatchedBest {
    fn next(&mut self) -> Option<Arc<PoolTransaction>> {
        let next = self.best.next();
        if next.is_none() {
            self.progress.send_modify(|progress| progress.drained = progress.drained.max(self.job));
        }
        next
    }

    fn skip_sender(&mut self) {
        self.best.skip_sender();
    }
}
