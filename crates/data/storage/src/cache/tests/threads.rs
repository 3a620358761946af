//! A writer and several readers at once.

use super::{FIRST, slots};
use crate::cache::{CacheConfig, StateCache};
use rand::{Rng, SeedableRng, rngs::StdRng};
use std::{
    sync::atomic::{AtomicU64, Ordering},
    thread,
};

const SLOTS: u64 = 200;
const COMMITS: u64 = 3_000;
const READERS: u64 = 3;

/// Snapshots from [`FIRST`] on, and the slots that each changed.
struct Model {
    snapshots: Vec<Vec<u64>>,
    changes: Vec<Vec<(u64, u64)>>,
}

impl Model {
    fn new(rng: &mut StdRng) -> Self {
        let mut snapshots = vec![vec![0; usize::try_from(SLOTS).unwrap()]];
        let mut changes = vec![Vec::new()];
        for commit in 1..=COMMITS {
            let mut slots = snapshots[snapshots.len() - 1].clone();
            let count = rng.random_range(1..SLOTS);
            let changed: Vec<_> =
                (0..count).map(|_| (rng.random_range(0..SLOTS), commit)).collect();
            for (slot, value) in &changed {
                slots[usize::try_from(*slot).unwrap()] = *value;
            }
            snapshots.push(slots);
            changes.push(changed);
        }
        Self { snapshots, changes }
    }

    fn value(&self, snapshot: u64, slot: u64) -> u64 {
        self.snapshots[usize::try_from(snapshot - FIRST).unwrap()][usize::try_from(slot).unwrap()]
    }
}

#[test]
fn threads_read_what_their_snapshots_have() {
    for (seed, entries) in [(1, 64), (2, 128), (3, 1 << 12)] {
        let model = Model::new(&mut StdRng::seed_from_u64(seed));
        let config = CacheConfig { slots: entries, ..Default::default() };
        let cache = StateCache::new(config, FIRST);
        let published = AtomicU64::new(FIRST);
        thread::scope(|scope| {
            for reader in 0..READERS {
                let rng = StdRng::seed_from_u64(seed * 100 + reader);
                let (model, cache, published) = (&model, &cache, &published);
                scope.spawn(move || read(model, cache, published, rng));
            }
            write(&model, &cache, &published, &mut StdRng::seed_from_u64(seed * 100 + 99));
        });
        assert!(cache.stats().slots.hits > 0);
    }
}

fn write(model: &Model, cache: &StateCache, published: &AtomicU64, rng: &mut StdRng) {
    for (snapshot, changes) in (FIRST..).zip(&model.changes).skip(1) {
        published.store(snapshot, Ordering::Release);
        // Readers may see the snapshot before the cache hears of it.
        if rng.random_bool(0.3) {
            thread::yield_now();
        }
        match rng.random_range(0..50) {
            0 => cache.clear(snapshot),
            // Not told.
            1 => {}
            _ => cache.commit(snapshot, &slots(changes)),
        }
    }
}

fn read(model: &Model, cache: &StateCache, published: &AtomicU64, mut rng: StdRng) {
    let last = FIRST + COMMITS;
    loop {
        let newest = published.load(Ordering::Acquire);
        let snapshot = newest - rng.random_range(0..3).min(newest - FIRST);
        for _ in 0..20 {
            let slot = rng.random_range(0..SLOTS);
            let right = model.value(snapshot, slot);
            let pause = rng.random_bool(0.1);
            let found = cache.read_with(snapshot, slot, || {
                if pause {
                    thread::yield_now();
                }
                right
            });
            assert_eq!(found, right, "slot {slot} in snapshot {snapshot}");
        }
        if newest == last {
            return;
        }
    }
}
