//! Logs by range, against a plain search of all receipts.

use crate::{
    chain,
    model::{self, ModelBlock},
};
use alloy_consensus::{EthereumReceipt, transaction::TxHashRef};
use alloy_eips::BlockNumHash;
use alloy_primitives::{Address, B256, Bloom, Bytes, Log};
use alloy_trie::EMPTY_ROOT_HASH;
use proptest::{collection::vec, prelude::*};
use rollup_db::{Headers, Receipts};
use rollup_primitives::{RecoveredBlock, ScrollHeader, ScrollReceipt, ScrollTxType};
use rollup_storage::{
    ChainStore, ChainView, LogFilter, LogLimits, LogQueryError, LogSource, MatchedLog, MatchedLogs,
    StateDiff, StorageError,
};
use std::{
    cell::{Cell, RefCell},
    ops::RangeInclusive,
    sync::Arc,
};
use tempfile::TempDir;

/// Few, so that matches are frequent.
const ADDRESSES: u8 = 3;
const TOPICS: u8 = 3;
const NO_LIMITS: LogLimits = LogLimits { max_blocks: u64::MAX, max_results: usize::MAX };

const fn never() -> bool {
    false
}

/// Addresses and topics of the logs of each transaction of a block.
type Logs = Vec<Vec<(u8, Vec<u8>)>>;

fn block_logs() -> impl Strategy<Value = Logs> {
    vec(vec((0..ADDRESSES, vec(0..TOPICS, 0..=4)), 0..4), 0..4)
}

fn filters() -> impl Strategy<Value = LogFilter> {
    let topics = || vec(0..TOPICS + 1, 0..2);
    (vec(0..ADDRESSES + 1, 0..3), [topics(), topics(), topics(), topics()]).prop_map(
        |(addresses, topics)| LogFilter {
            addresses: addresses.into_iter().map(Address::repeat_byte).collect(),
            topics: topics.map(|topics| topics.into_iter().map(B256::repeat_byte).collect()),
        },
    )
}

fn filter(addresses: &[u8], first_topics: &[u8]) -> LogFilter {
    let mut filter = LogFilter {
        addresses: addresses.iter().copied().map(Address::repeat_byte).collect(),
        ..Default::default()
    };
    filter.topics[0].extend(first_topics.iter().copied().map(B256::repeat_byte));
    filter
}

/// Genesis and blocks with these logs on it. The data of a log is its place in the chain.
fn build(chain: &[Logs]) -> Vec<ModelBlock> {
    let genesis =
        ModelBlock { block: chain::genesis(), receipts: Vec::new(), diff: StateDiff::default() };
    let mut blocks = vec![genesis];
    for logs in chain {
        let parent = &blocks[blocks.len() - 1].block;
        let mut block =
            model::block(parent, logs.len() as u64, StateDiff::default(), EMPTY_ROOT_HASH);
        for ((at, receipt), logs) in (0_u8..).zip(&mut block.receipts).zip(logs) {
            let number = block.block.number.to_be_bytes();
            receipt.inner.logs = (0_u8..)
                .zip(logs)
                .map(|(log_at, (address, topics))| {
                    let topics = topics.iter().copied().map(B256::repeat_byte).collect();
                    let data = [&number[..], &[at, log_at]].concat().into();
                    Log::new_unchecked(Address::repeat_byte(*address), topics, data)
                })
                .collect();
        }
        let (mut inner, senders) = (block.block.clone_block(), block.block.senders().to_vec());
        inner.header.timestamp = inner.header.number * 3 + 1_000;
        inner.header.logs_bloom = ScrollReceipt::logs_bloom(&block.receipts);
        block.block = RecoveredBlock::new_unhashed(inner, senders);
        blocks.push(block);
    }
    blocks
}

/// Every log of the blocks that is asked for, told by the definition.
fn search(
    blocks: &[ModelBlock],
    range: &RangeInclusive<u64>,
    filter: &LogFilter,
) -> Vec<MatchedLog> {
    let mut found = Vec::new();
    for executed in blocks.iter().filter(|executed| range.contains(&executed.block.number)) {
        let mut log_index = 0;
        let transactions = &executed.block.body().transactions;
        for (index, receipt) in executed.receipts.iter().enumerate() {
            for log in &receipt.inner.logs {
                if is_asked_for(log, filter) {
                    found.push(MatchedLog {
                        log: log.clone(),
                        block: BlockNumHash::new(executed.block.number, executed.block.hash()),
                        block_timestamp: executed.block.timestamp,
                        transaction_hash: *transactions[index].tx_hash(),
                        transaction_index: index as u64,
                        log_index,
                    });
                }
                log_index += 1;
            }
        }
    }
    found
}

