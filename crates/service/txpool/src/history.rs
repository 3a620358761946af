//! What became of transactions that are not in the pool.

use crate::{
    error::{PoolError, PoolErrorKind},
    explanation::{Departure, DepartureReason, Rejection, Reorged, TransactionHistory},
    pool::Removal,
    transaction::PoolTransaction,
};
use alloy_eips::BlockNumHash;
use alloy_primitives::{Address, TxHash};
use rollup_runtime::RecentMap;
use rollup_storage::CanonicalChange;
use std::{collections::HashMap, sync::Arc, time::Duration};

/// Transactions of each kind that are remembered. One takes less than 300 bytes, so all of them
/// less than 9 MB.
pub(crate) const REMEMBERED: usize = 10_000;

/// What became of transactions that are not in the pool. Who is refused cannot make it forget who
/// was not: each kind has room of its own.
#[derive(Debug)]
pub(crate) struct History {
    departures: RecentMap<TxHash, Departure>,
    rejections: RecentMap<TxHash, Rejection>,
    reorgs: RecentMap<TxHash, Reorged>,
    /// The transactions of the blocks that are just taken over, by sender and nonce.
    included: HashMap<(Address, u64), TxHash>,
}

impl History {
    pub(crate) fn new() -> Self {
        Self {
            departures: RecentMap::new(REMEMBERED),
            rejections: RecentMap::new(REMEMBERED),
            reorgs: RecentMap::new(REMEMBERED),
            included: HashMap::new(),
        }
    }

    pub(crate) fn of(&self, hash: &TxHash) -> TransactionHistory {
        TransactionHistory {
            departure: self.departures.get(hash).copied(),
            rejection: self.rejections.get(hash).cloned(),
            reorged: self.reorgs.get(hash).copied(),
        }
    }

    /// Notes which transactions blocks hold, of those senders that are asked for, until
    /// [`Self::forget_included`].
    pub(crate) fn note_included(
        &mut self,
        changes: &[Arc<CanonicalChange>],
        is_sender: impl Fn(Address) -> bool,
    ) {
        let blocks = changes.iter().flat_map(|change| &change.added);
        for (sender, transaction) in blocks.flat_map(|block| block.block.transactions_with_sender())
        {
            if !transaction.is_l1_message() && is_sender(*sender) {
                let nonce = alloy_consensus::Transaction::nonce(transaction);
                self.included.insert((*sender, nonce), *transaction.hash());
            }
        }
    }

    pub(crate) fn forget_included(&mut self) {
        self.included.clear();
    }

    /// Notes the transactions of blocks that left the chain.
    pub(crate) fn note_reorgs(&mut self, changes: &[Arc<CanonicalChange>], at: Duration) {
        for removed in changes.iter().flat_map(|change| &change.removed) {
            let block = BlockNumHash::new(removed.block.number, removed.block.hash());
            for transaction in &removed.block.body().transactions {
                self.reorgs.insert(*transaction.hash(), Reorged { block, at });
            }
        }
    }

    /// Notes transactions that left the pool, but for those that are in a block.
    pub(crate) fn note_removed(
        &mut self,
        removed: &[(Arc<PoolTransaction>, Removal)],
        at: Duration,
    ) {
        for (transaction, reason) in removed {
            let (hash, sender, nonce) =
                (transaction.hash(), transaction.sender(), transaction.nonce());
            let reason = match *reason {
                Removal::NonceUsed => {
                    let by = self.included.get(&(sender, nonce)).copied();
                    if by == Some(hash) {
                        continue;
                    }
                    DepartureReason::NonceUsed { by }
                }
                Removal::Replaced { by } => DepartureReason::Replaced { by },
                Removal::Full => DepartureReason::Full,
                Removal::AccountLimit => DepartureReason::AccountLimit,
                Removal::Expired => DepartureReason::Expired,
                Removal::Refused => DepartureReason::Refused,
            };
            self.departures.insert(hash, Departure { reason, sender, nonce, at });
        }
    }

    /// Notes that a transaction was not taken, if that says something of the transaction.
    pub(crate) fn note_rejected(&mut self, hash: TxHash, error: &PoolError, at: Duration) {
        let is_known = matches!(error, PoolError::AlreadyKnown);
        if !is_known && error.kind() != PoolErrorKind::Internal {
            self.rejections.insert(hash, Rejection { error: error.clone(), at });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_of_it_takes_the_documented_memory() {
        // The key is in the map and in the order, which may be twice as long.
        let overhead = 3 * (size_of::<TxHash>() + size_of::<u64>());
        let largest = [size_of::<Departure>(), size_of::<Rejection>(), size_of::<Reorged>()]
            .into_iter()
            .max();
        assert!(largest.unwrap() + overhead < 300, "{largest:?}");
    }

    #[test]
    fn what_says_nothing_of_a_transaction_is_not_noted() {
        let mut history = History::new();
        for error in [PoolError::AlreadyKnown, PoolError::Busy, PoolError::Stopped] {
            history.note_rejected(TxHash::ZERO, &error, Duration::ZERO);
        }
        assert!(history.of(&TxHash::ZERO).rejection.is_none());
        history.note_rejected(TxHash::ZERO, &PoolError::Full, Duration::ZERO);
        let rejection = history.of(&TxHash::ZERO).rejection.unwrap();
        assert!(matches!(rejection.error, PoolError::Full));
    }
}
