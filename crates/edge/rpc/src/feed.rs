//! One list of news that many read, each at its own pace.
//!
//! What is kept is kept once for all readers, and no more than the limits say: a reader that is too
//! slow finds that something was thrown away before it came to it. Nobody waits for a reader.

use parking_lot::RwLock;
use std::{collections::VecDeque, fmt, sync::Arc};
use tokio::sync::watch;

/// How much is kept for those who have not read it yet. The newest item is kept in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeedLimits {
    /// Items, at most.
    pub items: usize,
    /// Bytes of all items together, about.
    pub bytes: usize,
}

/// Something was thrown away before it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Behind;

/// Where the list is written. Cloning gives another writer of the same list.
pub(crate) struct Feed<T> {
    shared: Arc<Shared<T>>,
}

struct Shared<T> {
    limits: FeedLimits,
    kept: RwLock<Kept<T>>,
    /// Of what is kept. Changed under the lock of it.
    window: watch::Sender<Window>,
}

/// Positions in the list: those in between are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Window {
    first: u64,
    /// Of the item that comes next.
    next: u64,
}

struct Kept<T> {
    items: VecDeque<(Arc<T>, usize)>,
    bytes: usize,
    /// Position of the first item, or of the next one if there is none.
    first: u64,
}

impl<T> Kept<T> {
    fn window(&self) -> Window {
        Window { first: self.first, next: self.first.saturating_add(self.items.len() as u64) }
    }

    fn push(&mut self, item: T, bytes: usize, limits: FeedLimits) {
        self.items.push_back((Arc::new(item), bytes));
        self.bytes = self.bytes.saturating_add(bytes);
        while self.items.len() > 1 && (self.items.len() > limits.items || self.bytes > limits.bytes)
        {
            self.drop_first();
        }
    }

    fn drop_first(&mut self) {
        if let Some((_, bytes)) = self.items.pop_front() {
            self.bytes = self.bytes.saturating_sub(bytes);
            self.first = self.first.saturating_add(1);
        }
    }

    /// Throws everything away, and as many positions of which nothing is known.
    fn skip(&mut self, positions: u64) {
        self.first = self.window().next.saturating_add(positions);
        self.items.clear();
        self.bytes = 0;
    }

    /// The item at a position; `None` if it is not there yet.
    fn get(&self, position: u64) -> Result<Option<Arc<T>>, Behind> {
        let index = position.checked_sub(self.first).ok_or(Behind)?;
        let item = usize::try_from(index).ok().and_then(|index| self.items.get(index));
        Ok(item.map(|(item, _)| Arc::clone(item)))
    }
}

impl<T> Feed<T> {
    pub(crate) fn new(limits: FeedLimits) -> Self {
        let kept = Kept { items: VecDeque::new(), bytes: 0, first: 0 };
        let window = watch::Sender::new(kept.window());
        Self { shared: Arc::new(Shared { limits, kept: RwLock::new(kept), window }) }
    }

    /// Whether anybody reads.
    pub(crate) fn is_heard(&self) -> bool {
        self.shared.window.receiver_count() > 0
    }

    /// Adds an item of about so many bytes, which is told its position. Nothing is kept if nobody
    /// reads.
    pub(crate) fn push(&self, bytes: usize, make: impl FnOnce(u64) -> T) {
        let mut kept = self.shared.kept.write();
        if self.is_heard() {
            let item = make(kept.window().next);
            kept.push(item, bytes, self.shared.limits);
        } else {
            kept.skip(1);
        }
        self.shared.window.send_replace(kept.window());
    }

    /// Leaves out items that could not be had: every reader is behind. Zero only throws away what is
    /// kept.
    pub(crate) fn skip(&self, positions: u64) {
        let mut kept = self.shared.kept.write();
        kept.skip(positions);
        self.shared.window.send_replace(kept.window());
    }

    /// Reads what comes from now on.
    pub(crate) fn reader(&self) -> FeedReader<T> {
        let kept = self.shared.kept.read();
        let window = self.shared.window.subscribe();
        FeedReader { shared: Arc::clone(&self.shared), window, next: kept.window().next }
    }
}

impl<T> Clone for Feed<T> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared) }
    }
}

impl<T> fmt::Debug for Feed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Feed")
            .field("window", &*self.shared.window.borrow())
            .finish_non_exhaustive()
    }
}

/// Reads the list from some position on.
pub(crate) struct FeedReader<T> {
    shared: Arc<Shared<T>>,
    window: watch::Receiver<Window>,
    next: u64,
}

