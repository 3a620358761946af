//! The pool as a state machine: no clock, no files, no threads.

mod best;
mod entry;
mod explain;
mod index;
mod insert;
mod limits;
mod sender;
#[cfg(test)]
mod tests;

pub(crate) use best::BestState;
pub(crate) use entry::{Candidate, Conditions};
pub(crate) use limits::Limits;
pub(crate) use sender::{AccountState, SenderQueue};

use crate::{
    content::{PoolContent, PoolSize},
    transaction::PoolTransaction,
};
use alloy_primitives::{Address, TxHash, U256, map::AddressMap, map::B256Map};
use entry::{Arrival, Entry};
use index::Indices;
use rollup_evm::L1DataFeeBasis;
use std::{sync::Arc, time::Duration};

/// Why a transaction left the pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Removal {
    /// Its nonce is used: it, or another one, is in a block.
    NonceUsed,
    /// Another one with its nonce pays more.
    Replaced {
        /// That one.
        by: TxHash,
    },
    /// The pool was full of better ones.
    Full,
    /// Its sender had too many, this one with the highest nonce.
    AccountLimit,
    /// It was not executable for too long.
    Expired,
    /// Who makes the blocks refused it.
    Refused,
}

/// What changed since it was asked for last.
#[derive(Debug, Default)]
pub(crate) struct Effects {
    /// Transactions that became executable for the first time.
    pub(crate) pending: Vec<Arc<PoolTransaction>>,
    /// Transactions that left the pool.
    pub(crate) removed: Vec<(Arc<PoolTransaction>, Removal)>,
    /// Whether there may be executable transactions that were not there before.
    pub(crate) has_more: bool,
}

/// All transactions, by sender, in the order of blocks and in the order of eviction.
#[derive(Debug)]
pub(crate) struct Pool {
    limits: Limits,
    conditions: Conditions,
    senders: AddressMap<SenderQueue>,
    by_hash: B256Map<Arc<PoolTransaction>>,
    indices: Indices,
    size: PoolSize,
    arrivals: Arrival,
    effects: Effects,
}

impl Pool {
    pub(crate) fn new(limits: Limits, conditions: Conditions) -> Self {
        Self {
            limits,
            conditions,
            senders: AddressMap::default(),
            by_hash: B256Map::default(),
            indices: Indices::default(),
            size: PoolSize::default(),
            arrivals: 0,
            effects: Effects::default(),
        }
    }

    pub(crate) fn get(&self, hash: &TxHash) -> Option<&Arc<PoolTransaction>> {
        self.by_hash.get(hash)
    }

    pub(crate) fn sender(&self, address: Address) -> Option<&SenderQueue> {
        self.senders.get(&address)
    }

    /// Addresses of all senders.
    pub(crate) fn addresses(&self) -> impl Iterator<Item = Address> {
        self.senders.keys().copied()
    }

    pub(crate) fn transactions(&self) -> impl Iterator<Item = &Arc<PoolTransaction>> {
        self.by_hash.values()
    }

    pub(crate) const fn size(&self) -> PoolSize {
        self.size
    }

    /// What changed since the last call.
    pub(crate) fn take_effects(&mut self) -> Effects {
        std::mem::take(&mut self.effects)
    }

    /// Everything in the pool, or that of one sender.
    pub(crate) fn content(&self, sender: Option<Address>) -> PoolContent {
        let mut content = PoolContent::default();
        let mut add = |address: Address, queue: &SenderQueue| {
            let of = |(nonce, entry): (u64, &Entry)| (nonce, Arc::clone(&entry.transaction));
            if queue.size().pending > 0 {
                content.pending.insert(address, queue.executables().map(of).collect());
            }
            if queue.size().queued > 0 {
                content.queued.insert(address, queue.queued().map(of).collect());
            }
        };
        match sender {
            Some(address) => self.senders.get(&address).into_iter().for_each(|q| add(address, q)),
            None => self.senders.iter().for_each(|(address, queue)| add(*address, queue)),
        }
        content
    }

    /// Takes over what the state says of a sender.
    pub(crate) fn set_account(&mut self, address: Address, account: AccountState, now: Duration) {
        if self.senders.get(&address).is_none_or(|queue| queue.account() == account) {
            return;
        }
        let used = self.edit(address, now, |queue| queue.set_account(account));
        self.discard(used.unwrap_or_default(), Removal::NonceUsed);
        self.enforce_limits(now);
    }

