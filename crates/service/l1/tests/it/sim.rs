//! A watcher with everything around it, run by hand: whatever it waits for, the test knows.

use crate::{
    endpoint::{Endpoint, Faults, World},
    model::{Act, Model, contracts},
    store::{Records, Store, Undo, open},
};
use futures::{
    FutureExt as _,
    future::BoxFuture,
    task::{ArcWake, waker},
};
use rollup_l1::{
    L1Notification, L1WatcherBuilder, L1WatcherConfig, L1WatcherError, L1WatcherHandle,
    L1WatcherParts, L1WatcherStatus,
};
use rollup_runtime::{Clock as _, SimulatedClock};
use rollup_storage::{BatchId, L1Event, RollupChange, Storage};
use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};
use tempfile::TempDir;
use tokio::sync::broadcast::{self, error::TryRecvError};
use tokio_util::sync::CancellationToken;

/// Time of the wall when a test begins.
const UNIX_TIME: Duration = Duration::from_secs(1_800_000_000);
/// Waits after which a watcher that is not there yet never will be.
const MANY: usize = 3000;

#[derive(Debug, Default)]
struct Woken(AtomicBool);

impl ArcWake for Woken {
    fn wake_by_ref(woken: &Arc<Self>) {
        woken.0.store(true, Ordering::Relaxed);
    }
}

/// A watcher with everything around it. Time stands still until it is moved.
pub(crate) struct Sim {
    pub(crate) clock: SimulatedClock,
    pub(crate) endpoint: Endpoint,
    pub(crate) store: Store,
    pub(crate) config: L1WatcherConfig,
    pub(crate) handle: L1WatcherHandle,
    pub(crate) shutdown: CancellationToken,
    pub(crate) reported_reorgs: u64,
    life: BoxFuture<'static, ()>,
    notifications: broadcast::Receiver<L1Notification>,
    woken: Arc<Woken>,
    _directory: TempDir,
}

impl Sim {
    pub(crate) fn new() -> Self {
        Self::with(L1WatcherConfig { query_range: 5, ..L1WatcherConfig::new(contracts()) })
    }