fn is_asked_for(log: &Log, filter: &LogFilter) -> bool {
    if !filter.addresses.is_empty() && !filter.addresses.contains(&log.address) {
        return false;
    }
    for (place, topics) in filter.topics.iter().enumerate() {
        if topics.is_empty() {
            continue;
        }
        if place >= log.topics().len() || !topics.contains(&log.topics()[place]) {
            return false;
        }
    }
    true
}

/// Blocks in memory, which notes of which the receipts are read.
#[derive(Default)]
struct Memory {
    blocks: Vec<ModelBlock>,
    receipts_read: RefCell<Vec<u64>>,
}

impl Memory {
    fn new(chain: &[Logs]) -> Self {
        Self { blocks: build(chain), ..Default::default() }
    }

    fn get(&self, number: u64) -> Option<&ModelBlock> {
        self.blocks.get(usize::try_from(number).unwrap())
    }
}

impl LogSource for Memory {
    fn header(&self, number: u64) -> Result<Option<ScrollHeader>, StorageError> {
        Ok(self.get(number).map(|executed| executed.block.header().clone()))
    }

    fn block_hash(&self, number: u64) -> Result<Option<B256>, StorageError> {
        Ok(self.get(number).map(|executed| executed.block.hash()))
    }

    fn receipts(&self, number: u64) -> Result<Option<Vec<ScrollReceipt>>, StorageError> {
        self.receipts_read.borrow_mut().push(number);
        Ok(self.get(number).map(|executed| executed.receipts.clone()))
    }

    fn transaction_hashes(&self, number: u64) -> Result<Option<Vec<B256>>, StorageError> {
        let hashes = |executed: &ModelBlock| {
            executed.block.body().transactions.iter().map(|tx| *tx.tx_hash()).collect()
        };
        Ok(self.get(number).map(hashes))
    }
}

fn stored(directory: &TempDir, blocks: &[ModelBlock]) -> ChainStore {
    let store = chain::open(directory);
    chain::append(&store, &blocks[1..]);
    store
}

/// A view of blocks of which only the first half is stored.
fn half_in_memory(directory: &TempDir, blocks: &[ModelBlock]) -> ChainView {
    let (stored_half, rest) = blocks.split_at(blocks.len().div_ceil(2));
    let mut view = stored(directory, stored_half).view().unwrap();
    for block in rest {
        let executed = block.execute(&view);
        view.push(Arc::new(executed)).unwrap();
    }
    view
}

fn all(
    source: &dyn LogSource,
    filter: &LogFilter,
    range: RangeInclusive<u64>,
    limits: LogLimits,
) -> Result<Vec<MatchedLog>, LogQueryError> {
    MatchedLogs::new(source, filter, range, limits, &never)?.collect()
}

/// What a walk finds if the blooms it sees pass in turn as `passes` says, and those blooms.
fn walk(
    passes: &[bool],
    walk: impl FnOnce(&mut dyn FnMut(&Bloom) -> bool) -> Result<Option<u64>, StorageError>,
) -> (Result<Option<u64>, String>, Vec<Bloom>) {
    let mut blooms = Vec::new();
    let found = walk(&mut |bloom| {
        blooms.push(*bloom);
        passes[blooms.len() - 1]
    });
    (found.map_err(|err| err.to_string()), blooms)
}

/// A block whose only log is of this address.
fn one_log(address: u8) -> Logs {
    vec![vec![(address, vec![])]]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..Default::default() })]

    #[test]
    fn every_matching_log_is_found_in_its_place(
        chain in vec(block_logs(), 0..8),
        queries in vec((filters(), 0_u64..9, 0_u64..9), 8),
    ) {
        let memory = Memory::new(&chain);
        let directory = TempDir::new().unwrap();
        let store = stored(&directory, &memory.blocks);
        let view = store.view().unwrap();
        let directory = TempDir::new().unwrap();
        let half = half_in_memory(&directory, &memory.blocks);
        for (filter, from, length) in queries {
            let head = chain.len() as u64;
            let range = from.min(head)..=(from.min(head) + length).min(head);
            let expected = search(&memory.blocks, &range, &filter);
            let found = all(&memory, &filter, range.clone(), NO_LIMITS).unwrap();
            prop_assert_eq!(&found, &expected, "in memory, {:?} {:?}", range, filter);
            let found = all(&view, &filter, range.clone(), NO_LIMITS).unwrap();
            prop_assert_eq!(&found, &expected, "stored, {:?} {:?}", range, filter);
            let found = all(&half, &filter, range.clone(), NO_LIMITS).unwrap();
            prop_assert_eq!(&found, &expected, "half in memory, {:?} {:?}", range, filter);
        }
    }

    #[test]
    fn the_walk_over_stored_blooms_finds_what_reading_headers_finds(
        chain in vec(block_logs(), 0..8),
        passes: [bool; 9],
        from in 0_u64..9,
        to in 0_u64..9,
    ) {
        let memory = Memory::new(&chain);
        let directory = TempDir::new().unwrap();
        let view = stored(&directory, &memory.blocks).view().unwrap();
        let expected = walk(&passes, |test| memory.first_block(from..=to, test));
        let found = walk(&passes, |test| view.first_block(from..=to, test));
        prop_assert_eq!(found, expected, "{}..={}", from, to);
    }
}