    /// Takes over what the next block is like. `fees` gives the basis of the L1 data fee, which may
    /// be another one under another fork, and the new cost of a transaction; without it costs stay.
    pub(crate) fn set_head(
        &mut self,
        conditions: Conditions,
        fees: Option<&Reprice<'_>>,
        now: Duration,
    ) {
        if conditions == self.conditions && fees.is_none() {
            return;
        }
        self.conditions = conditions;
        for queue in self.senders.values_mut() {
            let (old_size, old_end) = (queue.size(), queue.pending_end());
            queue.readjust(conditions, fees);
            let fresh = queue.settle(conditions, old_end, now);
            self.size = self.size.minus(old_size).plus(queue.size());
            self.effects.has_more |= queue.pending_end() > old_end;
            self.effects.pending.extend(fresh);
        }
        self.indices.rebuild(&mut self.senders, conditions.base_fee);
        self.enforce_limits(now);
    }

    /// Removes what is not executable for longer than `lifetime`, but for what users of this node
    /// handed in.
    pub(crate) fn expire(&mut self, lifetime: Duration, now: Duration) {
        let is_due =
            |entry: &Entry| !entry.is_local() && now.saturating_sub(entry.queued_since) > lifetime;
        let due: Vec<(Address, u64)> = self
            .senders
            .iter()
            .flat_map(|(address, queue)| queue.queued().map(|entry| (*address, entry)))
            .filter(|(_, (_, entry))| is_due(entry))
            .map(|(address, (nonce, _))| (address, nonce))
            .collect();
        for (address, nonce) in due {
            self.remove(address, nonce, Removal::Expired, now);
        }
    }

    /// Removes a transaction that whoever makes the blocks has refused, if it is here.
    pub(crate) fn refuse(&mut self, hash: &TxHash, now: Duration) {
        let Some(transaction) = self.by_hash.get(hash) else { return };
        let (sender, nonce) = (transaction.sender(), transaction.nonce());
        self.remove(sender, nonce, Removal::Refused, now);
    }

    fn remove(&mut self, address: Address, nonce: u64, reason: Removal, now: Duration) {
        let entry = self.edit(address, now, |queue| queue.take(nonce)).flatten();
        self.discard(entry, reason);
    }

    fn discard(&mut self, entries: impl IntoIterator<Item = Entry>, reason: Removal) {
        for Entry { transaction, .. } in entries {
            self.by_hash.remove(&transaction.hash());
            self.effects.removed.push((transaction, reason));
        }
    }

    /// Changes the transactions of a sender, and whatever follows from them. Every change goes
    /// through here. `None` if there is no such sender.
    fn edit<T>(
        &mut self,
        address: Address,
        now: Duration,
        change: impl FnOnce(&mut SenderQueue) -> T,
    ) -> Option<T> {
        let queue = self.senders.get_mut(&address)?;
        let (old_size, old_end) = (queue.size(), queue.pending_end());
        let result = change(queue);
        let fresh = queue.settle(self.conditions, old_end, now);
        let size = queue.size();
        self.size = self.size.minus(old_size).plus(size);
        self.effects.has_more |= !fresh.is_empty() || queue.pending_end() > old_end;
        self.effects.pending.extend(fresh);
        self.indices.update(address, queue, self.conditions.base_fee);
        if queue.is_empty() {
            self.indices.remove(address, queue);
            self.senders.remove(&address);
        }
        Some(result)
    }
}

/// Gives basis and cost of a transaction anew, from the transaction and the basis it had.
pub(crate) type Reprice<'a> =
    dyn Fn(&PoolTransaction, Option<L1DataFeeBasis>) -> (Option<L1DataFeeBasis>, U256) + 'a;

impl PoolSize {
    const fn plus(self, other: Self) -> Self {
        Self {
            pending: self.pending + other.pending,
            pending_bytes: self.pending_bytes + other.pending_bytes,
            queued: self.queued + other.queued,
            queued_bytes: self.queued_bytes + other.queued_bytes,
        }
    }

    const fn minus(self, other: Self) -> Self {
        Self {
            pending: self.pending - other.pending,
            pending_bytes: self.pending_bytes - other.pending_bytes,
            queued: self.queued - other.queued,
            queued_bytes: self.queued_bytes - other.queued_bytes,
        }
    }
}
