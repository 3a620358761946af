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

#[cfg(test)]
mod tests {
    use super::*;
    use futures::{FutureExt as _, poll};
    use std::task::Poll;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn clock() -> SimulatedClock {
        SimulatedClock::new(ms(1_000_000))
    }

    #[tokio::test]
    async fn sleepers_wake_when_their_time_has_come_and_not_before() {
        let clock = clock();
        let mut early = clock.sleep_until(ms(10));
        let mut late = clock.sleep_until(ms(20));
        clock.advance(ms(9));
        assert_eq!(poll!(&mut early), Poll::Pending);
        clock.advance(ms(1));
        assert_eq!(poll!(&mut early), Poll::Ready(()));
        assert_eq!(poll!(&mut late), Poll::Pending);
        clock.advance(ms(100));
        assert_eq!(poll!(&mut late), Poll::Ready(()));
        assert_eq!((clock.now(), clock.unix_time()), (ms(110), ms(1_000_110)));
    }

    #[tokio::test]
    async fn a_time_that_has_come_needs_no_sleep() {
        let clock = clock();
        clock.advance(ms(5));
        assert_eq!(clock.sleep_until(ms(5)).now_or_never(), Some(()));
        assert_eq!(clock.next_deadline(), None);
    }

    #[test]
    fn setting_the_wall_clock_lets_no_time_pass() {
        let clock = clock();
        let mut sleep = clock.sleep_until(ms(10));
        clock.set_unix_time(ms(1));
        assert_eq!((clock.now(), clock.unix_time()), (ms(0), ms(1)));
        assert_eq!((&mut sleep).now_or_never(), None);
    }

    #[test]
    fn a_sleep_that_is_dropped_is_nobodys_deadline() {
        let clock = clock();
        let early = clock.sleep_until(ms(10));
        let _late = clock.sleep_until(ms(20));
        assert_eq!(clock.next_deadline(), Some(ms(10)));
        drop(early);
        assert_eq!(clock.next_deadline(), Some(ms(20)));
    }

    #[tokio::test]
    async fn waiting_for_a_sleep_sees_past_and_future_ones_but_none_that_is_dropped() {
        let clock = clock();
        drop(clock.sleep_until(ms(10)));
        let waits = clock.until_slept_to(ms(10));
        tokio::pin!(waits);
        assert_eq!(poll!(&mut waits), Poll::Pending);
        let _other = clock.sleep_until(ms(11));
        assert_eq!(poll!(&mut waits), Poll::Pending);
        let _sleep = clock.sleep_until(ms(10));
        assert_eq!(poll!(&mut waits), Poll::Ready(()));
        assert_eq!(clock.until_slept_to(ms(11)).now_or_never(), Some(()));
    }

    #[tokio::test]
    async fn the_clock_of_the_machine_goes_on() {
        let clock = SystemClock::new();
        let start = clock.now();
        clock.sleep_until(start + ms(1)).await;
        assert!(clock.now() >= start + ms(1));
        assert!(clock.unix_time() > ms(1_700_000_000_000));
        let never = clock.sleep_until(Duration::MAX);
        assert_eq!(never.now_or_never(), None);
    }
}