#[test]
fn receipts_are_read_only_of_blocks_whose_bloom_may_match() {
    let memory = Memory::new(&[one_log(1), Logs::new(), one_log(2), vec![vec![]], one_log(1)]);
    let read = |filter: &LogFilter| {
        all(&memory, filter, 0..=5, NO_LIMITS).unwrap();
        memory.receipts_read.take()
    };
    assert_eq!(read(&filter(&[1], &[])), [1, 5]);
    assert_eq!(read(&filter(&[1, 2], &[])), [1, 3, 5]);
    assert_eq!(read(&filter(&[1], &[7])), [0_u64; 0]);
    assert_eq!(read(&filter(&[], &[7])), [0_u64; 0]);
    // Any log will do, but where there is none nothing is read.
    assert_eq!(read(&LogFilter::default()), [1, 3, 5]);
}

#[test]
fn blocks_are_read_as_logs_are_asked_for() {
    let memory = Memory::new(&[one_log(1), one_log(1), one_log(1)]);
    let filter = filter(&[1], &[]);
    let mut logs = MatchedLogs::new(&memory, &filter, 0..=3, NO_LIMITS, &never).unwrap();
    assert!(memory.receipts_read.borrow().is_empty());
    assert_eq!(logs.next().unwrap().unwrap().block.number, 1);
    assert_eq!(*memory.receipts_read.borrow(), [1]);
    assert_eq!(logs.next().unwrap().unwrap().block.number, 2);
    assert_eq!(*memory.receipts_read.borrow(), [1, 2]);
}

#[test]
fn a_range_that_ends_before_it_begins_is_refused() {
    let memory = Memory::new(&[one_log(1)]);
    let range = RangeInclusive::new(1, 0);
    let err = all(&memory, &LogFilter::default(), range, NO_LIMITS).unwrap_err();
    assert!(matches!(err, LogQueryError::Reversed { from: 1, to: 0 }), "{err}");
}

#[test]
fn a_range_beyond_the_head_is_refused() {
    let memory = Memory::new(&[one_log(1)]);
    for range in [0..=2, 2..=2] {
        let err = all(&memory, &LogFilter::default(), range, NO_LIMITS).unwrap_err();
        assert!(matches!(err, LogQueryError::UnknownBlock { number: 2 }), "{err}");
    }
    let directory = TempDir::new().unwrap();
    let view = stored(&directory, &memory.blocks).view().unwrap();
    let err = all(&view, &LogFilter::default(), 0..=2, NO_LIMITS).unwrap_err();
    assert!(matches!(err, LogQueryError::UnknownBlock { number: 2 }), "{err}");
}

#[test]
fn a_range_may_be_as_long_as_the_limit_and_no_longer() {
    let memory = Memory::new(&[one_log(1), one_log(1), one_log(1)]);
    let limits = LogLimits { max_blocks: 3, ..NO_LIMITS };
    assert_eq!(all(&memory, &LogFilter::default(), 1..=3, limits).unwrap().len(), 3);
    let err = all(&memory, &LogFilter::default(), 0..=3, limits).unwrap_err();
    assert!(matches!(err, LogQueryError::TooManyBlocks { blocks: 4, limit: 3 }), "{err}");
    // Before the chain is looked at.
    let err = all(&memory, &LogFilter::default(), 0..=u64::MAX, limits).unwrap_err();
    assert!(matches!(err, LogQueryError::TooManyBlocks { blocks: u64::MAX, .. }), "{err}");
}

