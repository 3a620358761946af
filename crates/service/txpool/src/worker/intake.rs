//! Transactions on their way into the pool.

use super::{
    Worker,
    inbox::{Job, Submission},
};
use crate::{
    error::PoolError,
    pool::{AccountState, Candidate},
    transaction::TransactionOrigin,
    validation::{self, CheckedTransaction, SenderState, decode},
};
use alloy_eips::eip2718::Encodable2718;
use alloy_primitives::{
    Address, TxHash,
    map::{AddressMap, Entry},
};
use rayon::prelude::*;
use rollup_storage::{ChainView, FileError, StateReader, StorageError};
use tracing::{error, trace};

/// Transactions from which on they are shared out among threads. Fewer take as long on one.
const PARALLEL_FROM: usize = 16;
/// Transactions that are inserted under one lock, so that readers need not wait for a batch.
const INSERTS_PER_LOCK: usize = 64;

/// A transaction that is to be validated.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) submission: Submission,
    /// Its sender, if it is known already.
    pub(super) sender: Option<Address>,
    pub(super) origin: TransactionOrigin,
    pub(super) is_returned: bool,
}

/// Whether what the journal keeps is to be made durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Durability {
    /// They are appended to the journal, and refused if that fails.
    Wanted,
    /// They are appended to the journal, and taken even if that fails.
    Tried,
    /// They are in the journal.
    Given,
}

/// A candidate with what the state says of its sender.
type Admitted = (Candidate, AccountState);

impl Worker {
    /// Validates transactions, inserts those that are valid, and tells whoever handed them in.
    pub(super) fn answer(&mut self, jobs: Vec<Job>) {
        let start = self.clock.now();
        let names: Vec<_> = jobs.iter().map(|job| job.submission.name()).collect();
        let (items, replies): (Vec<_>, Vec<_>) = jobs
            .into_iter()
            .map(|Job { submission, origin, reply }| {
                (Item { submission, sender: None, origin, is_returned: false }, reply)
            })
            .unzip();
        let outcomes = self.admit(items, Durability::Wanted);
        let duration = self.clock.now().saturating_sub(start);
        self.shared.metrics.record_batch(&outcomes, duration);
        for ((outcome, reply), name) in outcomes.into_iter().zip(replies).zip(names) {
            if let Err(err) = &outcome {
                self.note_rejected(name.hash(), err);
                trace!(target: "txpool::intake", %err, "refused");
            }
            // Whoever asked may have left.
            reply.send(outcome).ok();
        }
        if self.journal.as_ref().is_some_and(|journal| journal.is_due()) {
            self.rewrite_journal();
        }
    }

    /// Validates transactions and inserts those that are valid. The outcomes are in the order of
    /// the transactions.
    pub(super) fn admit(
        &mut self,
        items: Vec<Item>,
        durability: Durability,
    ) -> Vec<Result<TxHash, PoolError>> {
        let view = match self.view_of_head() {
            Ok(view) => view,
            Err(err) => {
                let err = self.internal(err);
                return items.iter().map(|_| Err(err.clone())).collect();
            }
        };
        let checked: Vec<_> = if items.len() < PARALLEL_FROM {
            items.into_iter().map(|item| self.check(item)).collect()
        } else {
            items.into_par_iter().map(|item| self.check(item)).collect()
        };
        let mut admitted = self.admit_by_state(checked, &view);
        drop(view);
        if durability != Durability::Given
            && let Err(err) = self.journalize(&admitted)
        {
            self.shared.metrics.record_internal_error();
            error!(target: "txpool::journal", %err, source = %err.source, "the journal cannot be written: local transactions are refused, returned ones not kept over a restart");
            if durability == Durability::Wanted {
                let err = PoolError::from(err);
                let kept = admitted.iter_mut().filter(|admitted| journaled(admitted).is_some());
                kept.for_each(|admitted| *admitted = Err(err.clone()));
            }
        }
        self.insert(admitted)
    }

