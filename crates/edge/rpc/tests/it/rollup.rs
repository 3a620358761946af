//! `rollupNode` over a real store.

use crate::support::{Followed, NOW, Switch, error, request};
use alloy_primitives::{Address, B256, Bytes, U256};
use rollup_chainspec::ScrollChainSpec;
use rollup_orchestrator::L1MessageRules;
use rollup_primitives::{SealedBlock, TxL1Message};
use rollup_rpc::{
    BlockingPool, L1Control, RollupNodeApiServer, RollupNodeRpc, RpcLimits, SequencerControl,
};
use rollup_runtime::SimulatedClock;
use rollup_sequencer::{L1InclusionMode, SequencerConfig, SyncState};
use rollup_storage::{
    ChainView, EnqueuedMessage, ExecutedBlock, L1Block, L1Event, ReplayError, RollupChange,
    Storage, StorageConfig, next_queue_hash,
};
use serde_json::{Value, json};
use std::sync::Arc;
use tempfile::TempDir;
use tokio::sync::watch;

struct Node {
    rpc: RollupNodeRpc,
    storage: Storage,
    genesis: B256,
    _directory: TempDir,
}

fn node(flags: SyncState, sequencer: Option<Arc<dyn SequencerControl>>) -> Node {
    let directory = tempfile::tempdir().unwrap();
    let spec = ScrollChainSpec::parse("dev").unwrap();
    let replay = |_: &ChainView, _: SealedBlock| -> Result<ExecutedBlock, ReplayError> {
        unreachable!("nothing is logged")
    };
    let config = StorageConfig::default();
    let (storage, _) = Storage::open(directory.path(), config, spec, &replay).unwrap();
    let genesis = storage.head().hash;
    let threads = BlockingPool::new(&RpcLimits::default()).unwrap();
    let clock = Arc::new(SimulatedClock::new(NOW));
    let (_, sync) = watch::channel(flags);
    let rpc = RollupNodeRpc::new(storage.clone(), sync, sequencer, threads, clock);
    Node { rpc, storage, genesis, _directory: directory }
}

/// Those of a sequencer with the default settings.
fn rules() -> L1MessageRules {
    let spec = ScrollChainSpec::parse("dev").unwrap();
    L1MessageRules::new(&SequencerConfig::default(), &spec)
}

async fn answer(node: &Node, method: &str, params: Value) -> Value {
    let methods = node.rpc.clone().into_rpc();
    let request = request(&format!("rollupNode_{method}"), &params).to_string();
    let (answer, _) = methods.raw_json_request(&request, 1).await.unwrap();
    serde_json::from_str(answer.get()).unwrap()
}

async fn ask(node: &Node, method: &str, params: Value) -> Value {
    let answer = answer(node, method, params).await;
    assert!(answer.get("error").is_none(), "{answer}");
    answer["result"].clone()
}

#[tokio::test]
async fn a_chain_without_l1_is_synced() {
    let node = node(SyncState::SYNCED, None);
    let genesis = json!({ "number": 0, "hash": node.genesis });
    let expected = json!({
        "l1": { "status": "Synced", "latest": 0, "finalized": 0, "processed": 0 },
        "l2": { "status": "Synced", "head": genesis, "safe": genesis, "finalized": genesis },
    });
    assert_eq!(ask(&node, "status", json!([])).await, expected);
}

#[tokio::test]
async fn l1_is_known_as_far_as_the_store_knows_it() {
    let flags = SyncState { l1_synced: false, l2_synced: true };
    let node = node(flags, None);
    let changes = vec![
        RollupChange::L1Latest { number: 30 },
        RollupChange::L1Finalized { number: 20 },
        RollupChange::L1Processed { number: 10 },
    ];
    node.storage.apply_rollup(changes).unwrap();
    let status = ask(&node, "status", json!([])).await;
    let expected = json!({ "status": "Syncing", "latest": 30, "finalized": 20, "processed": 10 });
    assert_eq!(status["l1"], expected);
}

