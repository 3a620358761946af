//! A pool that recomputes everything from a list.

use super::*;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Copy, Debug)]
pub(super) struct Item {
    pub(super) spec: Spec,
    pub(super) cost: u64,
    pub(super) arrival: u64,
    pub(super) queued_since: Duration,
}

/// Why a transaction is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    NonceTooLow,
    AlreadyKnown,
    Underpriced,
    AccountLimit,
    Full,
}

#[derive(Debug)]
pub(super) struct Model {
    pub(super) limits: Limits,
    pub(super) conditions: Conditions,
    pub(super) items: Vec<Item>,
    /// Of the senders that have transactions.
    accounts: BTreeMap<u8, AccountState>,
    /// Sender and nonce of the executable ones, before the last change.
    executable: BTreeSet<(u8, u64)>,
    arrivals: u64,
    pub(super) removed: Vec<(TxHash, Removal)>,
}

impl Model {
    pub(super) fn new(limits: Limits, conditions: Conditions) -> Self {
        Self {
            limits,
            conditions,
            items: Vec::new(),
            accounts: BTreeMap::new(),
            executable: BTreeSet::new(),
            arrivals: 0,
            removed: Vec::new(),
        }
    }

    pub(super) fn account(&self, sender: u8) -> Option<AccountState> {
        self.accounts.get(&sender).copied()
    }

    pub(super) fn item(&self, sender: u8, nonce: u64) -> Option<&Item> {
        self.items.iter().find(|item| (item.spec.sender, item.spec.nonce) == (sender, nonce))
    }

    /// Sender and nonce of the executable transactions.
    pub(super) fn executables(&self) -> BTreeSet<(u8, u64)> {
        let mut executables = BTreeSet::new();
        for (sender, account) in &self.accounts {
            let (mut nonce, mut left) = (account.nonce, account.balance);
            while let Some(item) = self.item(*sender, nonce)
                && item.spec.fee_cap >= self.conditions.base_fee.into()
                && item.spec.gas_limit <= self.conditions.gas_limit
                && let Some(rest) = left.checked_sub(U256::from(item.cost))
            {
                executables.insert((*sender, nonce));
                (nonce, left) = (nonce + 1, rest);
            }
        }
        executables
    }

    pub(super) fn insert(
        &mut self,
        spec: Spec,
        cost: u64,
        account: AccountState,
        now: Duration,
    ) -> Result<(), Refusal> {
        self.set_account(spec.sender, account, now);
        if spec.nonce < account.nonce {
            return Err(Refusal::NonceTooLow);
        }
        if self.items.iter().any(|item| item.spec.hash() == spec.hash()) {
            return Err(Refusal::AlreadyKnown);
        }
        let old = self.item(spec.sender, spec.nonce).copied();
        let of_sender = self.items.iter().filter(|i| i.spec.sender == spec.sender);
        let external: Vec<_> = of_sender.filter(|i| !i.spec.is_local).map(|i| i.spec).collect();
        let is_limited = !spec.is_local && !spec.is_returned;
        if let Some(old) = old {
            let enough = |new: u128, old: u128| {
                new * 100 >= old * u128::from(100 + self.limits.price_bump_percent)
            };
            if !enough(spec.fee_cap, old.spec.fee_cap) || !enough(spec.tip, old.spec.tip) {
                return Err(Refusal::Underpriced);
            }
            self.remove(old.spec, Removal::Replaced { by: spec.hash() });
        } else if is_limited && external.len() >= self.limits.max_account_slots {
            match external.into_iter().max_by_key(|other| other.nonce) {
                Some(last) if last.nonce > spec.nonce => {
                    self.remove(last, Removal::AccountLimit);
                    self.settle(now);
                }
                _ => return Err(Refusal::AccountLimit),
            }
        }
        self.accounts.insert(spec.sender, account);
        let arrival = self.arrivals;
        self.arrivals += 1;
        self.items.push(Item { spec, cost, arrival, queued_since: now });
        self.settle(now);
        self.enforce(now);
        self.item(spec.sender, spec.nonce).map(|_| ()).ok_or(Refusal::Full)
    }

    pub(super) fn set_account(&mut self, sender: u8, account: AccountState, now: Duration) {
        if !self.accounts.contains_key(&sender) {
            return;
        }
        self.accounts.insert(sender, account);
        let used = self.items.iter().map(|item| item.spec);
        let used = used.filter(|spec| spec.sender == sender && spec.nonce < account.nonce);
        for spec in used.collect::<Vec<_>>() {
            self.remove(spec, Removal::NonceUsed);
        }
        self.settle(now);
        self.enforce(now);
    }

    pub(super) fn set_head(
        &mut self,
        conditions: Conditions,
        cost: impl Fn(&Spec) -> u64,
        now: Duration,
    ) {
        self.conditions = conditions;
        for item in &mut self.items {
            item.cost = cost(&item.spec);
        }
        self.settle(now);
        self.enforce(now);
    }

    pub(super) fn expire(&mut self, lifetime: Duration, now: Duration) {
        let executable = self.executables();
        let due = self.items.iter().filter(|item| {
            let Spec { sender, nonce, is_local, .. } = item.spec;
            !executable.contains(&(sender, nonce))
                && !is_local
                && now - item.queued_since > lifetime
        });
        for spec in due.map(|item| item.spec).collect::<Vec<_>>() {
            self.remove(spec, Removal::Expired);
        }
        self.settle(now);
    }

    fn remove(&mut self, spec: Spec, reason: Removal) {
        self.items.retain(|item| item.spec != spec);
        self.removed.push((spec.hash(), reason));
    }

    /// Notes since when transactions wait that did not before.
    fn settle(&mut self, now: Duration) {
        let executable = self.executables();
        for item in &mut self.items {
            let key = (item.spec.sender, item.spec.nonce);
            if self.executable.contains(&key) && !executable.contains(&key) {
                item.queued_since = now;
            }
        }
        self.executable = executable;
        let items = &self.items;
        self.accounts.retain(|sender, _| items.iter().any(|item| item.spec.sender == *sender));
    }

    fn enforce(&mut self, now: Duration) {
        for is_pending in [true, false] {
            let (max, max_bytes) = if is_pending {
                (self.limits.max_pending, self.limits.max_pending_bytes)
            } else {
                (self.limits.max_queued, self.limits.max_queued_bytes)
            };
            loop {
                let executable = self.executables();
                let part: Vec<Item> = self
                    .items
                    .iter()
                    .filter(|i| executable.contains(&(i.spec.sender, i.spec.nonce)) == is_pending)
                    .copied()
                    .collect();
                let bytes: usize = part.iter().map(|item| item.spec.bytes).sum();
                if part.len() <= max && bytes <= max_bytes {
                    break;
                }
                // Of each sender the last one only.
                let last = part.iter().filter(|item| {
                    part.iter().all(|other| {
                        other.spec.sender != item.spec.sender || other.spec.nonce <= item.spec.nonce
                    })
                });
                let worst = last.min_by_key(|item| {
                    let tip = effective_tip(&item.spec, self.conditions.base_fee);
                    (item.spec.is_local, tip, item.spec.fee_cap, u64::MAX - item.arrival)
                });
                let spec = worst.unwrap().spec;
                self.remove(spec, Removal::Full);
                self.settle(now);
            }
        }
    }
}

pub(super) fn effective_tip(spec: &Spec, base_fee: u64) -> Option<u128> {
    spec.fee_cap.checked_sub(base_fee.into()).map(|above| above.min(spec.tip))
}
