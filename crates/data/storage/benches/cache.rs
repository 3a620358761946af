//! What a read through the state cache costs, beside the read of the database that it saves.
//!
//! All threads read at once, each with a snapshot of its own. Times are of one read of one thread.
#![expect(clippy::print_stdout, reason = "a bench prints its figures")]
#![expect(clippy::unwrap_used, reason = "a bench fails by panicking")]

use alloy_primitives::{Address, B256, U256, keccak256};
use rollup_db::{Database, DatabaseConfig, DbError, Storage, StorageKey, TABLES};
use rollup_storage::{CacheConfig, StateCache};
use std::{sync::Barrier, thread, time::Instant};

const COMMAND: &str = "cargo bench -p rollup-storage --bench cache";
const SLOTS: u64 = 1_000_000;
/// Slots that one block reads again and again.
const HOT: u64 = 10_000;
/// Slots that stay in the cache, but not in the caches of the processor.
const WARM: u64 = 200_000;
const READS: u64 = 2_000_000;

fn key(number: u64) -> StorageKey {
    let hash = keccak256(number.to_be_bytes());
    StorageKey { address: Address::from_slice(&hash[..20]), slot: keccak256(hash) }
}

/// The numbers below `bound` in an order that the database does not like, the same in each run.
fn numbers(bound: u64, thread: u64) -> impl Iterator<Item = u64> {
    let mut state = thread.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    std::iter::from_fn(move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        Some(state % bound)
    })
}

fn load(db: &Database) -> Vec<StorageKey> {
    let keys: Vec<_> = (0..SLOTS).map(key).collect();
    let mut sorted = keys.clone();
    sorted.sort_unstable();
    let tx = db.begin_write().unwrap();
    for key in &sorted {
        tx.append::<Storage>(key, &U256::from_be_bytes(key.slot.0)).unwrap();
    }
    tx.commit().unwrap();
    keys
}

fn main() {
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let db = Database::open(dir.path(), DatabaseConfig::default(), TABLES).unwrap();
    let keys = load(&db);
    println!("{READS} reads per thread of {SLOTS} slots, {COMMAND}");
    println!("{:<52}{:>12}{:>12}", "ns of one read", "1 thread", "2 threads");
    for (name, bound) in [("hot", HOT), ("warm", WARM), ("any", SLOTS)] {
        row(&format!("database, {name}"), |threads| from_database(&db, &keys, bound, threads));
    }
    for (name, bound) in [("hot", HOT), ("warm", WARM)] {
        row(&format!("cache, {name}"), |threads| {
            let cache = new_cache(&db);
            fill(&cache, &db, &keys[..usize::try_from(bound).unwrap()]);
            let nanoseconds = through(&cache, &db, &keys, bound, threads);
            let slots = cache.stats().slots;
            assert!(slots.misses < bound + slots.hits / 1_000, "{slots:?}");
            nanoseconds
        });
    }
    // No slot is kept long enough to be found again.
    row("cache that misses: looked up, read, left there, any", |threads| {
        let snapshot = db.begin_read().unwrap().id().unwrap();
        let cache = StateCache::new(CacheConfig { slots: 1, ..Default::default() }, snapshot);
        through(&cache, &db, &keys, SLOTS, threads)
    });
    row("cache, any", |threads| through(&new_cache(&db), &db, &keys, SLOTS, threads));
}

fn row(name: &str, time: impl Fn(u64) -> u128) {
    println!("{name:<52}{:>12}{:>12}", time(1), time(2));
}

fn new_cache(db: &Database) -> StateCache {
    StateCache::new(CacheConfig::default(), db.begin_read().unwrap().id().unwrap())
}

fn fill(cache: &StateCache, db: &Database, keys: &[StorageKey]) {
    let tx = db.begin_read().unwrap();
    let snapshot = tx.id().unwrap();
    for key in keys {
        let read = || Ok::<_, DbError>(tx.get::<Storage>(key)?.unwrap_or_default());
        cache.slot(snapshot, key.address, key.slot.into(), read).unwrap();
    }
}

fn from_database(db: &Database, keys: &[StorageKey], bound: u64, threads: u64) -> u128 {
    timed(threads, |thread, ready| {
        let tx = db.begin_read().unwrap();
        ready.wait();
        for number in numbers(bound, thread).take(usize::try_from(READS).unwrap()) {
            let key = &keys[usize::try_from(number).unwrap()];
            let value = tx.get::<Storage>(key).unwrap().unwrap_or_default();
            assert_eq!(B256::from(value), key.slot);
        }
    })
}

fn through(
    cache: &StateCache,
    db: &Database,
    keys: &[StorageKey],
    bound: u64,
    threads: u64,
) -> u128 {
    timed(threads, |thread, ready| {
        let tx = db.begin_read().unwrap();
        let snapshot = tx.id().unwrap();
        ready.wait();
        for number in numbers(bound, thread).take(usize::try_from(READS).unwrap()) {
            let key = &keys[usize::try_from(number).unwrap()];
            let read = || Ok::<_, DbError>(tx.get::<Storage>(key)?.unwrap_or_default());
            let value = cache.slot(snapshot, key.address, key.slot.into(), read).unwrap();
            assert_eq!(B256::from(value), key.slot);
        }
    })
}

/// Nanoseconds of one read, while as many threads as asked read at once.
fn timed(threads: u64, reads: impl Fn(u64, &Barrier) + Sync) -> u128 {
    let ready = Barrier::new(usize::try_from(threads).unwrap());
    let (reads, ready) = (&reads, &ready);
    let start = Instant::now();
    thread::scope(|scope| {
        for thread in 1..=threads {
            scope.spawn(move || reads(thread, ready));
        }
    });
    start.elapsed().as_nanos() / u128::from(READS)
}
