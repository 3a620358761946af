//! Point reads, appends, random writes and durable commits over the tables of the node.
//!
//! Run with `cargo bench -p rollup-db`. Every figure is of this machine and this run: the keys
//! are pseudo-random with a fixed seed, and the file is in the directory for temporary files.
#![expect(clippy::print_stdout, reason = "a bench prints its figures")]
#![expect(clippy::unwrap_used, reason = "a bench stops at the first failure")]

use alloy_primitives::{Address, B256, KECCAK256_EMPTY, U256, keccak256};
use rollup_db::{
    Account, Accounts, Database, DatabaseConfig, Headers, Storage, StorageKey, TABLES,
};
use rollup_primitives::ScrollHeader;
use std::time::{Duration, Instant};

const ACCOUNTS: u64 = 1_000_000;
const READS: u64 = 1_000_000;
const BLOCKS: u64 = 50;
const CHANGES_PER_BLOCK: u64 = 2_000;

fn address(number: u64) -> Address {
    Address::from_word(keccak256(number.to_be_bytes()))
}

fn account(number: u64) -> Account {
    Account { nonce: number, balance: U256::from(number) << 40, code_hash: KECCAK256_EMPTY }
}

/// The next number of a fixed pseudo-random sequence (xorshift).
const fn next(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state
}

fn per_item(name: &str, elapsed: Duration, items: u64) {
    let nanoseconds = elapsed.as_nanos() / u128::from(items);
    println!("{name:<44}{nanoseconds:>10} ns each, {elapsed:>10.2?} in all");
}

fn load(database: &Database) {
    let mut addresses: Vec<_> = (0..ACCOUNTS).map(|number| (address(number), number)).collect();
    addresses.sort_unstable();
    let start = Instant::now();
    let tx = database.begin_write().unwrap();
    for (address, number) in &addresses {
        tx.append::<Accounts>(address, &account(*number)).unwrap();
    }
    per_item("append accounts in order", start.elapsed(), ACCOUNTS);
    let start = Instant::now();
    tx.commit().unwrap();
    println!("{:<44}{:>10.2?}", "commit of them", start.elapsed());
}

fn read(database: &Database) {
    let tx = database.begin_read().unwrap();
    let mut state = 1;
    let addresses: Vec<_> = (0..READS).map(|_| address(next(&mut state) % ACCOUNTS)).collect();
    for round in ["first", "second"] {
        let start = Instant::now();
        for address in &addresses {
            assert!(tx.get::<Accounts>(address).unwrap().is_some());
        }
        per_item(&format!("read an account, {round} round"), start.elapsed(), READS);
    }
    let mut cursor = tx.cursor::<Accounts>().unwrap();
    let start = Instant::now();
    for address in &addresses {
        assert!(cursor.seek_exact(address).unwrap().is_some());
    }
    per_item("read an account through a cursor", start.elapsed(), READS);
    let start = Instant::now();
    assert_eq!(tx.walk::<Accounts>(..).unwrap().count() as u64, ACCOUNTS);
    per_item("walk over the accounts", start.elapsed(), ACCOUNTS);
    let start = Instant::now();
    for _ in 0..100_000 {
        database.begin_read().unwrap();
    }
    per_item("begin and end a read transaction", start.elapsed(), 100_000);
}

fn write(database: &Database) {
    let mut state = 7;
    let mut times = Vec::new();
    for number in 0..BLOCKS {
        let start = Instant::now();
        let tx = database.begin_write().unwrap();
        for _ in 0..CHANGES_PER_BLOCK / 4 {
            let number = next(&mut state) % ACCOUNTS;
            tx.put::<Accounts>(&address(number), &account(number + 1)).unwrap();
        }
        for _ in 0..CHANGES_PER_BLOCK * 3 / 4 {
            let slot = B256::from(U256::from(next(&mut state)));
            let key = StorageKey { address: address(next(&mut state) % 1_000), slot };
            tx.put::<Storage>(&key, &U256::from(number + 1)).unwrap();
        }
        tx.append::<Headers>(&number, &ScrollHeader { number, ..Default::default() }).unwrap();
        tx.commit().unwrap();
        times.push(start.elapsed());
    }
    times.sort_unstable();
    println!(
        "{:<44}{:>10.2?} p50, {:.2?} worst of {BLOCKS}",
        "durable commit of 2,000 random changes",
        times[times.len() / 2],
        times[times.len() - 1]
    );
}

fn main() {
    println!("cargo bench -p rollup-db: {ACCOUNTS} accounts\n");
    let directory = tempfile::tempdir().unwrap();
    let config = DatabaseConfig::default();
    let database = Database::open(directory.path(), config.clone(), TABLES).unwrap();
    load(&database);
    read(&database);
    write(&database);
    drop(database);
    let start = Instant::now();
    let database = Database::open(directory.path(), config, TABLES).unwrap();
    println!("{:<44}{:>10.2?}", "open again", start.elapsed());
    let stats = database.stats().unwrap();
    println!(
        "{:<44}{:>10} MiB, of which free {} MiB",
        "pages in the file",
        stats.used_bytes >> 20,
        stats.free_bytes >> 20
    );
}
