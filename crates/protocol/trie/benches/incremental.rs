//! The root after a batch of changes, from records and leaves in ordered maps, beside alloy-trie's
//! `HashBuilder` over all leaves in the same run. One core, no database.
//!
//! A batch is 85 % updates, 10 % inserts and 5 % removals. Cases:
//! - `nothing kept`: the trie is opened anew for each batch;
//! - `n levels kept`: what is below that many levels is forgotten after each batch;
//! - `all kept`: what batches touched stays in memory;
//! - `state`: accounts by their fields, so that each leaf is read too for its storage root.
//!
//! Writing the updates is not part of the time.
#![expect(clippy::print_stdout, reason = "a bench prints its figures")]
#![expect(clippy::unwrap_used, reason = "a bench fails by panicking")]

use std::{
    collections::BTreeMap,
    convert::Infallible,
    time::{Duration, Instant},
};

use alloy_primitives::{B256, U256, keccak256};
use alloy_trie::{EMPTY_ROOT_HASH, HashBuilder, KECCAK_EMPTY, TrieAccount};
use nybbles::Nibbles;
use rollup_trie::{
    AccountInfo, BranchRecord, HashedPostState, LeafChange, StateSource, StateTrie, StoredTrie,
    TrieBuilder, TrieCursor, TrieUpdates, account_leaf,
};

const COMMAND: &str = "cargo bench -p rollup-trie --bench incremental [-- number of accounts ...]";
const ROUNDS: u64 = 20;

type Leaves = BTreeMap<B256, Vec<u8>>;
type Batch = BTreeMap<B256, Option<TrieAccount>>;

fn main() {
    println!("{COMMAND}\n{ROUNDS} batches per line, median (min–max)");
    // Cargo adds flags of its own.
    let asked: Vec<u64> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let sizes = if asked.is_empty() { vec![100_000, 1_000_000] } else { asked };
    sizes.into_iter().for_each(bench);
}

fn bench(accounts: u64) {
    let leaves: Leaves =
        (0..accounts).map(|index| (key(index), account_leaf(&account(index, 0)))).collect();
    println!("\n{accounts} accounts");
    let (scratch, root) = timed(|| reference_root(&leaves));
    println!("  HashBuilder from scratch          {:>9.2} ms", millis(scratch));
    let (built, mut tables) = timed(|| Tables::build(leaves));
    assert_eq!(tables.root, root);
    println!(
        "  TrieBuilder from scratch          {:>9.2} ms, {} records, {:.1} MiB (writing to a map included)",
        millis(built),
        tables.records.len(),
        tables.records.values().map(|record| record.len() as f64).sum::<f64>() / f64::from(1 << 20),
    );
    let mut random = Random(accounts);
    for size in [2_000, 200] {
        println!("  {size} changed leaves");
        for keep in [Some(0), Some(3), Some(4), None] {
            let times = run_trie(&mut tables, &mut random, accounts, size, keep);
            let name = match keep {
                Some(0) => "nothing kept".to_owned(),
                Some(levels) => format!("{levels} levels kept"),
                None => "all kept".to_owned(),
            };
            report(&name, times, scratch);
        }
        let times = run_state(&mut tables, &mut random, accounts, size);
        report("state, 4 levels kept", times, scratch);
        assert_eq!(tables.root, reference_root(&tables.leaves));
    }
}

/// Times of `StoredTrie::update`; the keys' existence is known.
fn run_trie(
    tables: &mut Tables,
    random: &mut Random,
    accounts: u64,
    size: u64,
    keep: Option<usize>,
) -> Vec<Duration> {
    let mut trie = StoredTrie::from_root(tables.root);
    let mut times = Vec::new();
    // The first batch warms what is kept.
    for round in 0..=ROUNDS {
        let batch = batch(random, accounts, size);
        let changes = batch
            .iter()
            .map(|(key, account)| {
                let is_known = tables.leaves.contains_key(key);
                (*key, LeafChange { value: account.as_ref().map(account_leaf), is_known })
            })
            .collect();
        let (time, updates) = timed(|| trie.update(changes, &mut tables.cursor()).unwrap());
        tables.write(&updates, &batch, trie.root());
        if let Some(levels) = keep {
            trie.prune(levels);
        }
        if round > 0 {
            times.push(time);
        }
    }
    times
}

/// Times of `StateTrie::update`.
fn run_state(tables: &mut Tables, random: &mut Random, accounts: u64, size: u64) -> Vec<Duration> {
    let mut trie = StateTrie::from_root(tables.root);
    let mut times = Vec::new();
    for round in 0..=ROUNDS {
        // No account has storage that could be read, so its root cannot change either.
        let batch: Batch = batch(random, accounts, size)
            .into_iter()
            .map(|(key, account)| (key, account.map(|account| tables.with_storage(key, account))))
            .collect();
        let info = |account: &TrieAccount| {
            let TrieAccount { nonce, balance, code_hash, .. } = *account;
            AccountInfo { nonce, balance, code_hash }
        };
        let state = HashedPostState {
            accounts: batch
                .iter()
                .map(|(key, account)| (*key, account.as_ref().map(info)))
                .collect(),
            storages: BTreeMap::new(),
        };
        let (time, updates) = timed(|| trie.update(&state, &*tables).unwrap());
        tables.write(&updates.account_trie, &batch, updates.root);
        trie.prune(4);
        if round > 0 {
            times.push(time);
        }
    }
    times
}

