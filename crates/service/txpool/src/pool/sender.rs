//! The transactions of one sender.

use super::{
    Reprice,
    entry::{Conditions, Entry, Rank, Worth},
};
use crate::{content::PoolSize, transaction::PoolTransaction};
use alloy_primitives::U256;
use std::{collections::BTreeMap, sync::Arc, time::Duration};

/// What the state says of a sender.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct AccountState {
    /// Nonce of its next transaction.
    pub(crate) nonce: u64,
    /// Balance in wei.
    pub(crate) balance: U256,
}

/// Keys under which the pool's indices know a sender.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Keys {
    /// Of the first executable transaction.
    pub(super) rank: Option<Rank>,
    /// Of the last executable transaction.
    pub(super) pending: Option<Worth>,
    /// Of the last transaction, if it is not executable.
    pub(super) queued: Option<Worth>,
    /// Number of the last change of what is executable.
    pub(super) change: u64,
}

/// The transactions of one sender. The executable ones are the first: without a gap from the nonce
/// of the state on, each fit for the next block, and all of them paid for by the balance.
#[derive(Debug, Default)]
pub(crate) struct SenderQueue {
    account: AccountState,
    entries: BTreeMap<u64, Entry>,
    /// First nonce that is not executable.
    pending_end: u64,
    /// Sum of the costs of the executable ones.
    pending_cost: U256,
    size: PoolSize,
    /// How many did not come from users of this node.
    external: usize,
    pub(super) keys: Keys,
}

impl SenderQueue {
    pub(super) fn new(account: AccountState) -> Self {
        Self { account, pending_end: account.nonce, ..Default::default() }
    }

    pub(crate) const fn account(&self) -> AccountState {
        self.account
    }

    pub(crate) const fn size(&self) -> PoolSize {
        self.size
    }

    /// Sum of the costs of the executable ones, in wei.
    pub(super) const fn pending_cost(&self) -> U256 {
        self.pending_cost
    }

