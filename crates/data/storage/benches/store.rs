//! The whole store at several sizes of the state: load, reads, root, durable append, commit, size.
//!
//! Each size is one process, so that memory is that of one store.
#![expect(clippy::print_stdout, reason = "a bench prints its figures")]
#![expect(clippy::unwrap_used, reason = "a bench fails by panicking")]

mod support;

use alloy_consensus::{EthereumReceipt, SignableTransaction, TxEip1559, proofs};
use alloy_primitives::{Address, Bytes, Signature, U256, keccak256};
use rand::{Rng, SeedableRng, rngs::StdRng};
use rollup_chainspec::{ScrollChainSpec, ScrollHardfork};
use rollup_db::{Account, Accounts};
use rollup_primitives::{
    RecoveredBlock, ScrollBlock, ScrollBlockBody, ScrollHeader, ScrollReceipt, ScrollTxEnvelope,
    ScrollTxType, SealedBlock,
};
use rollup_storage::{
    AccountDiff, ChainView, Durability, ExecutedBlock, ReplayError, StateChanges, StateDiff,
    Storage, StorageConfig,
};
use std::{
    env,
    fs::{self, File},
    hint::black_box,
    io::Write,
    ops::Range,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};
use support::{percentiles, timed};

const COMMAND: &str = "cargo bench -p rollup-storage --bench store [-- accounts ...]";
const DEFAULT_SIZES: [u64; 3] = [100_000, 1_000_000, 4_000_000];
/// Accounts that one block of the load creates.
const LOAD_CHANGES: u64 = 20_000;
/// Accounts that a large block changes.
const LARGE_CHANGES: usize = 2_000;
/// Transactions of an ordinary block; each changes two accounts.
const TRANSACTIONS: usize = 300;
const ROOT_ROUNDS: usize = 60;
const APPEND_ROUNDS: usize = 300;
const SLOT: Duration = Duration::from_millis(100);
const READS: usize = 1_000_000;
const GROWTH_BLOCKS: usize = 1_000;
/// What one process of the bench does, as its first argument.
const LOAD: &str = "--load";
const MEASURE: &str = "--measure";

fn main() {
    let arguments: Vec<String> = env::args().collect();
    if let [_, part, accounts, directory, ..] = arguments.as_slice()
        && [LOAD, MEASURE].contains(&part.as_str())
    {
        let mut bench = Bench::new(accounts.parse().unwrap(), directory.into());
        return if part == LOAD { bench.load() } else { bench.measure() };
    }
    let sizes: Vec<u64> = arguments.iter().filter_map(|word| word.parse().ok()).collect();
    println!("{COMMAND}; p50 / p99 in milliseconds");
    for accounts in if sizes.is_empty() { DEFAULT_SIZES.to_vec() } else { sizes } {
        println!("{accounts} accounts");
        let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        // Processes of their own, so that the memory is that of a node, and nothing is left of the
        // load but the files.
        for part in [LOAD, MEASURE] {
            let mut command = Command::new(env::current_exe().unwrap());
            command.args([part, &accounts.to_string()]).arg(directory.path());
            assert!(command.status().unwrap().success());
        }
    }
}

struct Bench {
    accounts: u64,
    random: StdRng,
    directory: PathBuf,
}

impl Bench {
    fn new(accounts: u64, directory: PathBuf) -> Self {
        Self { accounts, random: StdRng::seed_from_u64(accounts), directory }
    }

    fn measure(&mut self) {
        let storage = self.open(Durability::Log);
        row("database file in use", format!("{} MiB", used_bytes(&storage) >> 20));
        self.reads(&storage);
        self.roots(&storage);
        self.appends(&storage);
        self.growth(&storage);
        row("resident memory: own, mapped file", resident_memory());
    }

    fn open(&self, durability: Durability) -> Storage {
        let spec = ScrollChainSpec::with_forced_fork(1337, ScrollHardfork::GalileoV2);
        let config = StorageConfig { durability, ..Default::default() };
        Storage::open(&self.directory, config, Arc::new(spec), &no_replay).unwrap().0
    }

