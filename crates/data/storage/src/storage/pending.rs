//! What the writer thread has still to do.

use super::StorageConfig;
use crate::{block::ExecutedBlock, error::StorageError, rollup::RollupChange};
use alloy_eips::BlockNumHash;
use parking_lot::{Condvar, Mutex, MutexGuard};
use std::{
    collections::VecDeque,
    mem,
    sync::{
        Arc,
        mpsc::{SyncSender, sync_channel},
    },
    time::{Duration, Instant},
};

/// Requests that may wait for the writer thread.
const MAX_WORK: usize = 64;

/// Where the writer thread answers a request.
pub(super) type Reply = SyncSender<Result<(), StorageError>>;

/// A request to the writer thread.
#[derive(Debug)]
pub(super) enum Work {
    /// Take the blocks above `to` off the chain and apply changes of the rollup records; `sequence`
    /// is that of the log's record, if one was needed.
    Unwind { to: u64, sequence: Option<u64>, rollup_changes: Vec<RollupChange>, reply: Reply },
    /// Apply changes of the rollup records, when the database has the blocks up to `head`.
    Rollup { changes: Vec<RollupChange>, head: u64, reply: Reply },
}

impl Work {
    fn into_reply(self) -> Reply {
        match self {
            Self::Unwind { reply, .. } | Self::Rollup { reply, .. } => reply,
        }
    }
}

/// What the writer thread does next.
#[derive(Debug)]
pub(super) enum Next {
    /// A request.
    Work(Work),
    /// Commit these blocks, all that there are; the sequence number is that of the last one.
    Persist(Arc<Vec<Arc<ExecutedBlock>>>, Option<u64>),
    /// Nothing is asked for: tidy up.
    Tidy,
    /// End: nothing is left to do.
    Stop,
}

/// When blocks are committed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// As many are committed at once.
    batch_blocks: usize,
    /// As many may be in memory.
    max_blocks: usize,
    /// Fewer are committed after this time.
    interval: Duration,
}

impl Limits {
    pub(super) fn of(config: &StorageConfig) -> Self {
        let max_blocks = config.max_unpersisted_blocks.max(1);
        Self { batch_blocks: max_blocks.div_ceil(2), max_blocks, interval: config.commit_interval }
    }
}

/// The blocks that are not in the database, and the requests.
#[derive(Debug)]
pub(super) struct Pending {
    limits: Limits,
    state: Mutex<State>,
    /// Signalled at every change.
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    /// Number and hash of the last block.
    head: BlockNumHash,
    /// Ascending. Replaced, not changed, while a view may have it.
    blocks: Arc<Vec<Arc<ExecutedBlock>>>,
    /// When the first of them came, or was left by a commit.
    since: Instant,
    /// Sequence number in the log of the last block that has one.
    sequence: Option<u64>,
    work: VecDeque<Work>,
    /// How many wait until there are no blocks.
    flushes: usize,
    is_stopping: bool,
    failure: Option<Arc<StorageError>>,
}

impl Pending {
    pub(super) fn new(head: BlockNumHash, limits: Limits) -> Self {
        let state = State {
            head,
            blocks: Arc::default(),
            since: Instant::now(),
            sequence: None,
            work: VecDeque::new(),
            flushes: 0,
            is_stopping: false,
            failure: None,
        };
        Self { limits, state: Mutex::new(state), changed: Condvar::new() }
    }

    pub(super) fn head(&self) -> BlockNumHash {
        self.state.lock().head
    }

    pub(super) fn blocks(&self) -> Arc<Vec<Arc<ExecutedBlock>>> {
        Arc::clone(&self.state.lock().blocks)
    }

    /// # Errors
    /// [`StorageError::WriterStopped`].
    pub(super) fn check_failure(&self) -> Result<(), StorageError> {
        self.state.lock().check_failure()
    }

    /// Waits until one more block may be in memory.
    pub(super) fn wait_for_room(&self) -> Result<(), StorageError> {
        let mut state = self.state.lock();
        self.wait_while(&mut state, |state| state.blocks.len() >= self.limits.max_blocks);
        state.check_failure()
    }

    /// Has all blocks committed.
    pub(super) fn wait_until_empty(&self) -> Result<(), StorageError> {
        let mut state = self.state.lock();
        state.flushes += 1;
        self.changed.notify_all();
        self.wait_while(&mut state, |state| !state.blocks.is_empty());
        state.flushes -= 1;
        state.check_failure()
    }

    /// Waits while the condition holds and the writer thread is well.
    fn wait_while(&self, state: &mut MutexGuard<'_, State>, condition: impl Fn(&State) -> bool) {
        while state.failure.is_none() && condition(state) {
            self.changed.wait(state);
        }
    }