    pub(crate) fn with(config: L1WatcherConfig) -> Self {
        let directory = TempDir::new().unwrap();
        let clock = SimulatedClock::new(UNIX_TIME);
        let world = World { model: Model::new(), faults: Faults::default() };
        let endpoint = Endpoint(Arc::new(Mutex::new(world)));
        let store = Store::new(open(directory.path()), endpoint.clone());
        let (handle, life, shutdown) = start(&config, &clock, &endpoint, &store);
        Self {
            notifications: handle.subscribe(),
            clock,
            endpoint,
            store,
            config,
            handle,
            shutdown,
            reported_reorgs: 0,
            life,
            woken: Arc::default(),
            _directory: directory,
        }
    }

    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.endpoint.world()
    }

    pub(crate) fn faults<T>(&self, change: impl FnOnce(&mut Faults) -> T) -> T {
        change(&mut self.world().faults)
    }

    pub(crate) const fn storage(&self) -> &Storage {
        &self.store.storage
    }

    pub(crate) fn status(&self) -> L1WatcherStatus {
        self.handle.status()
    }

    pub(crate) fn mine(&self, acts: &[Act]) {
        let timestamp = self.clock.unix_time().as_secs();
        self.world().model.mine(acts, timestamp);
    }

    pub(crate) fn mine_empty(&self, count: u64) {
        (0..count).for_each(|_| self.mine(&[]));
    }

    /// Blocks are taken back, and as many and one more come instead.
    pub(crate) fn reorg(&self, depth: u64, acts: &[Act]) {
        let depth = self.world().model.take_back(depth);
        self.mine(acts);
        self.mine_empty(depth);
    }

    pub(crate) fn finalize(&self, number: u64) {
        let model = &mut self.world().model;
        model.finalized = model.finalized.max(number.min(model.tip_number()));
    }

    /// The watcher goes on once. Whether it wants to go on at once.
    pub(crate) fn poll(&mut self) -> bool {
        self.woken.0.store(false, Ordering::Relaxed);
        let waker = waker(Arc::clone(&self.woken));
        match self.life.poll_unpin(&mut Context::from_waker(&waker)) {
            Poll::Ready(()) => {
                assert!(self.shutdown.is_cancelled(), "the watcher ended by itself");
                false
            }
            Poll::Pending => self.woken.0.load(Ordering::Relaxed),
        }
    }

    /// The watcher goes on until it waits for time.
    pub(crate) fn look(&mut self) -> Vec<L1Notification> {
        while self.poll() {}
        let mut seen = Vec::new();
        loop {
            match self.notifications.try_recv() {
                Ok(notification) => seen.push(notification),
                Err(TryRecvError::Lagged(_)) => {}
                Err(_) => break,
            }
        }
        let is_reorg = |seen: &&L1Notification| matches!(seen, L1Notification::Reorg { .. });
        self.reported_reorgs += seen.iter().filter(is_reorg).count() as u64;
        seen
    }

    /// Moves time to when the watcher wants to go on, so many times.
    pub(crate) fn run(&mut self, waits: usize) -> Vec<L1Notification> {
        let mut seen = self.look();
        for _ in 0..waits {
            let next = self.clock.next_deadline().expect("it waits for time");
            self.clock.advance(next.saturating_sub(self.clock.now()));
            seen.extend(self.look());
        }
        seen
    }

    /// Runs until everything is processed and final that is so on L1.
    pub(crate) fn settle(&mut self) -> Vec<L1Notification> {
        let mut seen = self.look();
        for _ in 0..MANY {
            if self.is_settled() {
                return seen;
            }
            seen.extend(self.run(1));
        }
        panic!("never settles: {:?}", self.status());
    }

    fn is_settled(&self) -> bool {
        let status = self.status();
        let world = self.world();
        let latest = world.model.tip().header.hash;
        status.is_synced
            && status.fault.is_none()
            && status.latest.is_some_and(|shown| shown.hash == latest)
            && status.processed == Some(world.model.tip_number())
            && status.finalized.map_or(0, |block| block.number) == world.model.finalized
    }

    /// Ends the watcher wherever it is, and starts another one over the same storage.
    pub(crate) fn restart(&mut self) {
        let (handle, life, shutdown) =
            start(&self.config, &self.clock, &self.endpoint, &self.store);
        self.notifications = handle.subscribe();
        (self.handle, self.life, self.shutdown) = (handle, life, shutdown);
    }

    /// Orders to read again, and lets that be done.
    pub(crate) fn revert_to(&mut self, to: u64) -> Result<(), L1WatcherError> {
        let handle = self.handle.clone();
        let mut order = Box::pin(async move { handle.revert_to(to).await });
        loop {
            let waker = waker(Arc::clone(&self.woken));
            if let Poll::Ready(result) = order.poll_unpin(&mut Context::from_waker(&waker)) {
                return result;
            }
            self.poll();
        }
    }

    pub(crate) fn undone(&self) -> Vec<Undo> {
        std::mem::take(&mut *self.store.undone.lock().unwrap())
    }

    /// What is stored must be what the chain did, and nothing else.
    pub(crate) fn assert_like_replay(&self) {
        let directory = TempDir::new().unwrap();
        let replayed = open(directory.path());
        let world = self.world();
        let changes = world.model.replay();
        let batches: Vec<BatchId> = committed(&changes).collect();
        replayed.apply_rollup(changes).unwrap();
        let expected = Records::read(&replayed, &batches);
        assert_eq!(Records::read(self.storage(), &batches), expected);
        let known: HashSet<_> = batches.into_iter().collect();
        assert!(expected.live.iter().all(|(id, _)| known.contains(id)));
    }
}

fn committed(changes: &[RollupChange]) -> impl Iterator<Item = BatchId> {
    let blocks = changes.iter().filter_map(|change| match change {
        RollupChange::L1Block(block) => Some(block),
        _ => None,
    });
    blocks.flat_map(|block| &block.events).filter_map(|event| match event {
        L1Event::BatchCommitted(committed) => Some(committed.batch),
        _ => None,
    })
}

type Started = (L1WatcherHandle, BoxFuture<'static, ()>, CancellationToken);

fn start(
    config: &L1WatcherConfig,
    clock: &SimulatedClock,
    endpoint: &Endpoint,
    store: &Store,
) -> Started {
    let shutdown = CancellationToken::new();
    let parts = L1WatcherParts {
        reader: Arc::new(endpoint.clone()),
        sink: Arc::new(store.clone()),
        clock: Arc::new(clock.clone()),
        shutdown: shutdown.clone(),
    };
    let builder = L1WatcherBuilder::new(config.clone(), parts).unwrap();
    (builder.handle(), builder.build().boxed(), shutdown)
}
