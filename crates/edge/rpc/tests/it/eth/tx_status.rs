//! `rollupNode_txStatus` and `rollupNode_explainSlot` over a chain without sequencer.

use super::chain::{Chain, FEE_CAP_WEI, RECIPIENT, SENDER, invoke_for, l1_message, transfer};
use alloy_eips::Encodable2718 as _;
use alloy_primitives::{B256, Bytes};
use rollup_primitives::{ScrollTxEnvelope, TxL1Message};
use rollup_rpc::{BlockingPool, RollupNodeApiServer as _, RollupNodeRpc, RpcLimits};
use rollup_runtime::SimulatedClock;
use rollup_sequencer::SyncState;
use rollup_storage::{EnqueuedMessage, L1Block, L1Event, RollupChange};
use rollup_txpool::TransactionOrigin;
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};
use tokio::sync::watch;

const NOW: Duration = Duration::from_secs(1_800_000_000);

/// The answer of a `rollupNode` method over a chain and its pool.
async fn ask(chain: &Chain, method: &str, params: Value) -> Value {
    let threads = BlockingPool::new(&RpcLimits::default()).unwrap();
    let (_, sync) = watch::channel(SyncState::SYNCED);
    let clock = Arc::new(SimulatedClock::new(NOW));
    let rpc = RollupNodeRpc::new(chain.storage.clone(), sync, None, threads, clock)
        .with_transactions(chain.pool.clone(), None)
        .into_rpc();
    let method = format!("rollupNode_{method}");
    let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
    let (answer, _) = rpc.raw_json_request(&request.to_string(), 1).await.unwrap();
    let answer: Value = serde_json::from_str(answer.get()).unwrap();
    assert!(answer.get("error").is_none(), "{answer}");
    answer["result"].clone()
}

async fn status(chain: &Chain, transaction: &ScrollTxEnvelope) -> Value {
    ask(chain, "txStatus", json!([transaction.hash()])).await
}

async fn add(chain: &Chain, transaction: &ScrollTxEnvelope) {
    let raw: Bytes = transaction.encoded_2718().into();
    chain.pool.add_raw(raw, TransactionOrigin::Local).await.unwrap();
}

#[tokio::test]
async fn what_nobody_has_seen_is_unknown() {
    let chain = Chain::new();
    let hash = B256::repeat_byte(7);
    let expected = json!({ "hash": hash, "status": "unknown" });
    assert_eq!(ask(&chain, "txStatus", json!([hash])).await, expected);
}

#[tokio::test]
async fn the_pool_says_what_a_transaction_waits_for() {
    let chain = Chain::new();
    let (first, third) = (transfer(0, RECIPIENT, 1), transfer(2, RECIPIENT, 1));
    add(&chain, &first).await;
    add(&chain, &third).await;
    let expected = json!({
        "hash": first.hash(), "status": "pending", "sender": SENDER, "nonce": 0,
    });
    assert_eq!(status(&chain, &first).await, expected);
    let expected = json!({
        "hash": third.hash(), "status": "queued", "sender": SENDER, "nonce": 2,
        "reason": { "kind": "nonce_gap", "missing_nonce": 1 },
    });
    assert_eq!(status(&chain, &third).await, expected);
}

#[tokio::test]
async fn the_one_in_its_place_is_named() {
    let chain = Chain::new();
    let old = transfer(0, RECIPIENT, 1);
    let new = invoke_for(0, RECIPIENT, Bytes::new(), 2 * FEE_CAP_WEI, 100_000);
    add(&chain, &old).await;
    add(&chain, &new).await;
    let status = status(&chain, &old).await;
    assert_eq!((&status["status"], &status["by"]), (&json!("replaced"), &json!(new.hash())));
}

#[tokio::test]
async fn why_it_was_not_taken_is_told_in_the_words_of_the_pool() {
    let mut chain = Chain::new();
    chain.append(vec![transfer(0, RECIPIENT, 1)]);
    let late = transfer(0, RECIPIENT, 2);
    let raw: Bytes = late.encoded_2718().into();
    chain.pool.add_raw(raw, TransactionOrigin::Local).await.unwrap_err();
    let expected = json!({
        "hash": late.hash(), "status": "rejected", "by": "pool",
        "reason": "nonce too low: next nonce 1, tx nonce 0",
    });
    assert_eq!(status(&chain, &late).await, expected);
}