#[test]
fn more_results_than_the_limit_are_refused_with_a_range_that_is_within() {
    let two = vec![vec![(1, vec![]), (1, vec![])]];
    let memory = Memory::new(&[one_log(1), two, one_log(1)]);
    let filter = LogFilter::default();
    let with = |max_results, range| {
        all(&memory, &filter, range, LogLimits { max_results, ..NO_LIMITS })
            .map(|found| found.len())
            .map_err(|err| err.to_string())
    };
    assert_eq!(with(4, 0..=3), Ok(4));
    let advice = "more than 3 logs match: narrow the filter, or ask for blocks 0 to 2";
    assert_eq!(with(3, 0..=3), Err(advice.into()));
    assert_eq!(with(3, 0..=2), Ok(3));
    let advice = "more than 2 logs match: narrow the filter, or ask for blocks 1 to 1";
    assert_eq!(with(2, 1..=3), Err(advice.into()));
    assert_eq!(with(2, 1..=1), Ok(1));
    assert_eq!(with(1, 2..=3), Err("more than 1 logs match: narrow the filter".into()));
    assert_eq!(with(0, 0..=0), Ok(0));
}

#[test]
fn results_up_to_the_limit_come_before_the_error_and_nothing_after_it() {
    let memory = Memory::new(&[one_log(1), one_log(1), one_log(1), one_log(1)]);
    let filter = LogFilter::default();
    let limits = LogLimits { max_results: 2, ..NO_LIMITS };
    let logs = MatchedLogs::new(&memory, &filter, 0..=4, limits, &never).unwrap();
    let items: Vec<_> = logs.map(|log| log.map(|log| log.block.number).ok()).collect();
    assert_eq!(items, [Some(1), Some(2), None]);
}

#[test]
fn a_cancelled_query_stops_at_the_next_block() {
    let memory = Memory::new(&[one_log(1), one_log(2), one_log(2), one_log(1)]);
    let filter = filter(&[1], &[]);
    let asked = Cell::new(0);
    // Genesis, block 1, block 2.
    let is_cancelled = || asked.replace(asked.get() + 1) == 2;
    let mut logs = MatchedLogs::new(&memory, &filter, 0..=4, NO_LIMITS, &is_cancelled).unwrap();
    assert_eq!(logs.next().unwrap().unwrap().block.number, 1);
    let err = logs.next().unwrap().unwrap_err();
    assert!(matches!(err, LogQueryError::Cancelled), "{err}");
    assert!(logs.next().is_none());
    assert_eq!(asked.get(), 3);
    assert_eq!(*memory.receipts_read.borrow(), [1]);
}

#[test]
fn a_topic_counts_only_in_its_place() {
    let memory = Memory::new(&[vec![vec![(1, vec![1, 2])], vec![(1, vec![2, 1])]]]);
    let mut filter = filter(&[], &[1]);
    let found = all(&memory, &filter, 0..=1, NO_LIMITS).unwrap();
    assert_eq!(found.iter().map(|log| log.transaction_index).collect::<Vec<_>>(), [0]);
    filter.topics[2].insert(B256::repeat_byte(1));
    assert_eq!(all(&memory, &filter, 0..=1, NO_LIMITS).unwrap(), []);
}

#[test]
fn damage_is_told_and_not_taken_for_no_logs() {
    let mut memory = Memory::new(&[one_log(1), one_log(1)]);
    let directory = TempDir::new().unwrap();
    let store = stored(&directory, &memory.blocks);
    let tx = store.database().begin_write().unwrap();
    tx.delete::<Receipts>(&1).unwrap();
    tx.delete::<Headers>(&1).unwrap();
    tx.commit().unwrap();
    let view = store.view().unwrap();
    let is_missing = |number, expected, range| {
        let err = all(&view, &LogFilter::default(), range, NO_LIMITS).unwrap_err();
        let LogQueryError::Storage(StorageError::Missing { table, number: found }) = err else {
            panic!("{err}")
        };
        assert_eq!((table, found), (expected, number));
    };
    is_missing(2, "Receipts", 2..=2);
    is_missing(1, "Headers", 0..=2);
    let err = view.first_block(0..=2, &mut |_| false).unwrap_err();
    assert!(matches!(err, StorageError::Missing { table: "Headers", number: 1 }), "{err}");

    // Fewer receipts than transactions.
    memory.blocks[2].receipts = vec![memory.blocks[2].receipts[0].clone(), receipt()];
    let err = all(&memory, &LogFilter::default(), 0..=2, NO_LIMITS).unwrap_err();
    assert!(matches!(err, LogQueryError::Storage(StorageError::Missing { .. })), "{err}");
}

fn receipt() -> ScrollReceipt {
    let inner = EthereumReceipt {
        tx_type: ScrollTxType::L1Message,
        success: true,
        cumulative_gas_used: 0,
        logs: vec![Log::new_unchecked(Address::ZERO, Vec::new(), Bytes::new())],
    };
    ScrollReceipt { inner, l1_fee: Default::default() }
}
