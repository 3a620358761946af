//! Subscriptions: what a client is told as it happens.

use super::{
    chain::{Chain, Heard, hex, invoke, logger_contract, transfer},
    contracts::words,
};
use alloy_eips::Encodable2718 as _;
use alloy_primitives::{Address, B256, Bytes};
use rollup_primitives::ScrollTxEnvelope;
use rollup_rpc::{EthConfig, FeedLimits};
use rollup_sequencer::SyncState;
use serde_json::{Value, json};

/// Messages that fit for who reads at once.
const ROOM: usize = 64;

/// Two logs: with this topic, and with this one and 8.
fn log(nonce: u64, topic: u64) -> ScrollTxEnvelope {
    invoke(nonce, logger_contract(), words([topic, 8]))
}

async fn block(chain: &Chain, number: usize) -> Value {
    chain.get("eth_getBlockByNumber", json!([hex(number), false])).await
}

fn numbers(heads: &[Value]) -> Vec<&Value> {
    heads.iter().map(|head| &head["number"]).collect()
}

async fn send(chain: &Chain, nonce: u64) -> Value {
    let raw: Bytes = transfer(nonce, Address::repeat_byte(1), 1).encoded_2718().into();
    chain.get("eth_sendRawTransaction", json!([raw])).await
}

#[tokio::test]
async fn new_heads_come_in_order_and_lead_from_one_to_the_next_also_over_a_reorg() {
    let mut chain = Chain::with_blocks();
    let mut heard = chain.subscribe(json!(["newHeads"]), ROOM).await;
    for nonce in 15..18 {
        chain.append(vec![log(nonce, 1)]);
    }
    let heads = heard.take(3).await;
    for (at, head) in heads.iter().enumerate() {
        let stored = block(&chain, 7 + at).await;
        for (field, value) in head.as_object().unwrap() {
            assert_eq!(value, &stored[field], "{field}");
        }
        assert!(head.get("transactions").is_none());
    }
    chain.reorg(2, vec![vec![log(16, 5)], vec![log(17, 5)], vec![]]);
    let heads = heard.take(3).await;
    assert_eq!(numbers(&heads), [&hex(8), &hex(9), &hex(10)]);
    for (at, head) in heads.iter().enumerate() {
        assert_eq!(head["hash"], json!(chain.id_of(8 + at).hash));
        assert_eq!(head["parentHash"], json!(chain.id_of(7 + at).hash));
    }
}

#[tokio::test]
async fn logs_of_a_branch_that_is_left_come_again_as_removed_before_the_new_ones() {
    let mut chain = Chain::with_blocks();
    let filter = json!({ "address": logger_contract(), "topics": [[B256::with_last_byte(1)], [B256::with_last_byte(8)]] });
    let mut heard = chain.subscribe(json!(["logs", filter]), ROOM).await;
    let mut all = chain.subscribe(json!(["logs"]), ROOM).await;
    chain.append(vec![log(15, 1), log(16, 2), log(17, 1)]);
    chain.append(vec![log(18, 1)]);
    let first = heard.take(3).await;
    let numbers: Vec<_> = first.iter().map(|log| log["blockNumber"].clone()).collect();
    assert_eq!(numbers, [hex(7), hex(7), hex(8)]);
    assert_eq!(first[1]["logIndex"], hex(5));

    chain.reorg(2, vec![vec![log(15, 3), log(16, 1)], vec![log(17, 1)]]);
    let mut expected: Vec<Value> = first.into_iter().rev().collect();
    for log in &mut expected {
        log["removed"] = json!(true);
    }
    assert_eq!(heard.take(3).await, expected);
    let filter = json!([{ "fromBlock": "0x7", "topics": [[B256::with_last_byte(1)], [B256::with_last_byte(8)]] }]);
    let added = chain.get("eth_getLogs", filter).await;
    assert_eq!(json!(heard.take(2).await), added);

    // Eight came, eight left, six came.
    let all = all.take(22).await;
    let removed: Vec<_> = all.iter().map(|log| log["removed"] == true).collect();
    assert_eq!(removed, [[false; 8].as_slice(), &[true; 8], &[false; 6]].concat());
    let places: Vec<_> = all[8..16].iter().map(|log| log["logIndex"].clone()).collect();
    assert_eq!(places, [1, 0, 5, 4, 3, 2, 1, 0].map(hex::<u64>));
}