    /// What can be checked without the state, among it what is dear: signature and compression.
    fn check(&self, item: Item) -> Result<CheckedTransaction, PoolError> {
        let Item { submission, sender, origin, is_returned } = item;
        let decoded = match submission {
            Submission::Raw(raw) => {
                self.shared.rules.check_size(raw.len())?;
                decode(&raw)?
            }
            Submission::Decoded(decoded) => *decoded,
        };
        if self.shared.pool.read().get(decoded.transaction.hash()).is_some() {
            return Err(PoolError::AlreadyKnown);
        }
        let checked = self.shared.rules.check(&self.head, decoded, sender, origin)?;
        Ok(CheckedTransaction { is_returned, ..checked })
    }

    /// The checks against the state, and those against the pool that need no room.
    fn admit_by_state(
        &self,
        checked: Vec<Result<CheckedTransaction, PoolError>>,
        view: &ChainView,
    ) -> Vec<Result<Admitted, PoolError>> {
        let now = self.clock.now();
        let mut senders = Senders { state: view.latest_state(), known: AddressMap::default() };
        let pool = self.shared.pool.read();
        checked
            .into_iter()
            .map(|checked| {
                let checked = checked?;
                let address = checked.transaction.signer();
                let sender = senders.get(address).map_err(|err| self.internal(err))?;
                let (rules, head) = (&self.shared.rules, &self.head);
                let candidate = validation::admit(rules, head, checked, sender, now)?;
                pool.check(&candidate)?;
                Ok((candidate, sender.account))
            })
            .collect()
    }

    /// Makes those durable that the journal keeps.
    fn journalize(&mut self, admitted: &[Result<Admitted, PoolError>]) -> Result<(), FileError> {
        let Some(journal) = &mut self.journal else { return Ok(()) };
        if journal.is_torn() {
            // Nothing behind the tear would be found again.
            let transactions = self.shared.journaled_transactions();
            journal.rewrite(transactions.iter().map(Vec::as_slice))?;
        }
        let kept: Vec<Vec<u8>> = admitted
            .iter()
            .filter_map(journaled)
            .map(|candidate| candidate.transaction.transaction.encoded_2718())
            .collect();
        journal.append(kept.iter().map(Vec::as_slice))?;
        self.shared.metrics.record_journal(journal.bytes());
        Ok(())
    }

    fn insert(&self, admitted: Vec<Result<Admitted, PoolError>>) -> Vec<Result<TxHash, PoolError>> {
        let now = self.clock.now();
        let mut outcomes = Vec::with_capacity(admitted.len());
        let mut admitted = admitted.into_iter();
        while admitted.len() > 0 {
            self.change_pool(|pool| {
                for admitted in admitted.by_ref().take(INSERTS_PER_LOCK) {
                    outcomes.push(admitted.and_then(|(candidate, account)| {
                        let hash = candidate.transaction.hash();
                        pool.insert(candidate, account, now).map(|_| hash)
                    }));
                }
            });
        }
        outcomes
    }

    pub(super) fn note_rejected(&self, hash: TxHash, err: &PoolError) {
        self.shared.history.lock().note_rejected(hash, err, self.clock.unix_time());
    }

    pub(super) fn internal(&self, err: StorageError) -> PoolError {
        self.shared.metrics.record_internal_error();
        error!(target: "txpool::intake", %err, "transactions are refused, the state cannot be read");
        err.into()
    }
}

/// The senders of a batch, each read once.
struct Senders<'view> {
    state: StateReader<'view>,
    known: AddressMap<SenderState>,
}

impl Senders<'_> {
    fn get(&mut self, address: Address) -> Result<SenderState, StorageError> {
        Ok(match self.known.entry(address) {
            Entry::Occupied(entry) => *entry.get(),
            Entry::Vacant(entry) => *entry.insert(SenderState::read(&self.state, address)?),
        })
    }
}

/// The candidate, if the journal keeps it.
fn journaled(admitted: &Result<Admitted, PoolError>) -> Option<&Candidate> {
    let (candidate, _) = admitted.as_ref().ok()?;
    candidate.transaction.is_journaled().then_some(candidate)
}