#[tokio::test]
async fn a_transaction_in_a_block_becomes_safe_and_finalized_with_it() {
    let mut chain = Chain::new();
    let transaction = transfer(0, RECIPIENT, 1);
    chain.append(vec![l1_message(0), transaction.clone()]);
    chain.append(vec![]);
    let block = chain.id_of(1);
    for (safe, finalized, name) in [(0, 0, "included"), (1, 0, "safe"), (2, 1, "finalized")] {
        let (safe, finalized) = (Some(chain.id_of(safe)), Some(chain.id_of(finalized)));
        chain.storage.apply_rollup(vec![RollupChange::Forkchoice { safe, finalized }]).unwrap();
        let expected = json!({
            "hash": transaction.hash(),
            "status": name,
            "block": { "number": 1, "hash": block.hash },
            "index": 1,
            "succeeded": true,
            "confirmations": 2,
        });
        assert_eq!(status(&chain, &transaction).await, expected);
    }
}

#[tokio::test]
async fn an_l1_message_is_waited_for_until_a_block_has_it() {
    let chain = Chain::new();
    let message = TxL1Message { queue_index: 0, gas_limit: 100_000, ..Default::default() };
    let hash = message.tx_hash();
    let event = L1Event::MessageEnqueued(EnqueuedMessage { message, queue_hash: None });
    let events = vec![event];
    let block = L1Block { number: 5, hash: B256::repeat_byte(5), timestamp: 5, events };
    chain.storage.apply_rollup(vec![RollupChange::L1Block(block)]).unwrap();
    let expected = json!({
        "hash": hash, "status": "waiting_on_l1", "queue_index": 0, "l1_block_number": 5,
        "passed_over": false,
    });
    assert_eq!(ask(&chain, "txStatus", json!([hash])).await, expected);
}

#[tokio::test]
async fn a_node_without_sequencer_shows_the_blocks_around_a_time() {
    let mut chain = Chain::new();
    for nonce in 0..3 {
        chain.append(vec![transfer(nonce, RECIPIENT, 1)]);
    }
    let timestamp = |number: usize| chain.blocks[number - 1].block.timestamp;
    let at = |time: u64| ask(&chain, "explainSlot", json!([{ "time": time }]));
    let explained = at(timestamp(2)).await;
    assert_eq!((&explained["answer"], &explained["slots"]), (&json!("no_sequencer"), &json!([])));
    let second = json!({
        "number": 2,
        "hash": chain.id_of(2).hash,
        "timestamp": timestamp(2),
        "transactions": 1,
        "l1_messages": 0,
        "gas_used": chain.blocks[1].block.gas_used,
    });
    assert_eq!(explained["block"], second);
    assert_eq!(explained["next_block"]["number"], 3);
    // In milliseconds, within the second of the block.
    assert_eq!(at(timestamp(2) * 1_000 + 999).await["block"], second);
    let last = at(NOW.as_secs()).await;
    assert_eq!((&last["block"]["number"], &last["next_block"]), (&json!(3), &Value::Null));
    assert_eq!(at(NOW.as_secs() + 1).await["answer"], "future");
    let before = at(0).await;
    let genesis_time = chain.storage.view().unwrap().header(0).unwrap().unwrap().timestamp;
    assert_eq!(before["next_block"]["number"], if genesis_time == 0 { 1 } else { 0 });

    for key in [json!(2), json!("0x2"), json!({ "block": 2 })] {
        let explained = ask(&chain, "explainSlot", json!([key])).await;
        assert_eq!(explained["answer"], "no_sequencer");
        assert_eq!(explained["block"], second);
    }
    let next = ask(&chain, "explainSlot", json!([4])).await;
    assert_eq!((&next["answer"], &next["block"]), (&json!("future"), &Value::Null));
}
