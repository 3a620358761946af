//! Which read transactions are open, and what the slowest of them costs.
//!
//! Pages that a reader may still see are not used again, so one long reader makes the file grow
//! with every commit, for good. Nothing ends a reader from outside: whoever opens one bounds it.

use parking_lot::Mutex;
use signet_libmdbx::{ffi, sys::HandleSlowReadersReturnCode};
use std::{
    collections::BTreeMap,
    ffi::{c_int, c_uint},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// Counts for the process: the callback of the engine carries no context of ours.
static SLOW_READER_EVENTS: AtomicU64 = AtomicU64::new(0);

/// Open read transactions of one database, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Readers {
    open: Mutex<OpenReaders>,
}

#[derive(Debug, Default)]
struct OpenReaders {
    next_id: u64,
    since: BTreeMap<u64, Instant>,
}

impl Readers {
    pub(crate) fn register(self: &Arc<Self>) -> ReaderSlot {
        let since = Instant::now();
        let mut open = self.open.lock();
        let id = open.next_id;
        open.next_id += 1;
        open.since.insert(id, since);
        drop(open);
        ReaderSlot { readers: Arc::clone(self), id, since }
    }

    pub(crate) fn count(&self) -> usize {
        self.open.lock().since.len()
    }

    pub(crate) fn oldest_age(&self) -> Option<Duration> {
        self.open.lock().since.values().next().map(Instant::elapsed)
    }
}

/// One open read transaction.
#[derive(Debug)]
#[expect(unnameable_types, reason = "part of a sealed trait")]
pub struct ReaderSlot {
    readers: Arc<Readers>,
    id: u64,
    since: Instant,
}

impl ReaderSlot {
    pub(crate) fn age(&self) -> Duration {
        self.since.elapsed()
    }
}

impl Drop for ReaderSlot {
    fn drop(&mut self) {
        self.readers.open.lock().since.remove(&self.id);
    }
}

/// How often, in this process, a writer grew a file because a reader kept old pages in use.
pub(crate) fn slow_reader_events() -> u64 {
    SLOW_READER_EVENTS.load(Ordering::Relaxed)
}

/// Called by the engine before it grows a file that has pages which only a reader keeps in use.
/// The file is grown: a reader is never cut off.
pub(crate) extern "C" fn on_slow_reader(
    _env: *const ffi::MDBX_env,
    _txn: *const ffi::MDBX_txn,
    _process: ffi::mdbx_pid_t,
    _thread: ffi::mdbx_tid_t,
    _snapshot: u64,
    _lag: c_uint,
    _pages: usize,
    retry: c_int,
) -> HandleSlowReadersReturnCode {
    // A negative retry only says that the engine is done asking.
    if retry >= 0 {
        SLOW_READER_EVENTS.fetch_add(1, Ordering::Relaxed);
    }
    HandleSlowReadersReturnCode::ProceedWithoutKillingReader
}
