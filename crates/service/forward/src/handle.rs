//! The front of forwarding.

use crate::{
    delivery::Job,
    error::{ForwardError, SequencerRefusal},
    metrics::ForwardMetrics,
    record::{ForwardOutcome, ForwardRecord},
    via::{NodeId, Via},
};
use alloy_primitives::TxHash;
use parking_lot::Mutex;
use rollup_runtime::{Clock, RecentMap};
use rollup_txpool::PoolTransaction;
use std::{fmt, sync::Arc, time::Duration};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

/// Whether the node makes blocks itself now.
pub(crate) type MakesBlocks = dyn Fn() -> bool + Send + Sync;

/// The front of forwarding. Cloning gives another one.
#[derive(Clone)]
pub struct Forwarder {
    pub(crate) jobs: mpsc::Sender<Job>,
    pub(crate) bytes: Arc<Semaphore>,
    pub(crate) records: Records,
    pub(crate) id: NodeId,
    pub(crate) answer_timeout: Duration,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) makes_blocks: Arc<MakesBlocks>,
    pub(crate) metrics: Arc<ForwardMetrics>,
}

/// Room for a transaction that waits. Dropping it gives the room back.
#[derive(Debug)]
pub struct Place {
    pub(crate) job: mpsc::OwnedPermit<Job>,
    pub(crate) bytes: OwnedSemaphorePermit,
}

/// What became of a transaction while the caller waited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forwarded {
    /// A sequencer has it.
    Taken,
    /// No sequencer has answered yet. It goes on being forwarded.
    Later,
}

/// What a caller is told.
pub(crate) type Answer = Result<Forwarded, Arc<SequencerRefusal>>;

impl Forwarder {
    /// Name of this node in the requests that it forwards.
    pub const fn id(&self) -> NodeId {
        self.id
    }

    /// Whether transactions are to be forwarded now: not while this node makes blocks.
    pub fn is_needed(&self) -> bool {
        !(self.makes_blocks)()
    }

    /// Takes room for a transaction of this length.
    ///
    /// # Errors
    /// [`ForwardError::Busy`] if there is none, [`ForwardError::Stopped`] if nothing is forwarded any
    /// more.
    pub fn reserve(&self, bytes: usize) -> Result<Place, ForwardError> {
        let busy = || {
            self.metrics.busy_total.increment(1);
            ForwardError::Busy
        };
        let job = match self.jobs.clone().try_reserve_owned() {
            Ok(job) => job,
            Err(mpsc::error::TrySendError::Full(_)) => return Err(busy()),
            Err(mpsc::error::TrySendError::Closed(_)) => return Err(ForwardError::Stopped),
        };
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        match Arc::clone(&self.bytes).try_acquire_many_owned(bytes) {
            Ok(bytes) => Ok(Place { job, bytes }),
            Err(_no_room) => Err(busy()),
        }
    }

    /// Forwards a transaction of the pool, and waits for a sequencer's answer, but not for ever.
    /// Cancelling does not keep it from being forwarded.
    ///
    /// # Errors
    /// [`ForwardError::Refused`] with what the sequencer answered. The transaction has left the pool
    /// then.
    pub async fn forward(
        &self,
        place: Place,
        transaction: Arc<PoolTransaction>,
        via: &Via,
    ) -> Result<Forwarded, ForwardError> {
        let (reply, answer) = oneshot::channel();
        let Place { job, bytes } = place;
        let via = via.and(self.id);
        self.records.set(transaction.hash(), waiting(self.clock.unix_time()));
        job.send(Job { transaction, via, reply: Some(reply), _bytes: Some(bytes) });
        let deadline = self.clock.now().saturating_add(self.answer_timeout);
        tokio::select! {
            biased;
            // Without an answer the node shuts down: it is forwarded after the restart.
            answer = answer => answer.unwrap_or(Ok(Forwarded::Later)).map_err(ForwardError::Refused),
            // Nobody takes the job that was handed over at that moment.
            () = self.jobs.closed() => Ok(Forwarded::Later),
            () = self.clock.sleep_until(deadline) => Ok(Forwarded::Later),
        }
    }

    /// What became of a transaction that was forwarded.
    pub fn record(&self, hash: &TxHash) -> Option<ForwardRecord> {
        self.records.get(hash)
    }

    /// Whether a transaction waits for a sequencer's answer.
    pub fn is_waiting(&self, hash: &TxHash) -> bool {
        let is_waiting =
            |record: ForwardRecord| matches!(record.outcome, ForwardOutcome::Waiting { .. });
        self.record(hash).is_some_and(is_waiting)
    }
}

impl fmt::Debug for Forwarder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Forwarder").field("id", &self.id).finish_non_exhaustive()
    }
}

/// A transaction that was not sent yet.
pub(crate) const fn waiting(at: Duration) -> ForwardRecord {
    let outcome = ForwardOutcome::Waiting { failure: None };
    ForwardRecord { outcome, host: None, at, tries: 0 }
}

/// What became of transactions. Cloning gives another handle to the same.
#[derive(Clone, Debug)]
pub(crate) struct Records(Arc<Mutex<RecentMap<TxHash, ForwardRecord>>>);

impl Records {
    pub(crate) fn new(capacity: usize) -> Self {
        Self(Arc::new(Mutex::new(RecentMap::new(capacity))))
    }

    pub(crate) fn get(&self, hash: &TxHash) -> Option<ForwardRecord> {
        self.0.lock().get(hash).cloned()
    }

    pub(crate) fn set(&self, hash: TxHash, record: ForwardRecord) {
        self.0.lock().insert(hash, record);
    }
}
