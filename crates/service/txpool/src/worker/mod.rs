//! The thread of the pool: it alone validates, inserts and follows the chain.

mod follow;
mod inbox;
mod intake;
mod restore;
#[cfg(test)]
mod tests;

pub(crate) use inbox::{Inbox, Job, Submission};

use crate::{
    best::PendingListener,
    config::TxpoolConfig,
    error::TxpoolStartError,
    history::History,
    journal::Journal,
    metrics::TxpoolMetrics,
    pool::{Effects, Limits, Pool},
    transaction::PoolTransaction,
    validation::{Head, Rules},
};
use alloy_eips::eip2718::Encodable2718;
use inbox::Work;
use intake::Item;
use parking_lot::{Mutex, RwLock};
use rollup_evm::ScrollEvmConfig;
use rollup_runtime::Clock;
use rollup_storage::Storage;
use std::{
    sync::{Arc, Weak},
    time::Duration,
};
use tokio::sync::broadcast;
use tracing::error;

/// New executable transactions that a subscriber may be behind before it misses some.
const SUBSCRIPTION_CAPACITY: usize = 4096;
/// How often in its lifetime a transaction that waits is looked at.
const LOOKS_PER_LIFETIME: u32 = 16;

/// What the thread shares with the handles.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) pool: RwLock<Pool>,
    pub(crate) inbox: Inbox,
    pub(crate) rules: Rules,
    pub(crate) new_pending: broadcast::Sender<Arc<PoolTransaction>>,
    pub(crate) listeners: Mutex<Vec<Weak<dyn PendingListener>>>,
    pub(crate) metrics: TxpoolMetrics,
    pub(crate) history: Mutex<History>,
    pub(crate) clock: Arc<dyn Clock>,
}

/// State of the thread.
#[derive(Debug)]
pub(crate) struct Worker {
    shared: Arc<Shared>,
    storage: Storage,
    evm: ScrollEvmConfig,
    clock: Arc<dyn Clock>,
    config: TxpoolConfig,
    head: Head,
    journal: Option<Journal>,
    /// Whether the state of every sender has to be read anew.
    is_behind: bool,
    /// Transactions of blocks that left the chain, which are not back in the pool yet.
    returned: Vec<Item>,
    expired_at: Duration,
}

impl Worker {
    /// Makes the pool, and fills it from the journal.
    ///
    /// # Errors
    /// If state or journal cannot be read, or the journal not be written.
    pub(crate) fn new(
        config: TxpoolConfig,
        storage: Storage,
        evm: ScrollEvmConfig,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, TxpoolStartError> {
        let head = Head::read(&evm, &storage.view()?)?;
        let shared = Shared {
            pool: RwLock::new(Pool::new(Limits::from(&config), head.conditions)),
            inbox: Inbox::new(config.max_waiting_validations),
            rules: Rules::new(&config, evm.chain_spec()),
            new_pending: broadcast::Sender::new(SUBSCRIPTION_CAPACITY),
            listeners: Mutex::default(),
            metrics: TxpoolMetrics::default(),
            history: Mutex::new(History::new()),
            clock: Arc::clone(&clock),
        };
        let expired_at = clock.now();
        let mut worker = Self {
            shared: Arc::new(shared),
            storage,
            evm,
            clock,
            config,
            head,
            journal: None,
            is_behind: false,
            returned: Vec::new(),
            expired_at,
        };
        worker.restore()?;
        Ok(worker)
    }

    pub(crate) const fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// Works until the inbox is closed.
    pub(crate) fn run(mut self) {
        let _close = CloseOnDrop(Arc::clone(&self.shared));
        while let Some(Work { changes, has_missed_changes, jobs }) = self.shared.inbox.take() {
            if !changes.is_empty() {
                self.follow(&changes, has_missed_changes);
            }
            if !jobs.is_empty() {
                self.answer(jobs);
            }
            self.expire();
        }
        self.rewrite_journal();
    }

    fn expire(&mut self) {
        let now = self.clock.now();
        let lifetime = self.config.lifetime;
        if now.saturating_sub(self.expired_at) < lifetime / LOOKS_PER_LIFETIME {
            return;
        }
        self.expired_at = now;
        self.change_pool(|pool| pool.expire(lifetime, now));
    }

    /// Changes the pool under its lock, and tells of the effects.
    fn change_pool<T>(&self, change: impl FnOnce(&mut Pool) -> T) -> T {
        self.shared.change_pool(change)
    }

    /// Writes the journal anew with what it is to keep of the pool. A failure is told to the
    /// operator; the journal is as it was then.
    fn rewrite_journal(&mut self) {
        let Some(journal) = &mut self.journal else { return };
        let transactions = self.shared.journaled_transactions();
        match journal.rewrite(transactions.iter().map(Vec::as_slice)) {
            Ok(()) => self.shared.metrics.record_journal(journal.bytes()),
            Err(err) => {
                self.shared.metrics.record_internal_error();
                error!(target: "txpool::journal", %err, source = %err.source, "the journal cannot be written anew");
            }
        }
    }
}

impl Shared {
    /// Changes the pool under its lock, and tells of the effects.
    pub(crate) fn change_pool<T>(&self, change: impl FnOnce(&mut Pool) -> T) -> T {
        let (result, effects, size) = {
            let mut pool = self.pool.write();
            let result = change(&mut pool);
            (result, pool.take_effects(), pool.size())
        };
        self.metrics.record_size(size);
        self.publish(effects);
        result
    }

    /// EIP-2718 bytes of the transactions that the journal keeps, those of one sender by nonce.
    pub(crate) fn journaled_transactions(&self) -> Vec<Vec<u8>> {
        let transactions = self.by_nonce(PoolTransaction::is_journaled);
        transactions.iter().map(|transaction| transaction.transaction.encoded_2718()).collect()
    }

    /// The local transactions, those of one sender by nonce.
    pub(crate) fn local_transactions(&self) -> Vec<Arc<PoolTransaction>> {
        self.by_nonce(PoolTransaction::is_local)
    }

    fn by_nonce(&self, is_meant: impl Fn(&PoolTransaction) -> bool) -> Vec<Arc<PoolTransaction>> {
        let mut transactions: Vec<Arc<PoolTransaction>> = {
            let pool = self.pool.read();
            pool.transactions().filter(|transaction| is_meant(transaction)).cloned().collect()
        };
        transactions.sort_by_key(|transaction| (transaction.sender(), transaction.nonce()));
        transactions
    }

    fn publish(&self, effects: Effects) {
        self.metrics.record_removals(&effects);
        if !effects.removed.is_empty() {
            self.history.lock().note_removed(&effects.removed, self.clock.unix_time());
        }
        for transaction in effects.pending {
            // Nobody may be subscribed.
            self.new_pending.send(transaction).ok();
        }
        if effects.has_more {
            let listeners = {
                let mut listeners = self.listeners.lock();
                listeners.retain(|listener| listener.strong_count() > 0);
                listeners.clone()
            };
            listeners.iter().filter_map(Weak::upgrade).for_each(|listener| listener.on_pending());
        }
    }
}

/// Tells whoever waits that nobody will answer, also if the thread panics.
struct CloseOnDrop(Arc<Shared>);

impl Drop for CloseOnDrop {
    fn drop(&mut self) {
        self.0.inbox.close();
    }
}
