//! What connections may hold, each and all together.
//!
//! ```text
//!  a call    ─ one of Totals::calls ───── until it is answered
//!  its answer ─ bytes of Unread ───────── until the peer has taken them, per connection
//!              ─ bytes of Totals::answers ─ the same over all connections, if the answer is long
//!  a subscription ─ a place of its connection, and one of Totals::subscriptions
//! ```

use crate::config::RpcLimits;
use parking_lot::Mutex;
use std::sync::{
    Arc, Weak,
    atomic::{AtomicUsize, Ordering},
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Answers of so many bytes are not counted over all connections. So callers with short answers
/// are served while others let long ones lie.
const SHORT_ANSWER_BYTES: usize = 64 << 10;

/// What all connections of all servers share.
#[derive(Debug)]
pub(crate) struct Totals {
    calls: Arc<Semaphore>,
    answers: Arc<Semaphore>,
    max_subscriptions: usize,
    /// The places of each connection that are left.
    subscriptions: Mutex<Vec<Weak<Semaphore>>>,
    max_subscriptions_per_connection: usize,
}

/// One more than there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OverLimit {
    /// For this connection.
    Connection,
    /// Over all connections.
    Total,
}

fn size(limit: u32) -> usize {
    usize::try_from(limit).unwrap_or(usize::MAX).min(Semaphore::MAX_PERMITS)
}

impl Totals {
    pub(crate) fn new(limits: &RpcLimits) -> Arc<Self> {
        // The longest answer must fit.
        let answers = limits.max_unread_bytes.max(limits.max_response_bytes);
        Arc::new(Self {
            calls: Arc::new(Semaphore::new(size(limits.max_calls))),
            answers: Arc::new(Semaphore::new(size(answers))),
            max_subscriptions: size(limits.max_subscriptions),
            subscriptions: Mutex::default(),
            max_subscriptions_per_connection: size(limits.max_subscriptions_per_connection),
        })
    }

    /// A place for a call, until it is answered.
    pub(crate) fn call(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.calls).try_acquire_owned().ok()
    }

    /// The subscriptions of a new connection.
    pub(crate) fn connection(self: &Arc<Self>) -> ConnectionSubscriptions {
        let places = Arc::new(Semaphore::new(self.max_subscriptions_per_connection));
        let mut all = self.subscriptions.lock();
        all.retain(|places| places.strong_count() > 0);
        all.push(Arc::downgrade(&places));
        drop(all);
        ConnectionSubscriptions { places, totals: Arc::clone(self) }
    }
}

/// The subscriptions of one connection.
#[derive(Debug)]
pub(crate) struct ConnectionSubscriptions {
    places: Arc<Semaphore>,
    totals: Arc<Totals>,
}

impl ConnectionSubscriptions {
    /// A place for a subscription, until the permit is dropped.
    pub(crate) fn acquire(&self) -> Result<OwnedSemaphorePermit, OverLimit> {
        // Nobody else takes a place between the sum and the acquisition.
        let all = self.totals.subscriptions.lock();
        let max = self.totals.max_subscriptions_per_connection;
        let taken = |places: &Semaphore| max.saturating_sub(places.available_permits());
        let total: usize = all.iter().filter_map(Weak::upgrade).map(|places| taken(&places)).sum();
        let own = Arc::clone(&self.places).try_acquire_owned().ok().ok_or(OverLimit::Connection)?;
        drop(all);
        if total < self.totals.max_subscriptions { Ok(own) } else { Err(OverLimit::Total) }
    }
}

/// Answers of one connection that the peer has not taken yet.
#[derive(Debug)]
pub(crate) struct Unread {
    bytes: AtomicUsize,
    max_bytes: usize,
    totals: Arc<Totals>,
}

impl Unread {
    /// Up to `max_bytes`; an answer that is alone may have more.
    pub(crate) fn new(max_bytes: u32, totals: &Arc<Totals>) -> Arc<Self> {
        let max_bytes = size(max_bytes);
        Arc::new(Self { bytes: AtomicUsize::new(0), max_bytes, totals: Arc::clone(totals) })
    }

    /// Nothing yet.
    pub(crate) fn hold(self: &Arc<Self>) -> Held {
        Held { bytes: 0, total: None, unread: Arc::clone(self) }
    }
}

/// Bytes of an answer that count until this is dropped.
#[derive(Debug)]
pub(crate) struct Held {
    bytes: usize,
    total: Option<OwnedSemaphorePermit>,
    unread: Arc<Unread>,
}

