//! The senders in the orders that the pool needs them in.

use super::{
    entry::{Rank, Worth},
    sender::{Keys, SenderQueue},
};
use alloy_primitives::{Address, map::AddressMap};
use std::{collections::BTreeMap, ops::Bound};

/// The senders, ordered. The transactions of one sender have an order of their own, so each index
/// holds a sender once.
#[derive(Debug, Default)]
pub(super) struct Indices {
    /// By the first executable transaction, best first.
    by_rank: BTreeMap<Rank, Address>,
    /// By the last executable transaction, worst first.
    by_pending_worth: BTreeMap<Worth, Address>,
    /// By the last transaction, if it is not executable; worst first.
    by_queued_worth: BTreeMap<Worth, Address>,
    /// By the last change of what is executable. Only senders with executable transactions.
    by_change: BTreeMap<u64, Address>,
    changes: u64,
    epoch: u64,
}

impl Indices {
    /// Brings the keys of a sender up to date.
    pub(super) fn update(&mut self, address: Address, queue: &mut SenderQueue, base_fee: u64) {
        self.remove(address, queue);
        let mut keys = queue.current_keys(base_fee);
        self.changes += 1;
        keys.change = self.changes;
        if let Some(rank) = keys.rank {
            self.by_rank.insert(rank, address);
            self.by_change.insert(keys.change, address);
        }
        if let Some(worth) = keys.pending {
            self.by_pending_worth.insert(worth, address);
        }
        if let Some(worth) = keys.queued {
            self.by_queued_worth.insert(worth, address);
        }
        queue.keys = keys;
    }

    /// Forgets a sender.
    pub(super) fn remove(&mut self, address: Address, queue: &mut SenderQueue) {
        let keys = std::mem::take(&mut queue.keys);
        if let Some(rank) = keys.rank {
            let removed = self.by_rank.remove(&rank);
            debug_assert_eq!(removed, Some(address));
            self.by_change.remove(&keys.change);
        }
        if let Some(worth) = keys.pending {
            self.by_pending_worth.remove(&worth);
        }
        if let Some(worth) = keys.queued {
            self.by_queued_worth.remove(&worth);
        }
    }

    /// Orders all senders anew. Ranks of before no longer compare with those that come.
    pub(super) fn rebuild(&mut self, senders: &mut AddressMap<SenderQueue>, base_fee: u64) {
        self.epoch += 1;
        let (mut ranks, mut pending, mut queued, mut changed) =
            (Vec::with_capacity(senders.len()), Vec::new(), Vec::new(), Vec::new());
        for (address, queue) in senders {
            self.changes += 1;
            let keys = Keys { change: self.changes, ..queue.current_keys(base_fee) };
            if let Some(rank) = keys.rank {
                ranks.push((rank, *address));
                changed.push((keys.change, *address));
            }
            pending.extend(keys.pending.map(|worth| (worth, *address)));
            queued.extend(keys.queued.map(|worth| (worth, *address)));
            queue.keys = keys;
        }
        // Collecting sorts once, which is cheaper than an insert for each.
        self.by_rank = ranks.into_iter().collect();
        self.by_pending_worth = pending.into_iter().collect();
        self.by_queued_worth = queued.into_iter().collect();
        self.by_change = changed.into_iter().collect();
    }

    /// Changes whenever ranks of before no longer compare with those of now.
    pub(super) const fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Number of the last change.
    pub(super) const fn last_change(&self) -> u64 {
        self.changes
    }

    /// The sender with the best rank behind `rank`, or the best one of all.
    pub(super) fn best_after(&self, rank: Option<Rank>) -> Option<(Rank, Address)> {
        let start = rank.map_or(Bound::Unbounded, Bound::Excluded);
        let (rank, address) = self.by_rank.range((start, Bound::Unbounded)).next()?;
        Some((*rank, *address))
    }

    /// The senders with executable transactions that changed after `change`, in that order.
    pub(super) fn changed_after(&self, change: u64) -> impl Iterator<Item = Address> {
        self.by_change
            .range((Bound::Excluded(change), Bound::Unbounded))
            .map(|(_, address)| *address)
    }

    pub(super) fn worst_pending(&self) -> Option<Address> {
        self.by_pending_worth.first_key_value().map(|(_, address)| *address)
    }

    pub(super) fn worst_queued(&self) -> Option<Address> {
        self.by_queued_worth.first_key_value().map(|(_, address)| *address)
    }

    /// How many entries there are in all orders together.
    #[cfg(test)]
    pub(super) fn entries(&self) -> usize {
        let worths = self.by_pending_worth.len() + self.by_queued_worth.len();
        self.by_rank.len() + self.by_change.len() + worths
    }
}
