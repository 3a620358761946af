//! The front of the pool.

use crate::{
    best::{BestTransactions, PendingListener, TransactionSource},
    config::TxpoolConfig,
    content::{PoolContent, PoolSize},
    error::{PoolError, TxpoolStartError},
    explanation::{Explanation, TransactionHistory},
    pool::BestState,
    transaction::{PoolTransaction, TransactionOrigin},
    validation::DecodedTransaction,
    worker::{Job, Shared, Submission, Worker},
};
use alloy_primitives::{Address, Bytes, TxHash};
use parking_lot::Mutex;
use rollup_evm::ScrollEvmConfig;
use rollup_primitives::{ScrollPooledTransaction, ScrollTxEnvelope};
use rollup_runtime::Clock;
use rollup_storage::{CanonicalChange, Storage};
use std::{
    sync::{Arc, Weak},
    thread::{self, JoinHandle},
};
use tokio::sync::{broadcast, oneshot};
use tracing::error;

/// Name of the pool's thread.
const THREAD_NAME: &str = "txpool";

/// Front of the pool. Cloning gives another one.
///
/// Reading never waits for a validation. When the last handle is dropped, the pool shuts down.
#[derive(Clone, Debug)]
pub struct Txpool {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    shared: Arc<Shared>,
    no_locals: bool,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Txpool {
    /// Starts a pool on the head of `storage`: fills it from the journal, and starts its thread.
    /// Blocks; do not call it on an async thread.
    ///
    /// # Errors
    /// [`TxpoolStartError::Storage`] if the state cannot be read, [`TxpoolStartError::Journal`] if
    /// the journal cannot be read or written (what is in it is never a reason), and
    /// [`TxpoolStartError::Thread`].
    pub fn start(
        config: TxpoolConfig,
        storage: Storage,
        evm: ScrollEvmConfig,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, TxpoolStartError> {
        let no_locals = config.no_locals;
        let worker = Worker::new(config, storage, evm, clock)?;
        let shared = Arc::clone(worker.shared());
        let thread = thread::Builder::new()
            .name(THREAD_NAME.to_owned())
            .spawn(|| worker.run())
            .map_err(|source| TxpoolStartError::Thread { source })?;
        let thread = Mutex::new(Some(thread));
        Ok(Self { inner: Arc::new(Inner { shared, no_locals, thread }) })
    }

    /// Validates a transaction in its EIP-2718 encoding and takes it. A local one is durable when
    /// this returns. Cancelling does not take the transaction back.
    ///
    /// # Errors
    /// See [`PoolError`].
    pub async fn add_raw(
        &self,
        raw: Bytes,
        origin: TransactionOrigin,
    ) -> Result<TxHash, PoolError> {
        // Before it takes room among those that wait.
        if let Err(err) = self.shared().rules.check_size(raw.len()) {
            self.shared().metrics.record_rejection(&err);
            return Err(err);
        }
        self.submit(Submission::Raw(raw), origin).await
    }

    /// As [`Self::add_raw`], for a transaction that is decoded.
    ///
    /// # Errors
    /// See [`PoolError`].
    pub async fn add(
        &self,
        transaction: ScrollPooledTransaction,
        origin: TransactionOrigin,
    ) -> Result<TxHash, PoolError> {
        let decoded = DecodedTransaction::from(ScrollTxEnvelope::from(transaction));
        self.submit(Submission::Decoded(Box::new(decoded)), origin).await
    }

    async fn submit(
        &self,
        submission: Submission,
        origin: TransactionOrigin,
    ) -> Result<TxHash, PoolError> {
        let origin = if self.inner.no_locals { TransactionOrigin::External } else { origin };
        let (reply, outcome) = oneshot::channel();
        if let Err(err) = self.shared().inbox.push(Job { submission, origin, reply }) {
            self.shared().metrics.record_rejection(&err);
            return Err(err);
        }
        // The thread drops no reply but when it ends.
        outcome.await.unwrap_or(Err(PoolError::Stopped))
    }

    /// Tells the pool of a change of the chain. Changes are taken over in this order, before
    /// transactions that wait. Returns at once.
    pub fn on_canonical_change(&self, change: &Arc<CanonicalChange>) {
        self.shared().inbox.push_change(Arc::clone(change));
    }

    /// The transaction with this hash.
    pub fn get(&self, hash: &TxHash) -> Option<Arc<PoolTransaction>> {
        self.shared().pool.read().get(hash).cloned()
    }

    /// Whether there is a transaction with this hash.
    pub fn contains(&self, hash: &TxHash) -> bool {
        self.shared().pool.read().get(hash).is_some()
    }

    /// Where in the pool a transaction is, and what it waits for. `None` if it is not in the pool.
    pub fn explain(&self, hash: &TxHash) -> Option<Explanation> {
        self.shared().pool.read().explain(hash)
    }

    /// What is remembered of a transaction, whether it is in the pool now or not.
    pub fn history(&self, hash: &TxHash) -> TransactionHistory {
        self.shared().history.lock().of(hash)
    }

    /// Removes a transaction because whoever makes the blocks has refused it, if it is here.
    pub fn refuse(&self, hash: &TxHash) {
        let now = self.shared().clock.now();
        self.shared().change_pool(|pool| pool.refuse(hash, now));
    }

    /// The transactions that users of this node handed in, those of one sender by nonce.
    pub fn local_transactions(&self) -> Vec<Arc<PoolTransaction>> {
        self.shared().local_transactions()
    }

    /// Nonce after the last executable transaction of a sender. `None` if it has none.
    pub fn next_nonce(&self, sender: Address) -> Option<u64> {
        let pool = self.shared().pool.read();
        let queue = pool.sender(sender)?;
        (queue.size().pending > 0).then(|| queue.pending_end())
    }

    /// How much is in the pool.
    pub fn size(&self) -> PoolSize {
        self.shared().pool.read().size()
    }

    /// Everything in the pool.
    pub fn content(&self) -> PoolContent {
        self.shared().pool.read().content(None)
    }

    /// What is in the pool of one sender.
    pub fn content_of(&self, sender: Address) -> PoolContent {
        self.shared().pool.read().content(Some(sender))
    }

    /// Transactions that become executable for the first time, from now on. A receiver that is too
    /// slow misses the oldest ones, and is told so.
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<PoolTransaction>> {
        self.shared().new_pending.subscribe()
    }

    /// Takes nothing more, writes the journal and ends the thread. Blocks; do not call it on an
    /// async thread. What is in the pool can still be read.
    pub fn shutdown(&self) {
        self.inner.shut_down();
    }

    fn shared(&self) -> &Arc<Shared> {
        &self.inner.shared
    }
}

impl Inner {
    fn shut_down(&self) {
        self.shared.inbox.close();
        let Some(thread) = self.thread.lock().take() else { return };
        // A listener may hold the last handle, on the thread itself.
        if thread.thread().id() != thread::current().id() && thread.join().is_err() {
            error!(target: "txpool::handle", "the thread of the pool panicked");
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.shut_down();
    }
}

impl TransactionSource for Txpool {
    fn best_transactions(&self, base_fee: u64) -> Box<dyn BestTransactions> {
        Box::new(Best { shared: Arc::clone(self.shared()), state: BestState::new(base_fee) })
    }

    fn listen(&self, listener: Weak<dyn PendingListener>) {
        let mut listeners = self.shared().listeners.lock();
        listeners.retain(|listener| listener.strong_count() > 0);
        listeners.push(listener);
    }
}

/// A walk over the pool that locks it for each step alone.
#[derive(Debug)]
struct Best {
    shared: Arc<Shared>,
    state: BestState,
}

impl BestTransactions for Best {
    fn next(&mut self) -> Option<Arc<PoolTransaction>> {
        self.state.next(&self.shared.pool.read())
    }

    fn skip_sender(&mut self) {
        self.state.skip_sender();
    }
}