impl<T> FeedReader<T> {
    /// The next item, when it is there. Cancel-safe.
    pub(crate) async fn next(&mut self) -> Result<Arc<T>, Behind> {
        loop {
            if let Some(item) = self.try_next()? {
                return Ok(item);
            }
            let next = self.next;
            // Fails when the writer is gone, which this reader holds.
            self.window.wait_for(|window| window.next > next).await.ok();
        }
    }

    /// The next item, if it is there.
    pub(crate) fn try_next(&mut self) -> Result<Option<Arc<T>>, Behind> {
        let item = self.shared.kept.read().get(self.next)?;
        if item.is_some() {
            self.next = self.next.saturating_add(1);
        }
        Ok(item)
    }

    /// Completes when the item that would be next was thrown away. Cancel-safe.
    pub(crate) async fn until_behind(&mut self) {
        let next = self.next;
        // As above.
        self.window.wait_for(|window| window.first > next).await.ok();
    }

    /// Goes on with the first item that is kept. Gives the position before it, and how many items
    /// were not read.
    pub(crate) fn catch_up(&mut self) -> (u64, u64) {
        let first = self.shared.kept.read().first;
        let missed = first.saturating_sub(self.next);
        self.next = self.next.max(first);
        (self.next.saturating_sub(1), missed)
    }
}

impl<T> fmt::Debug for FeedReader<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FeedReader").field("next", &self.next).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt as _;

    const LIMITS: FeedLimits = FeedLimits { items: 3, bytes: 100 };

    fn numbers(feed: &Feed<u64>, count: u64) {
        for _ in 0..count {
            feed.push(1, |position| position);
        }
    }

    fn read(reader: &mut FeedReader<u64>) -> Vec<u64> {
        std::iter::from_fn(|| reader.try_next().unwrap()).map(|item| *item).collect()
    }

    #[test]
    fn every_reader_gets_what_comes_after_it_began() {
        let feed = Feed::new(LIMITS);
        let mut first = feed.reader();
        numbers(&feed, 2);
        let mut second = feed.reader();
        numbers(&feed, 1);
        assert_eq!(read(&mut first), [0, 1, 2]);
        assert_eq!(read(&mut second), [2]);
        assert_eq!(first.try_next(), Ok(None));
    }

    #[test]
    fn a_slow_reader_is_behind_and_the_others_are_not() {
        let feed = Feed::new(LIMITS);
        let (mut slow, mut fast) = (feed.reader(), feed.reader());
        for _ in 0..4 {
            assert!(slow.until_behind().now_or_never().is_none());
            numbers(&feed, 1);
            assert_eq!(read(&mut fast).len(), 1);
        }
        assert!(slow.until_behind().now_or_never().is_some());
        assert_eq!(slow.try_next(), Err(Behind));
        assert_eq!(slow.catch_up(), (0, 1));
        assert_eq!(read(&mut slow), [1, 2, 3]);
    }

    #[test]
    fn no_more_bytes_are_kept_than_may_be_but_the_newest_item_is() {
        let feed = Feed::new(LIMITS);
        let mut reader = feed.reader();
        feed.push(60, |position| position);
        feed.push(60, |position| position);
        assert_eq!(reader.catch_up(), (0, 1));
        assert_eq!(read(&mut reader), [1]);
        feed.push(1000, |position| position);
        assert_eq!(read(&mut reader), [2]);
        assert_eq!(feed.shared.kept.read().bytes, 1000);
    }

    #[test]
    fn nothing_is_kept_for_nobody_but_it_counts() {
        let feed = Feed::new(LIMITS);
        numbers(&feed, 2);
        assert_eq!(feed.shared.kept.read().items.len(), 0);
        let mut reader = feed.reader();
        numbers(&feed, 1);
        assert_eq!(read(&mut reader), [2]);
    }

    #[test]
    fn what_could_not_be_had_is_missed_by_everybody() {
        let feed = Feed::new(LIMITS);
        let mut reader = feed.reader();
        numbers(&feed, 1);
        feed.skip(5);
        assert_eq!(reader.try_next(), Err(Behind));
        assert_eq!(reader.catch_up(), (5, 6));
        numbers(&feed, 1);
        assert_eq!(read(&mut reader), [6]);
    }

    #[tokio::test]
    async fn a_reader_waits_for_the_next_item() {
        let feed = Feed::new(LIMITS);
        let mut reader = feed.reader();
        let mut next = Box::pin(reader.next());
        assert!(futures::poll!(&mut next).is_pending());
        numbers(&feed, 1);
        assert_eq!(*next.await.unwrap(), 0);
    }
}
