//! The latest values of keys that commits change.

use super::{progress::Progress, shards::Shards, stats::HitCount};
use quick_cache::UnitWeighter;
use std::hash::Hash;

#[derive(Debug)]
pub(super) struct Latest<K, V> {
    shards: Shards<K, Entry<V>, UnitWeighter>,
}

#[derive(Clone, Copy, Debug)]
struct Entry<V> {
    value: V,
    /// The snapshot from which on it is the value of the key.
    since: u64,
}

impl<K: Copy + Hash + Eq, V: Copy> Latest<K, V> {
    pub(super) fn new(entries: usize) -> Self {
        Self { shards: Shards::new(entries, entries as u64, &UnitWeighter) }
    }

    /// The value that a snapshot has, if the entry of the key proves it.
    pub(super) fn get(&self, progress: &Progress, snapshot: u64, key: &K) -> Option<V> {
        let mut shard = self.shards.lock(key);
        let is_covered = snapshot <= progress.version();
        let entry = if is_covered { shard.entries.get(key).copied() } else { None };
        let found = entry.filter(|entry| entry.since <= snapshot);
        shard.reads.count(found.is_some());
        found.map(|entry| entry.value)
    }

    /// Takes in what a snapshot gave. An entry that is there stays: it serves older readers as well.
    pub(super) fn insert_read(&self, progress: &Progress, snapshot: u64, key: K, value: V) {
        let mut shard = self.shards.lock(&key);
        if snapshot == progress.updating_to() && !shard.entries.contains_key(&key) {
            shard.entries.insert(key, Entry { value, since: snapshot });
        }
    }

    /// Takes in what a commit wrote.
    pub(super) fn write(&self, snapshot: u64, key: K, value: V) {
        self.shards.lock(&key).entries.insert(key, Entry { value, since: snapshot });
    }

    pub(super) fn clear(&self) {
        self.shards.clear();
    }

    pub(super) fn reads(&self) -> HitCount {
        self.shards.reads()
    }
}
