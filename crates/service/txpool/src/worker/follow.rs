//! The pool follows the chain.

use super::{
    Submission, Worker,
    intake::{Durability, Item},
};
use crate::{
    pool::AccountState,
    transaction::TransactionOrigin,
    validation::{DecodedTransaction, Head, reprice},
};
use alloy_primitives::{
    Address,
    map::{AddressSet, B256Set},
};
use rollup_storage::{CanonicalChange, ChainView, StorageError};
use std::sync::Arc;
use tracing::{debug, error};

impl Worker {
    /// Takes over what became of the chain. What counts is the state at the head now, which may be
    /// ahead of the changes; they say what of it to look at.
    pub(super) fn follow(&mut self, changes: &[Arc<CanonicalChange>], has_missed_changes: bool) {
        let start = self.clock.now();
        self.is_behind |= has_missed_changes;
        // The state that a removed block had changed is not known any more.
        self.is_behind |= changes.iter().any(|change| !change.removed.is_empty());
        self.note_in_history(changes);
        self.take_back(changes);
        match self.catch_up(changes) {
            Ok(()) => self.is_behind = false,
            Err(err) => {
                self.is_behind = true;
                self.shared.metrics.record_internal_error();
                error!(target: "txpool::follow", %err, "the pool cannot follow the chain, it will try again with the next block");
            }
        }
        self.shared.history.lock().forget_included();
        self.bring_back();
        self.shared.metrics.record_maintenance(self.clock.now().saturating_sub(start));
    }

    /// A view, with what its head says taken over.
    pub(super) fn view_of_head(&mut self) -> Result<ChainView, StorageError> {
        let view = self.storage.view()?;
        if view.head()? == self.head.id {
            return Ok(view);
        }
        let old_head = std::mem::replace(&mut self.head, Head::read(&self.evm, &view)?);
        let (head, rules, now) = (&self.head, &self.shared.rules, self.clock.now());
        let has_new_fees = (head.spec, head.oracle) != (old_head.spec, old_head.oracle);
        let fees = |transaction: &_, basis| reprice(rules, head, &old_head, transaction, basis);
        self.change_pool(|pool| {
            pool.set_head(head.conditions, has_new_fees.then_some(&fees), now);
        });
        Ok(view)
    }

    /// Reads the state of the senders that blocks have changed, or of all.
    fn catch_up(&mut self, changes: &[Arc<CanonicalChange>]) -> Result<(), StorageError> {
        let view = self.view_of_head()?;
        let addresses = if self.is_behind { self.all_senders() } else { self.changed(changes) };
        let state = view.latest_state();
        let mut accounts = Vec::with_capacity(addresses.len());
        for address in addresses {
            let account = state.account(address)?.unwrap_or_default();
            let account = AccountState { nonce: account.nonce, balance: account.balance };
            accounts.push((address, account));
        }
        let now = self.clock.now();
        self.change_pool(|pool| {
            for (address, account) in accounts {
                pool.set_account(address, account, now);
            }
        });
        Ok(())
    }

    fn note_in_history(&self, changes: &[Arc<CanonicalChange>]) {
        let pool = self.shared.pool.read();
        let mut history = self.shared.history.lock();
        history.note_reorgs(changes, self.clock.unix_time());
        history.note_included(changes, |sender| pool.sender(sender).is_some());
    }

    fn all_senders(&self) -> AddressSet {
        self.shared.pool.read().addresses().collect()
    }

    /// The senders in the pool whose accounts were changed.
    fn changed(&self, changes: &[Arc<CanonicalChange>]) -> AddressSet {
        let pool = self.shared.pool.read();
        changes
            .iter()
            .flat_map(|change| &change.added)
            .flat_map(|block| block.changes.diff().accounts.keys().copied())
            .filter(|address: &Address| pool.sender(*address).is_some())
            .collect()
    }

    /// Notes the transactions of removed blocks that no block since holds.
    fn take_back(&mut self, changes: &[Arc<CanonicalChange>]) {
        if changes.iter().all(|change| change.removed.is_empty()) {
            return;
        }
        let added: B256Set = changes
            .iter()
            .flat_map(|change| &change.added)
            .flat_map(|block| &block.block.body().transactions)
            .map(|transaction| *transaction.hash())
            .collect();
        let room = self.config.max_pending.saturating_add(self.config.max_queued);
        for removed in changes.iter().flat_map(|change| &change.removed) {
            for (sender, transaction) in removed.block.transactions_with_sender() {
                let is_lost = !transaction.is_l1_message() && !added.contains(transaction.hash());
                if is_lost && self.returned.len() < room {
                    self.returned.push(Item {
                        submission: Submission::Decoded(Box::new(DecodedTransaction::from(
                            transaction.clone(),
                        ))),
                        sender: Some(*sender),
                        origin: TransactionOrigin::Returned,
                        is_returned: true,
                    });
                }
            }
        }
    }

    /// Puts the transactions of removed blocks into the pool again.
    fn bring_back(&mut self) {
        if self.returned.is_empty() || self.is_behind {
            return;
        }
        let items = std::mem::take(&mut self.returned);
        let names: Vec<_> = items.iter().map(|item| item.submission.name()).collect();
        let count = names.len();
        let outcomes = self.admit(items, Durability::Tried);
        for (outcome, name) in outcomes.iter().zip(names) {
            if let Err(err) = outcome {
                self.shared.metrics.record_rejection(err);
                self.note_rejected(name.hash(), err);
            }
        }
        let back = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        debug!(target: "txpool::follow", count, back, "transactions of removed blocks came back");
    }
}
