//! How fast blocks are passed over that have no log of those asked for.
#![expect(clippy::print_stdout, reason = "a bench prints its figures")]
#![expect(clippy::unwrap_used, reason = "a bench fails by panicking")]

use alloy_primitives::{Address, B256, Bloom, U256, keccak256};
use rollup_chainspec::{ScrollChainSpec, ScrollHardfork};
use rollup_db::{CanonicalHeaders, DatabaseConfig, Headers};
use rollup_primitives::{ScrollHeader, ScrollReceipt};
use rollup_storage::{
    ChainStore, ChainView, LogFilter, LogLimits, LogSource, MatchedLogs, StorageError,
};
use std::{sync::Arc, time::Instant};

const COMMAND: &str = "cargo bench -p rollup-storage --bench logs";
const BLOCKS: u64 = 1_000_000;
/// Addresses and topics in the bloom of a block.
const BLOOM_ENTRIES: u64 = 20;
const LIMITS: LogLimits = LogLimits { max_blocks: u64::MAX, max_results: 0 };

fn header(number: u64) -> ScrollHeader {
    let hash = keccak256(number.to_be_bytes());
    let mut logs_bloom = Bloom::ZERO;
    for entry in 0..BLOOM_ENTRIES {
        logs_bloom.m3_2048(&(number * BLOOM_ENTRIES + entry).to_be_bytes());
    }
    ScrollHeader {
        parent_hash: hash,
        state_root: hash,
        transactions_root: hash,
        receipts_root: hash,
        logs_bloom,
        number,
        gas_limit: 20_000_000,
        gas_used: 3_000_000,
        timestamp: 1_700_000_000 + number,
        base_fee_per_gas: Some(15_000_000),
        ..Default::default()
    }
}

fn load(store: &ChainStore) {
    let tx = store.database().begin_write().unwrap();
    for number in 1..=BLOCKS {
        tx.append::<CanonicalHeaders>(&number, &keccak256(number.to_le_bytes())).unwrap();
        tx.append::<Headers>(&number, &header(number)).unwrap();
    }
    tx.commit().unwrap();
}

/// A view whose headers are read one by one, and not walked over.
struct OneByOne<'a>(&'a ChainView);

impl LogSource for OneByOne<'_> {
    fn header(&self, number: u64) -> Result<Option<ScrollHeader>, StorageError> {
        self.0.header(number)
    }

    fn block_hash(&self, number: u64) -> Result<Option<B256>, StorageError> {
        self.0.hash_of(number)
    }

    fn receipts(&self, number: u64) -> Result<Option<Vec<ScrollReceipt>>, StorageError> {
        self.0.receipts(number)
    }

    fn transaction_hashes(&self, number: u64) -> Result<Option<Vec<B256>>, StorageError> {
        self.0.transaction_hashes(number)
    }
}

fn filter(addresses: u64) -> LogFilter {
    let address =
        |number| Address::left_padding_from(&U256::from(number).to_be_bytes::<32>()[12..]);
    let mut filter = LogFilter {
        addresses: (0..addresses).map(|number| address((1 << 40) + number)).collect(),
        ..Default::default()
    };
    // With it a block does not pass by chance.
    filter.topics[0].extend([keccak256("topic"), keccak256("another")]);
    filter.topics[1].insert(keccak256("second"));
    filter
}

fn time(name: &str, source: &dyn LogSource, addresses: u64) {
    let filter = filter(addresses);
    for round in ["first", "second"] {
        let start = Instant::now();
        let mut logs = MatchedLogs::new(source, &filter, 0..=BLOCKS, LIMITS, &|| false).unwrap();
        assert!(logs.next().is_none());
        let elapsed = start.elapsed();
        println!(
            "{name:<20}{addresses:>6} addresses, {round:>6} round: {:>6} ms, {:>5.1} million \
             blocks per second",
            elapsed.as_millis(),
            f64::from(u32::try_from(BLOCKS).unwrap()) / elapsed.as_secs_f64() / 1e6,
        );
    }
}

fn main() {
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let spec = Arc::new(ScrollChainSpec::with_forced_fork(1337, ScrollHardfork::GalileoV2));
    let store = ChainStore::open(dir.path(), DatabaseConfig::default(), spec).unwrap();
    load(&store);
    let view = store.view().unwrap();
    println!("{BLOCKS} blocks without a match, {COMMAND}");
    for addresses in [1, 100] {
        time("header by header", &OneByOne(&view), addresses);
        time("bloom by bloom", &view, addresses);
    }
}