#[tokio::test]
async fn transactions_come_when_they_are_executable_in_full_or_by_hash() {
    let mut chain = Chain::new();
    let mut by_hash = chain.subscribe(json!(["newPendingTransactions"]), ROOM).await;
    let mut full = chain.subscribe(json!(["newPendingTransactions", true]), ROOM).await;
    let second = send(&chain, 1).await;
    let first = send(&chain, 0).await;
    assert_eq!(by_hash.take(2).await, [first.clone(), second]);
    let pooled = chain.get("eth_getTransactionByHash", json!([first])).await;
    assert_eq!(full.next().await, pooled);
}

#[tokio::test]
async fn whether_the_node_is_behind_is_told_at_once_and_when_it_changes() {
    let mut chain = Chain::with_blocks();
    assert_eq!(chain.get("eth_syncing", json!([])).await, json!(false));
    let mut heard = chain.subscribe(json!(["syncing"]), ROOM).await;
    let mut heads = chain.subscribe(json!(["newHeads"]), ROOM).await;
    assert_eq!(heard.next().await, json!(false));

    chain.sync.send(SyncState { l1_synced: false, l2_synced: true }).unwrap();
    let behind = json!({
        "syncing": true, "startingBlock": "0x6", "currentBlock": "0x6", "highestBlock": "0x6",
    });
    assert_eq!(heard.next().await, behind);
    chain.append(vec![]);
    heads.next().await;
    let behind = json!({ "startingBlock": "0x6", "currentBlock": "0x7", "highestBlock": "0x7" });
    assert_eq!(chain.get("eth_syncing", json!([])).await, behind);

    chain.sync.send(SyncState::SYNCED).unwrap();
    assert_eq!(heard.next().await, json!(false));
    assert_eq!(chain.get("eth_syncing", json!([])).await, json!(false));
}

/// The error with which a subscription ends, after whatever was sent before.
async fn end(heard: &mut Heard) -> Value {
    loop {
        let mut params = heard.params().await;
        if let Some(error) = params.get_mut("error") {
            return error.take();
        }
    }
}

#[tokio::test]
async fn who_does_not_read_is_dropped_and_who_reads_gets_everything() {
    let unread = FeedLimits { items: 4, bytes: 1 << 20 };
    let mut chain = Chain::with_config(EthConfig { unread, ..EthConfig::default() });
    let mut silent = chain.subscribe(json!(["newHeads"]), 1).await;
    let mut silent_about_logs = chain.subscribe(json!(["logs"]), 1).await;
    let mut fast = chain.subscribe(json!(["newHeads"]), 1).await;
    for number in 1..=20 {
        chain.append(vec![]);
        assert_eq!(fast.next().await["number"], hex(number));
    }
    let error = end(&mut silent).await;
    assert_eq!(error["code"], -32005);
    let message = error["message"].as_str().unwrap();
    assert!(message.starts_with("subscription dropped"), "{message}");
    // There was nothing to tell it, so it is not behind.
    chain.append(super::chain::bodies().remove(0));
    fast.next().await;
    for body in super::chain::bodies().drain(1..3) {
        chain.append(body);
        fast.next().await;
    }
    assert_eq!(silent_about_logs.next().await["removed"], false);
}

#[tokio::test]
async fn parameters_that_cannot_be_read_are_refused() {
    let mut chain = Chain::new();
    for params in [
        json!([]),
        json!(["newBlocks"]),
        json!(["transactionReceipts"]),
        json!(["logs", { "address": "0x12" }]),
        json!(["logs", true]),
        json!(["newPendingTransactions", "yes"]),
    ] {
        let heard = chain.subscribe(params.clone(), ROOM).await;
        assert_eq!(heard.answer["error"]["code"], -32602, "{params}");
    }
    for params in [json!(["logs", {}]), json!(["logs", null]), json!(["newHeads", null])] {
        let heard = chain.subscribe(params.clone(), ROOM).await;
        assert!(heard.answer.get("error").is_none(), "{params}");
    }
}