    /// Creates the accounts by blocks, the way a chain does.
    fn load(&self) {
        let start = Instant::now();
        let storage = self.open(Durability::Database);
        let mut next = 0;
        while next < self.accounts {
            let end = (next + LOAD_CHANGES).min(self.accounts);
            let diff = created(next..end);
            append(&storage, diff, 0);
            next = end;
        }
        drop(storage);
        row(
            "load, blocks of 20,000 new accounts",
            format!("{:.1} s", start.elapsed().as_secs_f64()),
        );
    }

    fn reads(&mut self, storage: &Storage) {
        let addresses: Vec<_> = (0..READS).map(|_| self.any_address()).collect();
        let view = storage.view().unwrap();
        let state = view.latest_state();
        let through_view = timed(|| {
            for address in &addresses {
                black_box(state.account(*address).unwrap());
            }
        });
        let tx = storage.stored_chain().database().begin_read().unwrap();
        let from_table = timed(|| {
            for address in &addresses {
                black_box(tx.get::<Accounts>(address).unwrap());
            }
        });
        let each = |time: Duration| time.as_secs_f64() * 1e6 / READS as f64;
        let (view, table) = (each(through_view), each(from_table));
        row(
            "1,000,000 point reads of accounts: state / bare table",
            format!("{view:.2} / {table:.2} us"),
        );
    }

    /// The root of a large block, and the commit of it.
    fn roots(&mut self, storage: &Storage) {
        let (mut roots, mut commits) = (Vec::new(), Vec::new());
        for round in 0..ROOT_ROUNDS {
            let diff = self.changed(storage, LARGE_CHANGES, round);
            let view = storage.view().unwrap();
            let mut changes = None;
            roots.push(timed(|| changes = Some(view.changes(diff).unwrap())));
            let block = Arc::new(block(&view, changes.unwrap(), 0));
            drop(view);
            storage.append(block).unwrap();
            commits.push(timed(|| storage.flush().unwrap()));
        }
        // The first rounds read the database for the first time.
        show("root of 2,000 changed accounts", roots.split_off(10));
        show("commit of that block to the database, in the background", commits.split_off(10));
    }

    /// Blocks as a sequencer makes them, one per slot.
    #[expect(clippy::disallowed_methods, reason = "a slot has to pass")]
    fn appends(&mut self, storage: &Storage) {
        let path = self.directory.join("bare");
        let mut bare = File::create(path).unwrap();
        let (mut appends, mut writes, mut bytes) = (Vec::new(), Vec::new(), 0);
        for round in 0..APPEND_ROUNDS {
            let slot_end = Instant::now() + SLOT;
            let diff = self.changed(storage, 2 * TRANSACTIONS, round);
            let view = storage.view().unwrap();
            let block = Arc::new(block(&view, view.changes(diff).unwrap(), TRANSACTIONS));
            drop(view);
            let payload = alloy_rlp::encode(block.block.sealed_block());
            bytes = payload.len();
            appends.push(timed(|| storage.append(block).unwrap()));
            writes.push(timed(|| {
                bare.write_all(&payload).unwrap();
                bare.sync_data().unwrap();
            }));
            thread::sleep(slot_end.saturating_duration_since(Instant::now()));
        }
        storage.flush().unwrap();
        show(
            &format!("block of 300 transactions ({} KB) durable, one per 100 ms", bytes >> 10),
            appends,
        );
        show("bare write and fdatasync of as many bytes, in the same slots", writes);
    }

    fn growth(&mut self, storage: &Storage) {
        let before = used_bytes(storage);
        let start = Instant::now();
        for round in 0..GROWTH_BLOCKS {
            let diff = self.changed(storage, 2 * TRANSACTIONS, round);
            append(storage, diff, TRANSACTIONS);
        }
        storage.flush().unwrap();
        let each = start.elapsed().as_secs_f64() * 1e3 / GROWTH_BLOCKS as f64;
        row("blocks of 300 transactions one after the other, each", format!("{each:.1} ms"));
        let grown = used_bytes(storage).saturating_sub(before) >> 20;
        row("database growth in 1,000 such blocks", format!("{grown} MiB"));
    }

    fn any_address(&mut self) -> Address {
        address(self.random.random_range(0..self.accounts))
    }

