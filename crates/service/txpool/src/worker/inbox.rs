//! What waits for the thread of the pool.

use crate::{error::PoolError, transaction::TransactionOrigin, validation::DecodedTransaction};
use alloy_primitives::{Bytes, TxHash, keccak256};
use parking_lot::{Condvar, Mutex};
use rollup_storage::CanonicalChange;
use std::{collections::VecDeque, sync::Arc};
use tokio::sync::oneshot;

/// Bytes of transactions that wait, at most.
const MAX_WAITING_BYTES: usize = 64 << 20;
/// Changes of the chain that wait, at most. If more come, the pool reads the state of all senders
/// anew instead of that of the changed ones.
const MAX_WAITING_CHANGES: usize = 64;
/// Transactions that are validated at once, at most: so many that it pays to share them out, and so
/// few that the first one does not wait long for the last.
const MAX_BATCH: usize = 512;

/// Where the outcome goes.
pub(crate) type Reply = oneshot::Sender<Result<TxHash, PoolError>>;

/// A transaction that waits for validation.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) submission: Submission,
    pub(crate) origin: TransactionOrigin,
    pub(crate) reply: Reply,
}

/// A transaction as it was handed in.
#[derive(Debug)]
pub(crate) enum Submission {
    /// EIP-2718 bytes.
    Raw(Bytes),
    /// Decoded.
    Decoded(Box<DecodedTransaction>),
}

/// What the hash of a transaction is made from, if anybody asks for it.
#[derive(Debug)]
pub(super) enum Name {
    Raw(Bytes),
    Hash(TxHash),
}

impl Name {
    pub(super) fn hash(self) -> TxHash {
        match self {
            // That of the bytes as they came: what is not canonical has no other one.
            Self::Raw(raw) => keccak256(raw),
            Self::Hash(hash) => hash,
        }
    }
}

impl Submission {
    pub(super) fn name(&self) -> Name {
        match self {
            Self::Raw(raw) => Name::Raw(raw.clone()),
            Self::Decoded(decoded) => Name::Hash(*decoded.transaction.hash()),
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Raw(raw) => raw.len(),
            Self::Decoded(decoded) => decoded.raw.len(),
        }
    }
}

/// What the thread is to do next.
#[derive(Debug, Default)]
pub(crate) struct Work {
    /// Changes of the chain, oldest first. They come before the transactions.
    pub(crate) changes: Vec<Arc<CanonicalChange>>,
    /// Whether changes before these were dropped.
    pub(crate) has_missed_changes: bool,
    pub(crate) jobs: Vec<Job>,
}

/// What waits for the thread, within bounds.
#[derive(Debug)]
pub(crate) struct Inbox {
    state: Mutex<State>,
    changed: Condvar,
    max_jobs: usize,
}

#[derive(Debug, Default)]
struct State {
    jobs: VecDeque<Job>,
    bytes: usize,
    changes: VecDeque<Arc<CanonicalChange>>,
    has_missed_changes: bool,
    is_closed: bool,
}

impl Inbox {
    pub(crate) fn new(max_jobs: usize) -> Self {
        Self { state: Mutex::default(), changed: Condvar::new(), max_jobs }
    }

    /// Lets a transaction wait.
    ///
    /// # Errors
    /// [`PoolError::Busy`] if too many wait, [`PoolError::Stopped`] if nobody takes them any more.
    pub(crate) fn push(&self, job: Job) -> Result<(), PoolError> {
        let mut state = self.state.lock();
        if state.is_closed {
            return Err(PoolError::Stopped);
        }
        let bytes = state.bytes + job.submission.bytes();
        if state.jobs.len() >= self.max_jobs || bytes > MAX_WAITING_BYTES {
            return Err(PoolError::Busy);
        }
        state.bytes = bytes;
        state.jobs.push_back(job);
        self.changed.notify_one();
        Ok(())
    }

    /// Lets a change of the chain wait. Of too many the oldest is dropped, and that noted.
    pub(crate) fn push_change(&self, change: Arc<CanonicalChange>) {
        let mut state = self.state.lock();
        if state.is_closed {
            return;
        }
        if state.changes.len() >= MAX_WAITING_CHANGES {
            state.changes.pop_front();
            state.has_missed_changes = true;
        }
        state.changes.push_back(change);
        self.changed.notify_one();
    }

