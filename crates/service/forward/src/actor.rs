//! The run loop: takes transactions that wait, and has so many delivered at a time.

use crate::{
    config::ForwardConfig,
    delivery::{Deliveries, Job},
    error::ForwardStartError,
    handle::{Forwarder, MakesBlocks},
    via::{NodeId, Via},
};
use futures::{StreamExt as _, stream::FuturesUnordered};
use rollup_runtime::Clock;
use rollup_txpool::{PoolTransaction, Txpool};
use std::{
    collections::VecDeque,
    fmt,
    future::{Future, ready},
    sync::Arc,
};
use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;

/// What forwarding works with.
#[derive(Clone)]
pub struct ForwardParts {
    /// The pool that transactions are taken into first.
    pub pool: Txpool,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Whether this node makes blocks itself now. Returns at once.
    pub makes_blocks: Arc<MakesBlocks>,
    /// Tells forwarding to end.
    pub shutdown: CancellationToken,
}

impl fmt::Debug for ForwardParts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ForwardParts").field("pool", &self.pool).finish_non_exhaustive()
    }
}

/// Forwarding that does not run yet.
#[derive(Debug)]
pub struct ForwardBuilder {
    forwarder: Forwarder,
    actor: Actor,
}

impl ForwardBuilder {
    /// Forwarding by these settings.
    ///
    /// # Errors
    /// [`ForwardStartError::NoUrls`], and [`ForwardStartError::Client`] if no HTTP client can be made.
    pub fn new(config: &ForwardConfig, parts: ForwardParts) -> Result<Self, ForwardStartError> {
        let ForwardParts { pool, clock, makes_blocks, shutdown } = parts;
        if config.urls.is_empty() {
            return Err(ForwardStartError::NoUrls);
        }
        let deliveries = Deliveries::new(config, pool.clone(), Arc::clone(&clock))?;
        let (jobs, waiting) = mpsc::channel(config.max_waiting.max(1));
        let bytes = config.max_waiting_bytes.min(Semaphore::MAX_PERMITS);
        let id = NodeId::random();
        let forwarder = Forwarder {
            jobs,
            bytes: Arc::new(Semaphore::new(bytes)),
            records: deliveries.records.clone(),
            id,
            answer_timeout: config.answer_timeout,
            clock,
            makes_blocks: Arc::clone(&makes_blocks),
            metrics: Arc::clone(&deliveries.metrics),
        };
        let max_in_flight = config.max_in_flight.max(1);
        let actor = Actor { deliveries, waiting, pool, makes_blocks, id, max_in_flight, shutdown };
        Ok(Self { forwarder, actor })
    }

    /// A handle. Transactions wait until forwarding runs.
    pub fn handle(&self) -> Forwarder {
        self.forwarder.clone()
    }

    /// The life of forwarding, until it is told to end: first with what the pool has of its own users,
    /// which an earlier run may not have forwarded. What is not forwarded by the end is in the pool,
    /// and in its journal.
    pub fn build(self) -> impl Future<Output = ()> + Send + 'static {
        // Now, so that what comes into the pool before the first step is not forwarded twice.
        let backlog = self.actor.backlog();
        self.actor.run(backlog)
    }
}

struct Actor {
    deliveries: Deliveries,
    waiting: mpsc::Receiver<Job>,
    pool: Txpool,
    makes_blocks: Arc<MakesBlocks>,
    id: NodeId,
    max_in_flight: usize,
    shutdown: CancellationToken,
}

impl fmt::Debug for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Actor").field("deliveries", &self.deliveries).finish_non_exhaustive()
    }
}

impl Actor {
    async fn run(mut self, mut backlog: VecDeque<Arc<PoolTransaction>>) {
        let mut in_flight = FuturesUnordered::new();
        let deliveries = &self.deliveries;
        loop {
            let waiting = in_flight.len() + self.waiting.len() + backlog.len();
            deliveries.metrics.waiting.set(waiting as f64);
            let has_room = in_flight.len() < self.max_in_flight;
            // Every branch may be dropped: what it takes, it gives.
            tokio::select! {
                biased;
                () = self.shutdown.cancelled() => return,
                Some(()) = in_flight.next(), if !in_flight.is_empty() => {}
                // Somebody waits for these.
                Some(job) = self.waiting.recv(), if has_room => {
                    in_flight.push(deliveries.deliver(job));
                }
                () = ready(()), if has_room && !backlog.is_empty() => {
                    let job = backlog.pop_front().map(|transaction| job_of(transaction, self.id));
                    in_flight.extend(job.map(|job| deliveries.deliver(job)));
                }
            }
        }
    }

    fn backlog(&self) -> VecDeque<Arc<PoolTransaction>> {
        if (self.makes_blocks)() {
            return VecDeque::new();
        }
        let transactions = self.pool.local_transactions();
        for transaction in &transactions {
            self.deliveries.note_waiting(transaction.hash());
        }
        transactions.into()
    }
}

fn job_of(transaction: Arc<PoolTransaction>, id: NodeId) -> Job {
    Job { transaction, via: Via::default().and(id), reply: None, _bytes: None }
}