impl Held {
    /// Counts so many bytes more.
    pub(crate) fn grow(&mut self, bytes: usize) -> Result<(), OverLimit> {
        let (own, max) = (self.bytes, self.unread.max_bytes);
        let fits = |held: usize| {
            let grown = held.saturating_add(bytes);
            (held == own || grown <= max).then_some(grown)
        };
        let order = Ordering::Relaxed;
        let added = self.unread.bytes.fetch_update(order, order, fits);
        added.ok().ok_or(OverLimit::Connection)?;
        self.bytes = self.bytes.saturating_add(bytes);
        if self.bytes <= SHORT_ANSWER_BYTES {
            return Ok(());
        }
        let counted = self.total.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let missing = u32::try_from(self.bytes.saturating_sub(counted)).unwrap_or(u32::MAX);
        let answers = Arc::clone(&self.unread.totals.answers);
        let permit = answers.try_acquire_many_owned(missing).ok().ok_or(OverLimit::Total)?;
        match &mut self.total {
            Some(total) => total.merge(permit),
            None => self.total = Some(permit),
        }
        Ok(())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.unread.bytes.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn totals(limits: RpcLimits) -> Arc<Totals> {
        Totals::new(&limits)
    }

    fn held(unread: &Arc<Unread>, bytes: usize) -> Result<Held, OverLimit> {
        let mut held = unread.hold();
        held.grow(bytes).map(|()| held)
    }

    fn bytes(unread: &Unread) -> usize {
        unread.bytes.load(Ordering::Relaxed)
    }

    #[test]
    fn a_connection_holds_one_answer_of_any_length_or_several_within_its_limit() {
        let totals = totals(RpcLimits::default());
        let unread = Unread::new(1000, &totals);
        let first = held(&unread, 5000).unwrap();
        assert_eq!(held(&unread, 1).unwrap_err(), OverLimit::Connection);
        drop(first);
        let first = held(&unread, 600).unwrap();
        let second = held(&unread, 400).unwrap();
        assert_eq!(held(&unread, 1).unwrap_err(), OverLimit::Connection);
        assert_eq!(bytes(&unread), 1000);
        drop((first, second));
        assert_eq!(bytes(&unread), 0);
    }

    #[test]
    fn long_answers_count_over_all_connections_and_short_ones_do_not() {
        let limits = RpcLimits {
            max_unread_bytes: 200_000,
            max_response_bytes: 200_000,
            ..RpcLimits::default()
        };
        let totals = totals(limits);
        let connection = || Unread::new(200_000, &totals);
        let long = held(&connection(), 150_000).unwrap();
        assert_eq!(held(&connection(), 70_000).unwrap_err(), OverLimit::Total);
        drop(held(&connection(), SHORT_ANSWER_BYTES).unwrap());
        drop(long);
        drop(held(&connection(), 70_000).unwrap());
    }

    #[test]
    fn an_answer_that_grows_counts_once() {
        let limits = RpcLimits {
            max_unread_bytes: 100_000,
            max_response_bytes: 100_000,
            ..RpcLimits::default()
        };
        let totals = totals(limits);
        let unread = Unread::new(100_000, &totals);
        let mut held = unread.hold();
        for _ in 0..10 {
            held.grow(10_000).unwrap();
        }
        assert_eq!((bytes(&unread), totals.answers.available_permits()), (100_000, 0));
        assert_eq!(held.grow(1), Err(OverLimit::Total));
        drop(held);
        assert_eq!((bytes(&unread), totals.answers.available_permits()), (0, 100_000));
    }

    #[test]
    fn subscriptions_count_per_connection_and_over_all() {
        let totals = totals(RpcLimits {
            max_subscriptions: 3,
            max_subscriptions_per_connection: 2,
            ..RpcLimits::default()
        });
        let (one, two) = (totals.connection(), totals.connection());
        let first = one.acquire().unwrap();
        let _second = one.acquire().unwrap();
        assert_eq!(one.acquire().unwrap_err(), OverLimit::Connection);
        let _third = two.acquire().unwrap();
        assert_eq!(two.acquire().unwrap_err(), OverLimit::Total);
        // The subscriptions of a connection may outlive it for a moment, and count.
        drop(one);
        assert_eq!(two.acquire().unwrap_err(), OverLimit::Total);
        drop(first);
        drop(two.acquire().unwrap());
    }
}
