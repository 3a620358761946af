//! Logs of the contracts on Ethereum mainnet.

use alloy_primitives::{Address, B256, Bytes, Log, LogData, U256, hex};
use rollup_chainspec::ScrollChainSpec;
use rollup_l1::{L1BlockRef, L1Contracts, QueueTip, commit_transactions, decode_block};
use rollup_l1_client::{L1Log, L1Transaction};
use rollup_storage::L1Event;
use rollup_vectors::TestData;
use serde::{Deserialize, de::DeserializeOwned};
use std::{collections::HashMap, fs};

const BLOCK: L1BlockRef =
    L1BlockRef { number: 20_000_000, hash: B256::repeat_byte(0xb1), timestamp: 1_700_000_000 };
/// `commitBatches`.
const COMMIT_BATCHES: [u8; 4] = hex!("9bbaa2ba");

#[derive(Deserialize)]
struct MessageLog {
    address: Address,
    topics: Vec<B256>,
    data: Bytes,
    queue_index: u64,
    tx_hash_l2: B256,
    queue_hash: Option<B256>,
}

#[derive(Deserialize)]
struct CommitLog {
    topics: Vec<B256>,
    data: Bytes,
    tx_group: u64,
    blob_versioned_hash: B256,
}

fn read<T: DeserializeOwned>(data: &TestData, file: &str) -> Vec<T> {
    serde_json::from_slice(&fs::read(data.path(file)).unwrap()).unwrap()
}

fn contracts() -> L1Contracts {
    L1Contracts::from(ScrollChainSpec::parse("scroll-mainnet").unwrap().as_ref())
}

fn log(address: Address, topics: Vec<B256>, data: Bytes, log_index: u64, group: u64) -> L1Log {
    L1Log {
        block_number: BLOCK.number,
        block_hash: BLOCK.hash,
        log_index,
        transaction_hash: B256::from(U256::from(group)),
        log: Log { address, data: LogData::new_unchecked(topics, data) },
    }
}

#[test]
fn mainnet_messages_have_their_hashes() {
    let Some(data) = TestData::find() else { return };
    let contracts = contracts();
    let logs: Vec<MessageLog> = read(&data, "data/l1/queue_transaction_logs.json");
    let mut previous: Option<(u64, B256)> = None;
    let mut compared = 0;
    for message in logs {
        let index = message.queue_index;
        let before = previous.filter(|(before, _)| before + 1 == index).map(|(_, hash)| hash);
        let first_v2_queue_index = contracts.first_v2_queue_index;
        let mut tip = QueueTip { queue_hash: before, first_v2_queue_index };
        let logs = [log(message.address, message.topics, message.data, 0, 0)];
        let decoded = decode_block(&contracts, BLOCK, &logs, &HashMap::new(), &mut tip).unwrap();
        let [L1Event::MessageEnqueued(found)] = decoded.block.events.as_slice() else {
            panic!("{index}: {decoded:?}")
        };
        assert_eq!(found.message.queue_index, index);
        assert_eq!(found.message.tx_hash(), message.tx_hash_l2, "{index}");
        assert_eq!(found.queue_hash.is_some(), message.queue_hash.is_some(), "{index}");
        if before.is_some() {
            assert_eq!(found.queue_hash, message.queue_hash, "{index}");
            compared += 1;
        }
        previous = message.queue_hash.map(|hash| (index, hash));
    }
    assert_eq!(compared, 9);
}

#[test]
fn mainnet_commits_have_the_blobs_of_their_transaction_in_order() {
    let Some(data) = TestData::find() else { return };
    let contracts = contracts();
    let rollup = contracts.rollup.unwrap();
    let commits: Vec<CommitLog> = read(&data, "data/l1/commit_batch_logs.json");
    let mut transactions = HashMap::<B256, L1Transaction>::new();
    let mut logs = Vec::new();
    for (at, commit) in (0_u64..).zip(&commits) {
        let (topics, data) = (commit.topics.clone(), commit.data.clone());
        let log = log(rollup, topics, data, at, commit.tx_group);
        let input = [COMMIT_BATCHES.as_slice(), &[0; 31], &[8]].concat();
        let new = || L1Transaction {
            hash: log.transaction_hash,
            block_hash: BLOCK.hash,
            to: Some(rollup),
            input: input.into(),
            blob_hashes: Vec::new(),
        };
        let transaction = transactions.entry(log.transaction_hash).or_insert_with(new);
        transaction.blob_hashes.push(commit.blob_versioned_hash);
        logs.push(log);
    }
    assert_eq!(commit_transactions(&contracts, &logs).unwrap().len(), transactions.len());
    let mut tip = QueueTip::default();
    let decoded = decode_block(&contracts, BLOCK, &logs, &transactions, &mut tip).unwrap();
    assert_eq!(decoded.block.events.len(), commits.len());
    for (event, commit) in decoded.block.events.iter().zip(&commits) {
        let L1Event::BatchCommitted(found) = event else { panic!("{event:?}") };
        assert_eq!(U256::from(found.batch.index), U256::from_be_bytes(commit.topics[1].0));
        assert_eq!(found.batch.hash, commit.topics[2]);
        assert_eq!(found.blob_hash, Some(commit.blob_versioned_hash));
    }
}