    /// Changes of some accounts: 85 % updates, 10 % new ones, 5 % removals.
    fn changed(&mut self, storage: &Storage, count: usize, round: usize) -> StateDiff {
        let view = storage.view().unwrap();
        let state = view.latest_state();
        let mut diff = StateDiff::default();
        while diff.accounts.len() < count {
            let kind = self.random.random_range(0..100);
            let address = if kind < 10 {
                Address::from(self.random.random::<[u8; 20]>())
            } else {
                self.any_address()
            };
            let before = state.account(address).unwrap();
            let after = (kind >= 15 || before.is_none()).then(|| account(round as u64 + 2));
            diff.accounts.insert(address, AccountDiff { before, after, ..Default::default() });
        }
        diff
    }
}

fn created(numbers: Range<u64>) -> StateDiff {
    let new = |at| (address(at), AccountDiff { after: Some(account(1)), ..Default::default() });
    StateDiff { accounts: numbers.map(new).collect(), ..Default::default() }
}

fn address(at: u64) -> Address {
    Address::from_word(keccak256(at.to_be_bytes()))
}

fn account(nonce: u64) -> Account {
    Account { nonce, balance: U256::from(nonce) << 60, ..Default::default() }
}

fn append(storage: &Storage, diff: StateDiff, transactions: usize) {
    let view = storage.view().unwrap();
    let block = Arc::new(block(&view, view.changes(diff).unwrap(), transactions));
    drop(view);
    storage.append(block).unwrap();
}

fn block(view: &ChainView, changes: StateChanges, transactions: usize) -> ExecutedBlock {
    let head = view.head().unwrap();
    let number = head.number + 1;
    let transactions: Vec<ScrollTxEnvelope> = (0..transactions as u64)
        .map(|at| {
            let transfer = TxEip1559 {
                chain_id: 1337,
                nonce: number,
                gas_limit: 60_000,
                max_fee_per_gas: 1_000_000_000,
                to: address(at).into(),
                // A token transfer.
                input: Bytes::from(vec![at.to_be_bytes()[7]; 68]),
                ..Default::default()
            };
            let word = U256::from_be_bytes(keccak256((number << 16 | at).to_be_bytes()).0);
            transfer.into_signed(Signature::new(word, word, false)).into()
        })
        .collect();
    let receipts = (1..=transactions.len() as u64)
        .map(|at| ScrollReceipt {
            inner: EthereumReceipt {
                tx_type: ScrollTxType::Eip1559,
                success: true,
                cumulative_gas_used: at * 50_000,
                logs: Vec::new(),
            },
            l1_fee: U256::from(at) << 40,
        })
        .collect();
    let header = ScrollHeader {
        parent_hash: head.hash,
        number,
        timestamp: number,
        state_root: changes.state_root(),
        transactions_root: proofs::calculate_transaction_root(&transactions),
        base_fee_per_gas: Some(1),
        ..Default::default()
    };
    let senders = (0..transactions.len() as u64).map(address).collect();
    let body = ScrollBlockBody { transactions, ..Default::default() };
    let block = RecoveredBlock::new_unhashed(ScrollBlock { header, body }, senders);
    ExecutedBlock { block, receipts, changes, signature: None }
}

fn no_replay(_: &ChainView, _: SealedBlock) -> Result<ExecutedBlock, ReplayError> {
    Err("the bench stops in order".into())
}

fn row(name: &str, value: String) {
    println!("  {name:<70} {value}");
}

fn show(name: &str, times: Vec<Duration>) {
    let (p50, p99) = percentiles(times);
    row(name, format!("{:.2} / {:.2}", p50.as_secs_f64() * 1e3, p99.as_secs_f64() * 1e3));
}

/// Bytes of the pages in use, free ones not counted.
fn used_bytes(storage: &Storage) -> u64 {
    let stats = storage.stored_chain().database().stats().unwrap();
    stats.used_bytes - stats.free_bytes
}

fn resident_memory() -> String {
    let status = fs::read_to_string(Path::new("/proc/self/status")).unwrap();
    let mebibytes = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() >> 10
    };
    format!("{} MiB, {} MiB", mebibytes("RssAnon"), mebibytes("RssFile"))
}
