//! A bounded map in parts, each behind a lock of its own.

use super::stats::HitCount;
use alloy_primitives::map::DefaultHashBuilder;
use parking_lot::{Mutex, MutexGuard};
use quick_cache::{Weighter, unsync::Cache};
use std::{
    fmt,
    hash::{BuildHasher, Hash},
};

/// A power of two well above the number of threads, so that two of them seldom meet.
pub(super) const SHARDS: usize = 64;

pub(super) struct Shards<K, V, W> {
    shards: [Mutex<Shard<K, V, W>>; SHARDS],
    hasher: DefaultHashBuilder,
}

/// On cache lines of its own: the lock of one shard is not slowed by its neighbour's.
#[repr(align(128))]
pub(super) struct Shard<K, V, W> {
    pub(super) entries: Cache<K, V, W, DefaultHashBuilder>,
    pub(super) reads: HitCount,
}

impl<K: Hash + Eq, V, W: Weighter<K, V> + Clone> Shards<K, V, W> {
    /// Shards that keep `weight` in all, in about `entries` entries.
    pub(super) fn new(entries: usize, weight: u64, weighter: &W) -> Self {
        let entries = entries.div_ceil(SHARDS).max(1);
        let weight = weight.div_ceil(SHARDS as u64).max(1);
        let shard = |_| {
            let hasher = DefaultHashBuilder::default();
            let lifecycle = Default::default();
            let entries = Cache::with(entries, weight, weighter.clone(), hasher, lifecycle);
            Mutex::new(Shard { entries, reads: HitCount::default() })
        };
        Self { shards: std::array::from_fn(shard), hasher: DefaultHashBuilder::default() }
    }

    /// The shard that a key belongs to.
    pub(super) fn lock(&self, key: &K) -> MutexGuard<'_, Shard<K, V, W>> {
        let [byte, ..] = self.hasher.hash_one(key).to_be_bytes();
        self.shards[usize::from(byte) % SHARDS].lock()
    }

    /// Drops every entry, shard by shard.
    pub(super) fn clear(&self) {
        for shard in &self.shards {
            shard.lock().entries.clear();
        }
    }

    pub(super) fn reads(&self) -> HitCount {
        self.shards.iter().map(|shard| shard.lock().reads).fold(HitCount::default(), HitCount::add)
    }
}

impl<K, V, W> fmt::Debug for Shards<K, V, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shards").finish_non_exhaustive()
    }
}
