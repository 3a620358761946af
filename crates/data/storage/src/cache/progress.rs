//! How far the cache has followed the commits.

use std::sync::atomic::{AtomicU64, Ordering};

/// Numbers of snapshots. Equal, except while a commit is written to the shards.
///
/// They are read under the lock of the shard that they are to judge, and so need no memory ordering
/// of their own; see the module.
#[derive(Debug)]
pub(super) struct Progress {
    /// The last commit whose changes are all in the shards.
    version: AtomicU64,
    /// The last commit of which some changes may be.
    updating_to: AtomicU64,
}

impl Progress {
    pub(super) const fn new(version: u64) -> Self {
        Self { version: AtomicU64::new(version), updating_to: AtomicU64::new(version) }
    }

    pub(super) fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire)
    }

    pub(super) fn updating_to(&self) -> u64 {
        self.updating_to.load(Ordering::Acquire)
    }

    /// Before the first shard is changed.
    pub(super) fn begin(&self, snapshot: u64) {
        self.updating_to.store(snapshot, Ordering::Release);
    }

    /// After the last shard is changed.
    pub(super) fn finish(&self, snapshot: u64) {
        self.version.store(snapshot, Ordering::Release);
    }
}
