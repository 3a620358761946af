#![doc = include_str!("../README.md")]

use alloy_primitives::{Address, TxHash};
use rollup_txpool::{
    BestTransactions, PendingListener, PoolTransaction, TransactionSource, TransactionsBySender,
    Txpool,
};
use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap, HashSet},
    sync::{Arc, Weak},
    time::Duration,
};

/// Gives the transactions of a pool, oldest first.
#[derive(Clone, Debug)]
pub struct FairOrder {
    pool: Txpool,
}

impl FairOrder {
    /// Of this pool.
    pub fn new(pool: &Txpool) -> Self {
        Self { pool: pool.clone() }
    }
}

impl TransactionSource for FairOrder {
    fn best_transactions(&self, base_fee: u64) -> Box<dyn BestTransactions> {
        Box::new(OldestFirst::new(self.pool.clone(), base_fee))
    }

    fn listen(&self, listener: Weak<dyn PendingListener>) {
        self.pool.listen(listener);
    }
}

/// When a transaction came, whose it is, and which one.
type Place = Reverse<(Duration, Address, TxHash)>;

/// A walk over the pool for one block.
///
/// It looks at the whole pool when it begins, and again whenever it has given all it saw: what comes
/// meanwhile is younger.
#[derive(Debug)]
struct OldestFirst {
    pool: Txpool,
    base_fee: u64,
    /// The pool as it was at the last look.
    seen: TransactionsBySender,
    /// The next transaction of each sender.
    next: BinaryHeap<Place>,
    /// Nonce after the last transaction that was given.
    given: HashMap<Address, u64>,
    skipped: HashSet<Address>,
    last: Option<Address>,
}

impl OldestFirst {
    fn new(pool: Txpool, base_fee: u64) -> Self {
        Self {
            pool,
            base_fee,
            seen: TransactionsBySender::new(),
            next: BinaryHeap::new(),
            given: HashMap::new(),
            skipped: HashSet::new(),
            last: None,
        }
    }

    fn look_again(&mut self) {
        self.seen = self.pool.content().pending;
        let senders: Vec<Address> = self.seen.keys().copied().collect();
        for sender in senders {
            self.line_up(sender);
        }
    }

    /// Puts the next transaction of a sender into the line, if it pays the base fee.
    fn line_up(&mut self, sender: Address) {
        if self.skipped.contains(&sender) {
            return;
        }
        let given = self.given.get(&sender).copied().unwrap_or_default();
        let transactions = self.seen.get(&sender).into_iter();
        let mut left = transactions.flat_map(|by_nonce| by_nonce.range(given..));
        // Below the first one there is none that is executable, and after one that was given there
        // must be no gap.
        if let Some((nonce, transaction)) = left.next()
            && (given == 0 || *nonce == given)
            && transaction.effective_tip(self.base_fee).is_some()
        {
            self.next.push(Reverse((transaction.received_at, sender, transaction.hash())));
        }
    }

    fn take(&mut self) -> Option<Arc<PoolTransaction>> {
        while let Some(Reverse((_, sender, hash))) = self.next.pop() {
            // It may have been replaced, or be in a block by now.
            let Some(transaction) = self.pool.get(&hash) else { continue };
            if self.skipped.contains(&sender) {
                continue;
            }
            self.given.insert(sender, transaction.nonce().saturating_add(1));
            self.last = Some(sender);
            self.line_up(sender);
            return Some(transaction);
        }
        None
    }
}

impl BestTransactions for OldestFirst {
    fn next(&mut self) -> Option<Arc<PoolTransaction>> {
        if let Some(transaction) = self.take() {
            return Some(transaction);
        }
        self.look_again();
        self.take()
    }

    fn skip_sender(&mut self) {
        self.skipped.extend(self.last);
    }
}
