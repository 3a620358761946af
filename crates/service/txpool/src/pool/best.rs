//! The executable transactions in the order in which a block takes them.

use super::{
    Pool,
    entry::{Arrival, Entry, Rank},
};
use crate::transaction::PoolTransaction;
use alloy_primitives::{
    Address,
    map::{AddressMap, AddressSet},
};
use std::{cmp::Reverse, collections::BinaryHeap, sync::Arc};

/// Where a walk over the executable transactions is.
///
/// It reads the order of the pool from the front, and keeps aside only what that order does not
/// show: the successors of what it gave, and whatever changed behind its back. If the pool's order
/// is for another base fee, it keeps all senders aside.
#[derive(Debug)]
pub(crate) struct BestState {
    base_fee: u64,
    /// Epoch of the pool's order that `cursor` is in; `None` before the first call.
    epoch: Option<u64>,
    /// How far the pool's order is read.
    cursor: Cursor,
    /// Last change of the pool that is taken note of.
    change: u64,
    aside: BinaryHeap<Reverse<Aside>>,
    progress: AddressMap<Progress>,
    skipped: AddressSet,
    last: Option<Address>,
}

#[derive(Clone, Copy, Debug)]
enum Cursor {
    /// Up to this rank.
    At(Option<Rank>),
    /// It is not read: it is for another base fee.
    Unused,
}

/// The next transaction of a sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Aside {
    rank: Rank,
    sender: Address,
    nonce: u64,
    arrival: Arrival,
}

#[derive(Clone, Copy, Debug, Default)]
struct Progress {
    /// Nonce after the last one that was given. Zero if none was.
    given_end: u64,
    /// The transaction that was last kept aside.
    aside: Option<Arrival>,
}

impl BestState {
    pub(crate) fn new(base_fee: u64) -> Self {
        Self {
            base_fee,
            epoch: None,
            cursor: Cursor::Unused,
            change: 0,
            aside: BinaryHeap::new(),
            progress: AddressMap::default(),
            skipped: AddressSet::default(),
            last: None,
        }
    }

    /// Nothing more of the sender of the last one.
    pub(crate) fn skip_sender(&mut self) {
        if let Some(sender) = self.last {
            self.skipped.insert(sender);
        }
    }

    /// The best one that was not given yet.
    pub(crate) fn next(&mut self, pool: &Pool) -> Option<Arc<PoolTransaction>> {
        self.follow(pool);
        loop {
            let (sender, nonce, arrival) = self.pop(pool)?;
            if self.skipped.contains(&sender) || self.next_nonce(pool, sender) != Some(nonce) {
                continue;
            }
            let Some(entry) = executable(pool, sender, nonce) else { continue };
            if entry.arrival != arrival {
                // Its successor in the same place was kept aside when it came.
                continue;
            }
            self.progress.entry(sender).or_default().given_end = nonce + 1;
            self.last = Some(sender);
            let transaction = Arc::clone(&entry.transaction);
            self.keep_next_aside(pool, sender);
            return Some(transaction);
        }
    }

    /// Takes the best of what is kept aside and what the pool's order shows next.
    fn pop(&mut self, pool: &Pool) -> Option<(Address, u64, Arrival)> {
        let aside = self.aside.peek().map(|Reverse(aside)| aside.rank);
        if let Cursor::At(position) = self.cursor
            && let Some((rank, sender)) = pool.indices.best_after(position)
            && aside.is_none_or(|aside| rank < aside)
        {
            self.cursor = Cursor::At(Some(rank));
            let queue = pool.sender(sender)?;
            let nonce = queue.account().nonce;
            return queue.executable(nonce).map(|entry| (sender, nonce, entry.arrival));
        }
        let Reverse(Aside { sender, nonce, arrival, .. }) = self.aside.pop()?;
        if let Some(progress) = self.progress.get_mut(&sender) {
            progress.aside.take_if(|aside| *aside == arrival);
        }
        Some((sender, nonce, arrival))
    }

    /// Takes note of what changed in the pool.
    fn follow(&mut self, pool: &Pool) {
        let epoch = pool.indices.epoch();
        if self.epoch != Some(epoch) {
            self.start(pool, epoch);
        } else if self.change != pool.indices.last_change() {
            for sender in pool.indices.changed_after(self.change) {
                if !self.is_ahead(pool, sender) {
                    self.keep_next_aside(pool, sender);
                }
            }
        }
        self.change = pool.indices.last_change();
    }

    fn start(&mut self, pool: &Pool, epoch: u64) {
        let is_first = self.epoch.replace(epoch).is_none();
        if is_first && pool.conditions.base_fee == self.base_fee {
            self.cursor = Cursor::At(None);
            return;
        }
        self.cursor = Cursor::Unused;
        self.aside.clear();
        for progress in self.progress.values_mut() {
            progress.aside = None;
        }
        for sender in pool.addresses() {
            self.keep_next_aside(pool, sender);
        }
    }

    /// Whether the pool's order will show the next transaction of a sender.
    fn is_ahead(&self, pool: &Pool, sender: Address) -> bool {
        let Cursor::At(position) = self.cursor else { return false };
        let is_untouched =
            self.progress.get(&sender).is_none_or(|progress| progress.given_end == 0);
        let rank = pool.sender(sender).and_then(|queue| queue.keys.rank);
        is_untouched && rank.is_some_and(|rank| position.is_none_or(|position| rank > position))
    }

    fn keep_next_aside(&mut self, pool: &Pool, sender: Address) {
        if self.skipped.contains(&sender) {
            return;
        }
        let Some(nonce) = self.next_nonce(pool, sender) else { return };
        let Some(entry) = executable(pool, sender, nonce) else { return };
        let Some(rank) = entry.rank(self.base_fee) else { return };
        let progress = self.progress.entry(sender).or_default();
        if progress.aside.replace(entry.arrival) != Some(entry.arrival) {
            self.aside.push(Reverse(Aside { rank, sender, nonce, arrival: entry.arrival }));
        }
    }

    /// Nonce of the sender's transaction that is to be given next.
    fn next_nonce(&self, pool: &Pool, sender: Address) -> Option<u64> {
        let given_end = self.progress.get(&sender).map_or(0, |progress| progress.given_end);
        Some(pool.sender(sender)?.account().nonce.max(given_end))
    }
}

fn executable(pool: &Pool, sender: Address, nonce: u64) -> Option<&Entry> {
    pool.sender(sender)?.executable(nonce)
}
