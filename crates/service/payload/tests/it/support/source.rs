//! Sources of transactions that stand for the pool: they give what they are told to, valid or not.

use super::{Sender, Tx};
use alloy_primitives::{Address, TxHash};
use parking_lot::{Condvar, Mutex};
use rollup_payload::BuiltPayload;
use rollup_txpool::{BestTransactions, PendingListener, PoolTransaction, TransactionSource};
use std::{
    collections::BTreeSet,
    sync::{Arc, Weak, mpsc::SyncSender},
    time::Duration,
};

const LIMIT: Duration = Duration::from_secs(60);

/// Gives a list in its order, less the senders that were skipped.
#[derive(Clone, Debug, Default)]
pub(crate) struct ListSource(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    list: Mutex<List>,
    drained: Condvar,
}

#[derive(Debug, Default)]
struct List {
    transactions: Vec<Arc<PoolTransaction>>,
    listeners: Vec<Weak<dyn PendingListener>>,
    /// Senders that were skipped, in this order.
    skipped: Vec<Address>,
    /// Base fees that were asked with.
    base_fees: Vec<u64>,
    /// Whether the last that was asked for was not there.
    is_drained: bool,
    /// Whether somebody has asked and will not again.
    is_left: bool,
}

impl ListSource {
    pub(crate) fn new(transactions: impl IntoIterator<Item = Arc<PoolTransaction>>) -> Self {
        let source = Self::default();
        source.0.list.lock().transactions.extend(transactions);
        source
    }

    /// Adds a transaction and tells who listens.
    pub(crate) fn add(&self, transaction: Arc<PoolTransaction>) {
        let listeners = {
            let mut list = self.0.list.lock();
            list.transactions.push(transaction);
            list.is_drained = false;
            list.listeners.clone()
        };
        listeners.iter().filter_map(Weak::upgrade).for_each(|listener| listener.on_pending());
    }

    /// Waits until everything was given.
    pub(crate) fn wait_until_drained(&self) {
        let mut list = self.0.list.lock();
        while !list.is_drained {
            assert!(!self.0.drained.wait_for(&mut list, LIMIT).timed_out(), "nobody asks");
        }
    }

    /// Waits until everything was given, or nobody asks for more.
    pub(crate) fn wait_until_drained_or_left(&self) {
        let mut list = self.0.list.lock();
        while !list.is_drained && !list.is_left {
            assert!(!self.0.drained.wait_for(&mut list, LIMIT).timed_out(), "nobody asks");
        }
    }

    pub(crate) fn skipped(&self) -> Vec<Address> {
        self.0.list.lock().skipped.clone()
    }

    pub(crate) fn base_fees(&self) -> Vec<u64> {
        self.0.list.lock().base_fees.clone()
    }

    /// Listeners that are still there.
    pub(crate) fn listeners(&self) -> usize {
        self.0.list.lock().listeners.iter().filter(|listener| listener.strong_count() > 0).count()
    }
}

impl TransactionSource for ListSource {
    fn best_transactions(&self, base_fee: u64) -> Box<dyn BestTransactions> {
        self.0.list.lock().base_fees.push(base_fee);
        let shared = Arc::clone(&self.0);
        Box::new(ListBest { shared, next: 0, last: None, skipped: BTreeSet::new() })
    }

    fn listen(&self, listener: Weak<dyn PendingListener>) {
        self.0.list.lock().listeners.push(listener);
    }
}

#[derive(Debug)]
struct ListBest {
    shared: Arc<Shared>,
    next: usize,
    last: Option<Address>,
    skipped: BTreeSet<Address>,
}

impl Drop for ListBest {
    fn drop(&mut self) {
        self.shared.list.lock().is_left = true;
        self.shared.drained.notify_all();
    }
}

impl BestTransactions for ListBest {
    fn next(&mut self) -> Option<Arc<PoolTransaction>> {
        let mut list = self.shared.list.lock();
        while let Some(transaction) = list.transactions.get(self.next) {
            self.next += 1;
            if !self.skipped.contains(&transaction.sender()) {
                self.last = Some(transaction.sender());
                return Some(Arc::clone(transaction));
            }
        }
        list.is_drained = true;
        self.shared.drained.notify_all();
        None
    }

    fn skip_sender(&mut self) {
        let sender = self.last.unwrap();
        self.skipped.insert(sender);
        self.shared.list.lock().skipped.push(sender);
    }
}

/// Never ends: transfers of one sender, nonce by nonce.
#[derive(Debug)]
pub(crate) struct EndlessSource {
    pub(crate) sender: Sender,
    /// Hears of the transaction with this nonce being given.
    pub(crate) at: u64,
    pub(crate) given: SyncSender<()>,
}

impl TransactionSource for EndlessSource {
    fn best_transactions(&self, _: u64) -> Box<dyn BestTransactions> {
        let (sender, given) = (self.sender.clone(), self.given.clone());
        Box::new(EndlessBest { sender, nonce: 0, at: self.at, given })
    }

    fn listen(&self, _: Weak<dyn PendingListener>) {}
}

#[derive(Debug)]
struct EndlessBest {
    sender: Sender,
    nonce: u64,
    at: u64,
    given: SyncSender<()>,
}

impl BestTransactions for EndlessBest {
    fn next(&mut self) -> Option<Arc<PoolTransaction>> {
        if self.nonce == self.at {
            // A test that has ended does not listen.
            self.given.send(()).ok();
        }
        let transaction = self.sender.pooled(Tx::transfer(self.nonce));
        self.nonce += 1;
        Some(transaction)
    }

    fn skip_sender(&mut self) {}
}

/// Hashes of the transactions in a block.
pub(crate) fn hashes(payload: &BuiltPayload) -> Vec<TxHash> {
    payload.block.block.body().transactions.iter().map(|tx| *tx.hash()).collect()
}