#[tokio::test]
async fn health_gives_reasons() {
    let synced = node(SyncState::SYNCED, None);
    let health = ask(&synced, "health", json!([])).await;
    assert_eq!((&health["healthy"], &health["reasons"]), (&json!(true), &json!([])));
    assert_eq!(health["role"], "follower");

    let flags = SyncState { l1_synced: false, l2_synced: true };
    let syncing = node(flags, Some(Arc::new(Switch::default())));
    let health = ask(&syncing, "health", json!([])).await;
    assert_eq!(health["healthy"], false);
    assert_eq!(health["reasons"], json!(["L1 is not synced"]));
    assert_eq!(health["role"], "sequencer");
}

#[tokio::test]
async fn health_says_what_is_wrong_with_l1() {
    let flags = SyncState { l1_synced: false, l2_synced: true };
    let mut node = node(flags, None);
    let l1 = Followed { reasons: vec!["l1 unreachable".to_owned()], ..Followed::default() };
    node.rpc = node.rpc.with_l1(Some((Arc::new(l1), rules())));
    let health = ask(&node, "health", json!([])).await;
    assert_eq!((&health["healthy"], &health["l1"]), (&json!(false), &json!("Syncing")));
    assert_eq!(health["reasons"], json!(["l1 unreachable"]));
}

#[tokio::test]
async fn endpoints_of_l1_are_listed_where_there_are_any() {
    let mut node = node(SyncState::SYNCED, None);
    let none = answer(&node, "l1Endpoints", json!([])).await;
    let message = "this node follows no L1; start it with --l1.url";
    assert_eq!(error(&none), (-32004, message));
    node.rpc = node.rpc.with_l1(Some((Arc::new(Followed::default()), rules())));
    let expected = json!([{
        "url": "l1.example:443",
        "preferred": true,
        "state": "wrong_chain",
        "chain_id": 5,
        "latest": null,
        "lag": null,
        "latency_ms": 12,
        "requests": 3,
        "errors": 1,
        "distrusted": false,
        "last_error": "chain id 5",
    }]);
    assert_eq!(ask(&node, "l1Endpoints", json!([])).await, expected);
}

#[tokio::test]
async fn the_age_of_the_head_is_by_the_clock_of_the_node() {
    let node = node(SyncState::SYNCED, None);
    let timestamp = node.storage.view().unwrap().header(0).unwrap().unwrap().timestamp;
    let health = ask(&node, "health", json!([])).await;
    assert_eq!(health["head_age_s"], NOW.as_secs() - timestamp);
}

#[tokio::test]
async fn the_sequencer_is_reported_if_there_is_one() {
    let follower = node(SyncState::SYNCED, None);
    assert_eq!(ask(&follower, "sequencerStatus", json!([])).await, Value::Null);
    let sequencer = Arc::new(Switch::default());
    let node = node(SyncState::SYNCED, Some(sequencer.clone()));
    let stopped = ask(&node, "sequencerStatus", json!([])).await;
    assert_eq!((&stopped["state"], &stopped["enabled"]), (&json!("disabled"), &json!(false)));
    sequencer.enable().await.unwrap();
    assert_eq!(ask(&node, "sequencerStatus", json!([])).await["enabled"], true);
}

/// A store with two messages: the first in L1 block 5, the second in L1 block 7.
fn with_messages() -> Node {
    let node = node(SyncState::SYNCED, None);
    let message = |queue_index| TxL1Message {
        queue_index,
        gas_limit: 100_000,
        to: Address::repeat_byte(2),
        value: U256::from(3),
        sender: Address::repeat_byte(4),
        input: Bytes::from_static(&[5]),
    };
    let first_hash = next_queue_hash(None, message(0).tx_hash());
    let second_hash = next_queue_hash(Some(first_hash), message(1).tx_hash());
    let block = |number, queue_index, queue_hash| {
        RollupChange::L1Block(L1Block {
            number,
            hash: B256::with_last_byte(u8::try_from(number).unwrap()),
            timestamp: number,
            events: vec![enqueued(message(queue_index), queue_hash)],
        })
    };
    let changes = vec![
        RollupChange::L1Latest { number: 8 },
        block(5, 0, first_hash),
        block(7, 1, second_hash),
        RollupChange::L1Finalized { number: 6 },
    ];
    node.storage.apply_rollup(changes).unwrap();
    node
}

const fn enqueued(message: TxL1Message, queue_hash: B256) -> L1Event {
    L1Event::MessageEnqueued(EnqueuedMessage { message, queue_hash: Some(queue_hash) })
}