    /// Adds the child of the head.
    pub(super) fn push(&self, block: Arc<ExecutedBlock>, sequence: Option<u64>) {
        let mut state = self.state.lock();
        state.head = block.id();
        state.sequence = sequence.or(state.sequence);
        if state.blocks.is_empty() {
            state.since = Instant::now();
        }
        Arc::make_mut(&mut state.blocks).push(block);
        self.changed.notify_all();
    }

    /// Hands a request to the writer thread and waits for its answer.
    pub(super) fn submit(&self, work: impl FnOnce(Reply) -> Work) -> Result<(), StorageError> {
        let (reply, answer) = sync_channel(1);
        {
            let mut state = self.state.lock();
            self.wait_while(&mut state, |state| state.work.len() >= MAX_WORK);
            state.check_failure()?;
            state.work.push_back(work(reply));
            self.changed.notify_all();
        }
        // Without an answer the thread is failing.
        answer.recv().unwrap_or_else(|_closed| self.wait_for_failure())
    }

    /// The failure of a thread that is about to say it.
    fn wait_for_failure(&self) -> Result<(), StorageError> {
        let mut state = self.state.lock();
        while state.failure.is_none() {
            self.changed.wait(&mut state);
        }
        state.check_failure()
    }

    /// Lets the writer thread end when everything is done.
    pub(super) fn stop(&self) {
        self.state.lock().is_stopping = true;
        self.changed.notify_all();
    }

    /// For the writer thread: waits for something to do, unless it has to tidy up.
    pub(super) fn next(&self, is_untidy: bool) -> Next {
        let mut state = self.state.lock();
        loop {
            if state.may_work()
                && let Some(work) = state.work.pop_front()
            {
                return Next::Work(work);
            }
            let due = state.due(&self.limits);
            if due.is_some_and(|due| due <= Instant::now()) {
                return Next::Persist(Arc::clone(&state.blocks), state.sequence);
            }
            if state.is_stopping {
                return Next::Stop;
            }
            if is_untidy {
                return Next::Tidy;
            }
            match due {
                Some(due) => drop(self.changed.wait_until(&mut state, due)),
                None => self.changed.wait(&mut state),
            }
        }
    }

    /// For the writer thread: the database has the blocks up to `number`.
    pub(super) fn persisted(&self, number: u64) {
        let mut state = self.state.lock();
        let rest = state.blocks.iter().filter(|executed| executed.block.number > number);
        state.blocks = Arc::new(rest.cloned().collect());
        state.since = Instant::now();
        self.changed.notify_all();
    }

    /// For the writer thread: the blocks above `head` are void.
    pub(super) fn unwound(&self, head: BlockNumHash, sequence: Option<u64>) {
        let mut state = self.state.lock();
        let rest = state.blocks.iter().filter(|executed| executed.block.number <= head.number);
        state.blocks = Arc::new(rest.cloned().collect());
        state.head = head;
        state.sequence = sequence.or(state.sequence);
        self.changed.notify_all();
    }

    /// For the writer thread: nothing will be done any more.
    pub(super) fn fail(&self, error: StorageError) {
        let mut state = self.state.lock();
        let failure = Arc::new(error);
        for work in mem::take(&mut state.work) {
            let stopped = StorageError::WriterStopped { source: Arc::clone(&failure) };
            // Who does not listen any more does not want to know.
            drop(work.into_reply().try_send(Err(stopped)));
        }
        state.failure = Some(failure);
        self.changed.notify_all();
    }
}

impl State {
    /// When the blocks are to be committed; `None` if there are none, or if they wait for ever.
    fn due(&self, limits: &Limits) -> Option<Instant> {
        if self.blocks.is_empty() {
            return None;
        }
        // A request that has not been taken yet waits for blocks.
        let is_urgent = self.blocks.len() >= limits.batch_blocks
            || self.is_stopping
            || self.flushes > 0
            || !self.work.is_empty();
        if is_urgent { Some(self.since) } else { self.since.checked_add(limits.interval) }
    }

    /// Whether the first request has what it needs.
    fn may_work(&self) -> bool {
        let Some(Work::Rollup { head, .. }) = self.work.front() else { return true };
        self.blocks.first().is_none_or(|first| first.block.number > *head)
    }

    fn check_failure(&self) -> Result<(), StorageError> {
        let failure = self.failure.as_ref().map(Arc::clone);
        failure.map_or(Ok(()), |source| Err(StorageError::WriterStopped { source }))
    }
}