    pub(crate) const fn external(&self) -> usize {
        self.external
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(crate) fn get(&self, nonce: u64) -> Option<&Entry> {
        self.entries.get(&nonce)
    }

    /// The executable transaction with this nonce.
    pub(crate) fn executable(&self, nonce: u64) -> Option<&Entry> {
        if nonce < self.pending_end { self.entries.get(&nonce) } else { None }
    }

    /// Nonce after the last executable transaction.
    pub(crate) const fn pending_end(&self) -> u64 {
        self.pending_end
    }

    /// Nonce of the last transaction, if it is not executable.
    pub(crate) fn last_queued(&self) -> Option<u64> {
        self.entries.last_key_value().map(|(nonce, _)| *nonce).filter(|n| *n >= self.pending_end)
    }

    /// The highest nonce of a transaction that did not come from a user of this node.
    pub(crate) fn last_external(&self) -> Option<u64> {
        self.entries.iter().rev().find(|(_, entry)| !entry.is_local()).map(|(nonce, _)| *nonce)
    }

    pub(crate) fn executables(&self) -> impl Iterator<Item = (u64, &Entry)> {
        self.entries.range(..self.pending_end).map(|(nonce, entry)| (*nonce, entry))
    }

    pub(crate) fn queued(&self) -> impl Iterator<Item = (u64, &Entry)> {
        self.entries.range(self.pending_end..).map(|(nonce, entry)| (*nonce, entry))
    }

    /// The keys that follow from the transactions, without that of the change.
    pub(super) fn current_keys(&self, base_fee: u64) -> Keys {
        let last_executable = self.pending_end.checked_sub(1);
        Keys {
            rank: self.executable(self.account.nonce).and_then(|entry| entry.rank(base_fee)),
            pending: last_executable
                .and_then(|nonce| self.executable(nonce))
                .map(|entry| entry.worth(base_fee)),
            queued: self
                .last_queued()
                .and_then(|nonce| self.get(nonce))
                .map(|entry| entry.worth(base_fee)),
            change: self.keys.change,
        }
    }

    /// Adds a transaction, and gives back the one that had its nonce. [`Self::settle`] must follow.
    pub(super) fn put(&mut self, entry: Entry) -> Option<Entry> {
        let nonce = entry.transaction.nonce();
        let old = self.take(nonce);
        self.size.queued += 1;
        self.size.queued_bytes += entry.bytes();
        self.external += usize::from(!entry.is_local());
        self.entries.insert(nonce, entry);
        old
    }

    /// Removes a transaction; what comes after it is not executable. [`Self::settle`] must follow.
    pub(super) fn take(&mut self, nonce: u64) -> Option<Entry> {
        if nonce < self.pending_end {
            self.demote_from(nonce);
        }
        let entry = self.entries.remove(&nonce)?;
        self.size.queued -= 1;
        self.size.queued_bytes -= entry.bytes();
        self.external -= usize::from(!entry.is_local());
        Some(entry)
    }

    /// Takes over what the state says, and removes the transactions whose nonces are used.
    /// [`Self::settle`] must follow.
    pub(super) fn set_account(&mut self, account: AccountState) -> Vec<Entry> {
        self.demote_all();
        self.account = account;
        // Lower than any of them while they are taken out: none is executable.
        self.pending_end = 0;
        let used: Vec<u64> = self.entries.range(..account.nonce).map(|(nonce, _)| *nonce).collect();
        let removed = used.into_iter().filter_map(|nonce| self.take(nonce)).collect();
        self.pending_end = account.nonce;
        removed
    }

    /// Takes over new conditions and costs. [`Self::settle`] must follow.
    pub(super) fn readjust(&mut self, conditions: Conditions, fees: Option<&Reprice<'_>>) {
        if let Some(fees) = fees {
            self.demote_all();
            for entry in self.entries.values_mut() {
                (entry.fee_basis, entry.cost) = fees(&entry.transaction, entry.fee_basis);
            }
        }
        let misfit = self.executables().find(|(_, entry)| !entry.fits(conditions));
        if let Some((nonce, _)) = misfit {
            self.demote_from(nonce);
        }
    }

    /// Makes nothing executable. [`Self::settle`] must follow.
    fn demote_all(&mut self) {
        self.demote_from(self.account.nonce);
    }

    /// Makes executable what is, from the first that was not on. `old_end` is the first nonce that
    /// was not executable before the changes. Returns the transactions that became executable for
    /// the first time.
    pub(super) fn settle(
        &mut self,
        conditions: Conditions,
        old_end: u64,
        now: Duration,
    ) -> Vec<Arc<PoolTransaction>> {
        let mut fresh = Vec::new();
        while let Some(entry) = self.entries.get_mut(&self.pending_end) {
            let cost = self.pending_cost.checked_add(entry.cost);
            let Some(cost) = cost.filter(|cost| *cost <= self.account.balance) else { break };
            if !entry.fits(conditions) {
                break;
            }
            if !std::mem::replace(&mut entry.was_pending, true) {
                fresh.push(Arc::clone(&entry.transaction));
            }
            self.pending_cost = cost;
            self.size.pending += 1;
            self.size.pending_bytes += entry.bytes();
            self.size.queued -= 1;
            self.size.queued_bytes -= entry.bytes();
            self.pending_end += 1;
        }
        if self.pending_end < old_end {
            for (_, entry) in self.entries.range_mut(self.pending_end..old_end) {
                entry.queued_since = now;
            }
        }
        fresh
    }

    /// From `nonce` on, nothing is executable.
    fn demote_from(&mut self, nonce: u64) {
        for (_, entry) in self.entries.range(nonce..).take_while(|(at, _)| **at < self.pending_end)
        {
            // INVARIANT: the sum holds the cost as it was added; costs change only after
            // everything was made not executable.
            self.pending_cost -= entry.cost;
            self.size.pending -= 1;
            self.size.pending_bytes -= entry.bytes();
            self.size.queued += 1;
            self.size.queued_bytes += entry.bytes();
        }
        self.pending_end = self.pending_end.min(nonce);
    }
}
