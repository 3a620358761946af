//! Time as the node sees it.

use futures::future::BoxFuture;
use parking_lot::Mutex;
use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    fmt::Debug,
    sync::Arc,
    time::{Duration, Instant, UNIX_EPOCH},
};
use tokio::sync::{oneshot, watch};

/// Where the node takes the time from.
///
/// There are two times: that of the wall, which may be set back, and one that only goes on and says
/// how long something takes.
pub trait Clock: Debug + Send + Sync + 'static {
    /// Time since the Unix epoch, as far as the machine knows it.
    fn unix_time(&self) -> Duration;

    /// Time since some fixed moment. Never goes back.
    fn now(&self) -> Duration;

    /// Completes when [`Self::now`] has reached `deadline`. Dropping the future cancels it.
    fn sleep_until(&self, deadline: Duration) -> BoxFuture<'static, ()>;
}

/// The clock of the machine.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock {
    start: Instant,
}

impl SystemClock {
    /// A clock whose [`Clock::now`] starts here.
    pub fn new() -> Self {
        Self { start: Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    fn unix_time(&self) -> Duration {
        // A clock before 1970 is as wrong as one in 1970.
        std::time::SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
    }

    fn now(&self) -> Duration {
        self.start.elapsed()
    }

    fn sleep_until(&self, deadline: Duration) -> BoxFuture<'static, ()> {
        let deadline = self.start.checked_add(deadline);
        Box::pin(async move {
            match deadline {
                Some(deadline) => tokio::time::sleep_until(deadline.into()).await,
                None => std::future::pending().await,
            }
        })
    }
}

/// A clock that stands still until it is moved. For simulations and tests.
#[derive(Clone, Debug)]
pub struct SimulatedClock {
    state: Arc<Mutex<SimulatedTime>>,
    /// How many have slept.
    slept: watch::Sender<u64>,
}

#[derive(Debug)]
struct SimulatedTime {
    unix_time: Duration,
    now: Duration,
    sleepers: BinaryHeap<Reverse<Sleeper>>,
    slept: u64,
}

/// Ordered by deadline; those with the same one in the order in which they came.
#[derive(Debug)]
struct Sleeper {
    deadline: Duration,
    index: u64,
    wake: oneshot::Sender<()>,
}

impl PartialEq for Sleeper {
    fn eq(&self, other: &Self) -> bool {
        self.index == other.index
    }
}

impl Eq for Sleeper {}

impl PartialOrd for Sleeper {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Sleeper {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.deadline, self.index).cmp(&(other.deadline, other.index))
    }
}

impl SimulatedClock {
    /// A clock at this time since the Unix epoch.
    pub fn new(unix_time: Duration) -> Self {
        let state =
            SimulatedTime { unix_time, now: Duration::ZERO, sleepers: BinaryHeap::new(), slept: 0 };
        Self { state: Arc::new(Mutex::new(state)), slept: watch::Sender::new(0) }
    }

    /// Moves both times on, and wakes whoever waited for a time up to then.
    pub fn advance(&self, by: Duration) {
        let mut state = self.state.lock();
        state.now += by;
        state.unix_time += by;
        while let Some(Reverse(first)) = state.sleepers.peek() {
            if first.deadline > state.now {
                break;
            }
            let Some(Reverse(sleeper)) = state.sleepers.pop() else { break };
            // Nobody waits any more: that is not the clock's business.
            sleeper.wake.send(()).ok();
        }
    }

    /// Sets the wall clock, forward or back, without letting time pass.
    pub fn set_unix_time(&self, unix_time: Duration) {
        self.state.lock().unix_time = unix_time;
    }

    /// When the first of those that wait now is due, by [`Clock::now`].
    pub fn next_deadline(&self) -> Option<Duration> {
        let mut state = self.state.lock();
        while state.sleepers.peek().is_some_and(|Reverse(first)| first.wake.is_closed()) {
            state.sleepers.pop();
        }
        state.sleepers.peek().map(|Reverse(first)| first.deadline)
    }

    /// Waits until somebody sleeps until this time, by [`Clock::now`]. So a test moves the clock
    /// only when whoever it tests has seen everything up to now. Cancel-safe.
    pub async fn until_slept_to(&self, deadline: Duration) {
        let mut slept = self.slept.subscribe();
        // Fails when the sender is gone, which this clock holds.
        slept.wait_for(|_| self.is_slept_to(deadline)).await.ok();
    }

    fn is_slept_to(&self, deadline: Duration) -> bool {
        let state = self.state.lock();
        let mut sleepers = state.sleepers.iter();
        sleepers.any(|Reverse(sleeper)| sleeper.deadline == deadline && !sleeper.wake.is_closed())
    }
}

impl Clock for SimulatedClock {
    fn unix_time(&self) -> Duration {
        self.state.lock().unix_time
    }

    fn now(&self) -> Duration {
        self.state.lock().now
    }

    fn sleep_until(&self, deadline: Duration) -> BoxFuture<'static, ()> {
        let mut state = self.state.lock();
        if deadline <= state.now {
            return Box::pin(async {});
        }
        let (wake, woken) = oneshot::channel();
        let index = state.slept;
        state.slept += 1;
        state.sleepers.push(Reverse(Sleeper { deadline, index, wake }));
        drop(state);
        self.slept.send_replace(index + 1);
        // The clock outlives the sleep only by accident: without it, time never comes.
        Box::pin(async move {
            if woken.await.is_err() {
                std::future::pending().await
            }
        })
    }
}