    /// Waits until there is something to do. `None` if nothing comes any more.
    pub(crate) fn take(&self) -> Option<Work> {
        let mut state = self.state.lock();
        while !state.is_closed && state.jobs.is_empty() && state.changes.is_empty() {
            self.changed.wait(&mut state);
        }
        if state.is_closed {
            return None;
        }
        let count = state.jobs.len().min(MAX_BATCH);
        let jobs: Vec<Job> = state.jobs.drain(..count).collect();
        state.bytes -= jobs.iter().map(|job| job.submission.bytes()).sum::<usize>();
        Some(Work {
            changes: state.changes.drain(..).collect(),
            has_missed_changes: std::mem::take(&mut state.has_missed_changes),
            jobs,
        })
    }

    /// Takes nothing more. Whoever waits is told [`PoolError::Stopped`].
    pub(crate) fn close(&self) {
        let mut state = self.state.lock();
        state.is_closed = true;
        for job in state.jobs.drain(..) {
            // Whoever asked may have left.
            job.reply.send(Err(PoolError::Stopped)).ok();
        }
        state.changes.clear();
        state.bytes = 0;
        self.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Waits in the inbox, with the other end of its reply.
    fn job(bytes: usize) -> (Job, oneshot::Receiver<Result<TxHash, PoolError>>) {
        let (reply, outcome) = oneshot::channel();
        let submission = Submission::Raw(vec![0; bytes].into());
        (Job { submission, origin: TransactionOrigin::External, reply }, outcome)
    }

    fn change() -> Arc<CanonicalChange> {
        Arc::new(CanonicalChange { removed: vec![], added: vec![], head: Default::default() })
    }

    #[test]
    fn is_busy_when_too_many_wait_or_too_much() {
        let inbox = Inbox::new(2);
        inbox.push(job(1).0).unwrap();
        inbox.push(job(1).0).unwrap();
        assert!(matches!(inbox.push(job(1).0), Err(PoolError::Busy)));
        assert_eq!(inbox.take().unwrap().jobs.len(), 2);
        inbox.push(job(MAX_WAITING_BYTES).0).unwrap();
        assert!(matches!(inbox.push(job(1).0), Err(PoolError::Busy)));
        inbox.take().unwrap();
        inbox.push(job(1).0).unwrap();
    }

    #[test]
    fn a_batch_is_not_larger_than_pays_off() {
        let inbox = Inbox::new(usize::MAX);
        for _ in 0..=MAX_BATCH {
            inbox.push(job(1).0).unwrap();
        }
        let batches = [(); 2].map(|()| inbox.take().unwrap().jobs.len());
        assert_eq!(batches, [MAX_BATCH, 1]);
    }

    #[test]
    fn of_too_many_changes_it_is_noted_that_some_are_missing() {
        let inbox = Inbox::new(1);
        for _ in 0..MAX_WAITING_CHANGES {
            inbox.push_change(change());
        }
        let work = inbox.take().unwrap();
        assert_eq!((work.changes.len(), work.has_missed_changes), (MAX_WAITING_CHANGES, false));
        for _ in 0..=MAX_WAITING_CHANGES {
            inbox.push_change(change());
        }
        let work = inbox.take().unwrap();
        assert_eq!((work.changes.len(), work.has_missed_changes), (MAX_WAITING_CHANGES, true));
        inbox.push_change(change());
        assert!(!inbox.take().unwrap().has_missed_changes);
    }

    #[test]
    fn whoever_waits_when_it_is_closed_is_told() {
        let inbox = Inbox::new(2);
        let (job_before, mut outcome) = job(1);
        inbox.push(job_before).unwrap();
        inbox.close();
        assert!(matches!(outcome.try_recv().unwrap(), Err(PoolError::Stopped)));
        assert!(matches!(inbox.push(job(1).0), Err(PoolError::Stopped)));
        assert!(inbox.take().is_none());
    }
}