#[tokio::test]
async fn l1_messages_are_found_by_every_key() {
    let node = with_messages();
    let first = ask(&node, "getL1MessageByIndex", json!([0])).await;
    assert_eq!(first["l1_block_number"], 5);
    assert_eq!(first["l2_block_number"], Value::Null);
    assert_eq!(first["transaction"]["queueIndex"], "0x0");
    assert_eq!(ask(&node, "getL1MessageByIndex", json!([2])).await, Value::Null);

    let find = async |key: Value| {
        let found = ask(&node, "getL1MessageByKey", json!([key])).await;
        found["l1_block_number"].as_u64()
    };
    assert_eq!(find(json!({ "queueIndex": 1 })).await, Some(7));
    assert_eq!(find(json!({ "blockNumber": 7 })).await, Some(7));
    assert_eq!(find(json!({ "blockNumber": 6 })).await, None);
    assert_eq!(find(json!({ "queueHash": first["queue_hash"] })).await, Some(5));
    assert_eq!(find(json!({ "queueHash": B256::repeat_byte(9) })).await, None);
    let hash = node.storage.view().unwrap().l1_message(1).unwrap().unwrap().hash;
    assert_eq!(find(json!({ "transactionHash": hash })).await, Some(7));
    assert_eq!(find(json!({ "transactionHash": B256::repeat_byte(9) })).await, None);
    let waits = |rule: &str, depth: u64| json!({ "notIncluded": { rule: depth } });
    assert_eq!(find(waits("notIncludedBlockDepth", 0)).await, Some(5));
    assert_eq!(find(waits("notIncludedBlockDepth", 4)).await, None);
    assert_eq!(find(waits("notIncludedFinalizedWithBlockDepth", 1)).await, Some(5));
    assert_eq!(find(waits("notIncludedFinalizedWithBlockDepth", 2)).await, None);
}

#[tokio::test]
async fn an_l1_message_says_what_it_waits_for() {
    let mut node = with_messages();
    let message = "this node follows no L1; start it with --l1.url";
    let none = answer(&node, "l1MessageStatus", json!([0])).await;
    assert_eq!(error(&none), (-32004, message));

    let l1: Arc<dyn L1Control> = Arc::new(Followed::default());
    let rpc = node.rpc.clone();
    let hash = |index| node.storage.view().unwrap().l1_message(index).unwrap().unwrap().hash;
    let (first, second) = (hash(0), hash(1));
    // L1 is final up to block 6; the messages are of blocks 5 and 7.
    let by = |l1_inclusion_mode, max_l1_message_gas| {
        let config =
            SequencerConfig { l1_inclusion_mode, max_l1_message_gas, ..SequencerConfig::default() };
        L1MessageRules::new(&config, &ScrollChainSpec::parse("dev").unwrap())
    };
    node.rpc =
        rpc.clone().with_l1(Some((l1.clone(), by(L1InclusionMode::Finalized(2), 1_000_000))));
    let expected = json!({
        "status": "waits_for_depth",
        "queue_index": 0,
        "hash": first,
        "l1_block_number": 5,
        "rule": "finalized:2",
        "l1_block": 7,
        "missing": 1,
    });
    for name in [json!(0), json!(first)] {
        assert_eq!(ask(&node, "l1MessageStatus", json!([name])).await, expected);
    }
    for name in [json!(2), json!(B256::repeat_byte(9))] {
        let status = ask(&node, "l1MessageStatus", json!([name])).await;
        assert_eq!(status, json!({ "status": "unknown" }));
    }

    node.rpc = rpc.clone().with_l1(Some((l1.clone(), by(L1InclusionMode::Depth(0), 1_000_000))));
    let queued = ask(&node, "l1MessageStatus", json!([second])).await;
    assert_eq!((&queued["status"], &queued["ahead"]), (&json!("queued"), &json!(1)));

    node.rpc = rpc.with_l1(Some((l1, by(L1InclusionMode::Depth(0), 99_999))));
    let expected = json!({
        "status": "blocked",
        "queue_index": 1,
        "hash": second,
        "l1_block_number": 7,
        "blocked_by": 0,
        "reason": "too_much_gas",
        "gas_limit": 100_000,
        "max_gas": 99_999,
    });
    assert_eq!(ask(&node, "l1MessageStatus", json!([1])).await, expected);
}
