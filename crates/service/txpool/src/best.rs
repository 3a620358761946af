//! The transactions of the pool in the order in which a block takes them.

use crate::transaction::PoolTransaction;
use std::{
    fmt::Debug,
    sync::{Arc, Weak},
};

/// Where the builder of a block takes transactions from.
pub trait TransactionSource: Debug + Send + Sync {
    /// The executable transactions that pay a base fee (wei), best first.
    fn best_transactions(&self, base_fee: u64) -> Box<dyn BestTransactions>;

    /// Tells a listener whenever there are more executable transactions, until it is dropped.
    fn listen(&self, listener: Weak<dyn PendingListener>);
}

/// Executable transactions, those with the highest effective tip first, those of one sender by nonce.
pub trait BestTransactions: Debug + Send {
    /// The next one. `None` if there is none now; one that comes later is given by a later call.
    fn next(&mut self) -> Option<Arc<PoolTransaction>>;

    /// Says that the transaction given last cannot be in the block, so that nothing of its sender
    /// can that comes after it.
    fn skip_sender(&mut self);
}

/// Whoever waits for executable transactions.
pub trait PendingListener: Debug + Send + Sync {
    /// There are new ones. Called on the pool's thread: returns at once.
    fn on_pending(&self);
}