fn report(name: &str, mut times: Vec<Duration>, scratch: Duration) {
    times.sort_unstable();
    let median = times[times.len() / 2];
    println!(
        "    {name:<30} {:>9.2} ms ({:.2}–{:.2}), {:>6.0} times faster than from scratch",
        millis(median),
        millis(times[0]),
        millis(times[times.len() - 1]),
        scratch.as_secs_f64() / median.as_secs_f64(),
    );
}

fn key(index: u64) -> B256 {
    keccak256(index.to_be_bytes())
}

/// Every fifth account is a contract.
fn account(index: u64, round: u64) -> TrieAccount {
    let is_contract = index.is_multiple_of(5);
    let hash = |salt: u64| keccak256([index.to_be_bytes(), salt.to_be_bytes()].concat());
    TrieAccount {
        nonce: index % 50 + round,
        balance: U256::from(index) * U256::from(1_000_000_007_000_000_u64) + U256::from(round),
        storage_root: if is_contract { hash(round) } else { EMPTY_ROOT_HASH },
        code_hash: if is_contract { hash(u64::MAX) } else { KECCAK_EMPTY },
    }
}

fn batch(random: &mut Random, accounts: u64, size: u64) -> Batch {
    let round = random.next();
    let change = |index| {
        let existing = random.next() % accounts;
        match index % 20 {
            0 => (key(existing), None),
            1 | 2 => {
                let new = accounts + random.next() % (1 << 40);
                (key(new), Some(account(new, 0)))
            }
            _ => (key(existing), Some(account(existing, round % 1000 + 1))),
        }
    };
    (0..size).map(change).collect()
}

fn reference_root(leaves: &Leaves) -> B256 {
    let mut builder = HashBuilder::default();
    for (key, value) in leaves {
        builder.add_leaf_unchecked(Nibbles::unpack_array(&key.0), value);
    }
    builder.root()
}

fn timed<T>(run: impl FnOnce() -> T) -> (Duration, T) {
    let start = Instant::now();
    let result = run();
    (start.elapsed(), result)
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// Sequence of numbers without pattern (splitmix64).
struct Random(u64);

impl Random {
    const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

/// What a database would hold. Records are bytes, so reading one decodes it.
struct Tables {
    leaves: Leaves,
    records: BTreeMap<Nibbles, Vec<u8>>,
    root: B256,
}

impl Tables {
    fn build(leaves: Leaves) -> Self {
        let mut builder = TrieBuilder::default();
        let mut records = BTreeMap::new();
        for (key, value) in &leaves {
            builder.add_leaf(*key, value.clone()).unwrap();
            records.extend(builder.take_records().into_iter().map(stored));
        }
        let (root, rest) = builder.finish();
        records.extend(rest.into_iter().map(stored));
        Self { leaves, records, root }
    }

    fn write(&mut self, updates: &TrieUpdates, batch: &Batch, root: B256) {
        for path in &updates.deletes {
            self.records.remove(path);
        }
        self.records.extend(updates.puts.iter().cloned().map(stored));
        for (key, account) in batch {
            match account {
                Some(account) => self.leaves.insert(*key, account_leaf(account)),
                None => self.leaves.remove(key),
            };
        }
        self.root = root;
    }

    fn with_storage(&self, key: B256, account: TrieAccount) -> TrieAccount {
        let before = self.leaves.get(&key).map(|leaf| alloy_rlp::decode_exact(leaf).unwrap());
        let storage_root =
            before.map_or(EMPTY_ROOT_HASH, |account: TrieAccount| account.storage_root);
        TrieAccount { storage_root, ..account }
    }

    const fn cursor(&self) -> Cursor<'_> {
        Cursor(self)
    }
}

fn stored((path, record): (Nibbles, BranchRecord)) -> (Nibbles, Vec<u8>) {
    (path, record.encode())
}

struct Cursor<'a>(&'a Tables);

impl TrieCursor for Cursor<'_> {
    type Error = Infallible;

    fn seek_branch(
        &mut self,
        path: &Nibbles,
    ) -> Result<Option<(Nibbles, BranchRecord)>, Infallible> {
        let found = self.0.records.range(path..).next();
        Ok(found.map(|(path, bytes)| (*path, BranchRecord::decode(bytes).unwrap())))
    }

    fn seek_leaf(&mut self, key: B256) -> Result<Option<(B256, Vec<u8>)>, Infallible> {
        Ok(self.0.leaves.range(key..).next().map(|(key, value)| (*key, value.clone())))
    }
}

impl StateSource for Tables {
    type Error = Infallible;
    type Accounts<'a> = Cursor<'a>;
    type Storage<'a> = Cursor<'a>;

    fn account_cursor(&self) -> Result<Cursor<'_>, Infallible> {
        Ok(self.cursor())
    }

    /// No storage is changed, so none is read.
    fn storage_cursor(&self, _: B256) -> Result<Cursor<'_>, Infallible> {
        Ok(self.cursor())
    }
}
