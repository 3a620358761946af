//! What the writer thread has still to do.

use crate::{block::ExecutedBlock, error::StorageError, rollup::RollupChange};
use alloy_eips::BlockNumHash;
use parking_lot::{Condvar, Mutex};
use std::{
    collections::VecDeque,
    mem,
    sync::{
        Arc,
        mpsc::{SyncSender, sync_channel},
    },
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

/// The blocks that are not in the database, and the requests.
#[derive(Debug)]
pub(super) struct Pending {
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
    /// Sequence number in the log of the last block that has one.
    sequence: Option<u64>,
    work: VecDeque<Work>,
    is_stopping: bool,
    failure: Option<Arc<StorageError>>,
}

impl Pending {
    pub(super) fn new(head: BlockNumHash) -> Self {
        let state = State {
            head,
            blocks: Arc::default(),
            sequence: None,
            work: VecDeque::new(),
            is_stopping: false,
            failure: None,
        };
        Self { state: Mutex::new(state), changed: Condvar::new() }
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

    /// Waits until there are less than `limit` blocks.
    pub(super) fn wait_for_room(&self, limit: usize) -> Result<(), StorageError> {
        self.wait_while(|state| state.blocks.len() >= limit.max(1))
    }

    pub(super) fn wait_until_empty(&self) -> Result<(), StorageError> {
        self.wait_while(|state| !state.blocks.is_empty())
    }

    fn wait_while(&self, condition: impl Fn(&State) -> bool) -> Result<(), StorageError> {
        let mut state = self.state.lock();
        while state.failure.is_none() && condition(&state) {
            self.changed.wait(&mut state);
        }
        state.check_failure()
    }

    /// Adds the child of the head.
    pub(super) fn push(&self, block: Arc<ExecutedBlock>, sequence: Option<u64>) {
        let mut state = self.state.lock();
        state.head = block.id();
        state.sequence = sequence.or(state.sequence);
        Arc::make_mut(&mut state.blocks).push(block);
        self.changed.notify_all();
    }

    /// Hands a request to the writer thread and waits for its answer.
    pub(super) fn submit(&self, work: impl FnOnce(Reply) -> Work) -> Result<(), StorageError> {
        self.wait_while(|state| state.work.len() >= MAX_WORK)?;
        let (reply, answer) = sync_channel(1);
        {
            let mut state = self.state.lock();
            state.check_failure()?;
            state.work.push_back(work(reply));
            self.changed.notify_all();
        }
        // Without an answer the thread has failed meanwhile.
        answer.recv().unwrap_or_else(|_closed| self.check_failure())
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
            if !state.blocks.is_empty() {
                return Next::Persist(Arc::clone(&state.blocks), state.sequence);
            }
            if state.is_stopping {
                return Next::Stop;
            }
            if is_untidy {
                return Next::Tidy;
            }
            self.changed.wait(&mut state);
        }
    }

    /// For the writer thread: the database has the blocks up to `number`.
    pub(super) fn persisted(&self, number: u64) {
        let mut state = self.state.lock();
        let rest = state.blocks.iter().filter(|executed| executed.block.number > number);
        state.blocks = Arc::new(rest.cloned().collect());
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
