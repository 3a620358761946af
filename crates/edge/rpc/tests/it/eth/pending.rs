//! The pending block, compared with the block that comes of it.

use super::{
    call::{CONTRACT, with_code},
    chain::{
        Chain, RECIPIENT, SENDER, created, creation, hex, invoke, l1_message, logger_contract,
        store_contract, transfer,
    },
    contracts::{ENVIRONMENT, READER, STORE, words},
};
use crate::support::NOW;
use alloy_consensus::transaction::{Recovered, SignerRecoverable as _};
use alloy_eips::Encodable2718 as _;
use alloy_primitives::{Bytes, U256};
use rollup_payload::PayloadJob;
use rollup_primitives::{PayloadAttributes, ScrollTxEnvelope};
use serde_json::{Value, json};
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(60);

async fn send(chain: &Chain, transaction: &ScrollTxEnvelope) {
    let raw: Bytes = transaction.encoded_2718().into();
    chain.get("eth_sendRawTransaction", json!([raw])).await;
}

/// A job on the head that begins with these.
fn start(chain: &Chain, forced: Vec<ScrollTxEnvelope>) -> PayloadJob {
    let view = chain.storage.view().unwrap();
    let head = view.header(view.head().unwrap().number).unwrap().unwrap();
    let recover = |tx: ScrollTxEnvelope| {
        let sender = tx.recover_signer().unwrap();
        Recovered::new_unchecked(tx, sender)
    };
    let attributes = PayloadAttributes {
        timestamp: head.timestamp + 2,
        fee_recipient: Default::default(),
        transactions: forced.into_iter().map(recover).collect(),
        no_tx_pool: false,
        gas_limit: None,
    };
    chain.payload.start(view, attributes).unwrap()
}

/// Waits until so many transactions are in the pending block.
async fn wait_for(chain: &Chain, count: usize) {
    let wait = async {
        let method = "eth_getBlockTransactionCountByNumber";
        while chain.get(method, json!(["pending"])).await != hex(count) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(LIMIT, wait).await.unwrap();
}

/// Takes the fields out of an object, which must have them.
fn without(mut object: Value, fields: &[&str]) -> Value {
    for field in fields {
        object.as_object_mut().unwrap().remove(*field).unwrap();
    }
    object
}

/// Everything that is asked for by a block, but for what only a sealed block has.
async fn answers(chain: &Chain, block: &str) -> Vec<Value> {
    let list = |list: Value, fields: &[&str]| {
        let list: Vec<Value> = serde_json::from_value(list).unwrap();
        Value::from_iter(list.into_iter().map(|item| without(item, fields)))
    };
    let mut answers = Vec::new();
    for full in [true, false] {
        let found = chain.get("eth_getBlockByNumber", json!([block, full])).await;
        let mut found = without(found, &["hash", "nonce", "miner", "stateRoot"]);
        if full {
            found["transactions"] = list(found["transactions"].take(), &["blockHash"]);
        }
        answers.push(found);
    }
    let mut receipts =
        list(chain.get("eth_getBlockReceipts", json!([block])).await, &["blockHash"]);
    for receipt in receipts.as_array_mut().unwrap() {
        receipt["logs"] = list(receipt["logs"].take(), &["blockHash"]);
    }
    answers.push(receipts);
    for index in 0..5 {
        let params = json!([block, hex(index)]);
        let found = chain.get("eth_getTransactionByBlockNumberAndIndex", params.clone()).await;
        answers.push(if found.is_null() { found } else { without(found, &["blockHash"]) });
        answers.push(chain.get("eth_getRawTransactionByBlockNumberAndIndex", params).await);
    }
    for account in [SENDER, RECIPIENT, store_contract(), created(17)] {
        for method in ["eth_getBalance", "eth_getTransactionCount", "eth_getCode"] {
            answers.push(chain.get(method, json!([account, block])).await);
        }
        answers.push(chain.get("eth_getStorageAt", json!([account, "0x1", block])).await);
        answers.push(chain.get("eth_getStorageAt", json!([account, "0x2", block])).await);
    }
    let sum = json!({store_contract().to_string(): {"code": READER}});
    let call = json!({"to": store_contract()});
    answers.push(chain.get("eth_call", json!([call, block, sum])).await);
    let environment = json!([{"to": CONTRACT}, block, with_code(&ENVIRONMENT)]);
    answers.push(chain.get("eth_call", environment).await);
    let store = json!({"from": SENDER, "to": store_contract(), "data": words([1, 5])});
    answers.push(chain.get("eth_estimateGas", json!([store, block])).await);
    answers.push(chain.get("eth_createAccessList", json!([store, block])).await);
    let logs = chain.get("eth_getLogs", json!([{"fromBlock": block, "toBlock": block}])).await;
    answers.push(list(logs, &["blockHash"]));
    let fees = chain.get("eth_feeHistory", json!(["0x3", block, [10, 60]])).await;
    answers.push(fees);
    answers
}

#[tokio::test]
async fn is_the_block_that_is_being_built() {
    let mut chain = Chain::with_blocks();
    let mut job = start(&chain, vec![l1_message(3)]);
    wait_for(&chain, 1).await;
    for (count, transaction) in [
        (2, invoke(15, store_contract(), words([1, 77]))),
        (3, invoke(16, logger_contract(), words([3, 4]))),
        (4, creation(17, &STORE)),
    ] {
        send(&chain, &transaction).await;
        wait_for(&chain, count).await;
    }
    let slot = chain.get("eth_getStorageAt", json!([store_contract(), "0x1", "pending"])).await;
    assert_eq!(slot, json!(alloy_primitives::B256::with_last_byte(77)));
    let latest = chain.get("eth_getStorageAt", json!([store_contract(), "0x1", "latest"])).await;
    assert_eq!(latest, json!(alloy_primitives::B256::ZERO));

    let pending = answers(&chain, "pending").await;
    job.seal();
    let payload = job.wait().await.unwrap();
    // Until the block is the head, it is the pending one.
    assert_eq!(answers(&chain, "pending").await, pending);
    chain.adopt(payload.block);
    for (pending, latest) in pending.into_iter().zip(answers(&chain, "0x7").await) {
        assert_eq!(pending, latest);
    }
    let next = chain.get("eth_getBlockByNumber", json!(["pending", false])).await;
    assert_eq!(next["number"], hex(8));
    assert_eq!(next["parentHash"], json!(chain.id_of(7).hash));
}

#[tokio::test]
async fn what_is_not_decided_is_null() {
    let chain = Chain::with_blocks();
    send(&chain, &transfer(15, RECIPIENT, 1)).await;
    let block = chain.get("eth_getBlockByNumber", json!(["pending", true])).await;
    for field in ["hash", "nonce", "miner"] {
        assert_eq!(block[field], Value::Null, "{field}");
    }
    let of_block = &block["transactions"][0];
    let by_index =
        chain.get("eth_getTransactionByBlockNumberAndIndex", json!(["pending", "0x0"])).await;
    assert_eq!(of_block, &by_index);
    assert_eq!((&by_index["blockHash"], &by_index["blockNumber"]), (&Value::Null, &hex(7)));
    let receipts = chain.get("eth_getBlockReceipts", json!(["pending"])).await;
    assert_eq!(receipts[0]["blockHash"], Value::Null);
}

#[tokio::test]
async fn without_a_job_it_is_what_the_pool_has() {
    let mut chain = Chain::with_blocks();
    let empty = chain.get("eth_getBlockByNumber", json!(["pending", false])).await;
    assert_eq!(empty["transactions"], json!([]));
    assert_eq!(empty["number"], hex(7));
    assert_eq!(empty["timestamp"], hex(NOW.as_secs()), "nobody says otherwise");
    let head = chain.storage.view().unwrap().header(6).unwrap().unwrap();
    assert_eq!(empty["gasLimit"], hex(head.gas_limit));
    let next_base_fee =
        chain.get("eth_feeHistory", json!(["0x1", "latest"])).await["baseFeePerGas"][1].clone();
    assert_eq!(empty["baseFeePerGas"], next_base_fee);

    send(&chain, &transfer(15, RECIPIENT, 7)).await;
    send(&chain, &transfer(17, RECIPIENT, 8)).await;
    wait_for(&chain, 1).await;
    let balance = chain.get("eth_getBalance", json!([RECIPIENT, "pending"])).await;
    assert_eq!(balance, hex(1_013));
    send(&chain, &transfer(16, RECIPIENT, 9)).await;
    wait_for(&chain, 3).await;

    // A better price takes the place of another; the block is made anew from time to time.
    let better = super::chain::invoke_for(15, RECIPIENT, Bytes::new(), 9_000_000_000, 50_000);
    send(&chain, &better).await;
    chain.clock.advance(Duration::from_secs(1));
    let hashes = chain.get("eth_getBlockByNumber", json!(["pending", false])).await;
    assert_eq!(hashes["transactions"][0], json!(better.hash()));
    assert_eq!(hashes["timestamp"], hex(NOW.as_secs() + 1));

    chain.append(vec![better, transfer(16, RECIPIENT, 9), transfer(17, RECIPIENT, 8)]);
    wait_for(&chain, 0).await;
    assert_eq!(chain.get("eth_getBalance", json!([RECIPIENT, "pending"])).await, hex(1_023));
}

#[tokio::test]
async fn counts_what_the_pool_has_beyond_the_block() {
    let chain = Chain::with_blocks();
    let job = start(&chain, vec![]);
    job.seal();
    // More than the bytes of a block.
    let large = Bytes::from(vec![0; 100_000]);
    for nonce in [15, 16] {
        let gas = 5_000_000;
        send(&chain, &super::chain::invoke_for(nonce, RECIPIENT, large.clone(), 3, gas)).await;
    }
    wait_for(&chain, 1).await;
    assert_eq!(chain.get("eth_getTransactionCount", json!([SENDER, "pending"])).await, hex(17));
    assert_eq!(chain.get("eth_getTransactionCount", json!([SENDER, "latest"])).await, hex(15));
}

#[tokio::test]
async fn logs_end_with_those_of_the_pending_block() {
    let chain = Chain::with_blocks();
    let before: Vec<Value> =
        serde_json::from_value(chain.get("eth_getLogs", json!([{"fromBlock": "0x0"}])).await)
            .unwrap();
    send(&chain, &invoke(15, logger_contract(), words([3, 4]))).await;
    wait_for(&chain, 1).await;
    let query = async |filter: Value| -> Vec<Value> {
        serde_json::from_value(chain.get("eth_getLogs", json!([filter])).await).unwrap()
    };
    let own = query(json!({"fromBlock": "pending"})).await;
    assert_eq!(own.len(), 2);
    assert_eq!(own[0]["blockNumber"], hex(7));
    assert_eq!(own[0]["blockHash"], Value::Null);
    assert_eq!(query(json!({"fromBlock": "pending", "toBlock": "pending"})).await, own);
    let all = query(json!({"fromBlock": "0x0", "toBlock": "pending"})).await;
    assert_eq!(all[..before.len()], before);
    assert_eq!(all[before.len()..], own);
    let none = json!({"fromBlock": "pending", "address": RECIPIENT});
    assert_eq!(query(none).await, Vec::<Value>::new());
    let topic = U256::from(3).to_be_bytes::<32>();
    let by_topic = json!({"fromBlock": "pending", "topics": [alloy_primitives::B256::from(topic)]});
    assert!(!query(by_topic).await.is_empty());

    let reversed = json!([{"fromBlock": "pending", "toBlock": "latest"}]);
    let (code, message) = chain.refused("eth_getLogs", reversed).await;
    assert_eq!((code, message.as_str()), (-32602, "invalid block range params"));
}

#[tokio::test]
async fn has_no_proofs() {
    let chain = Chain::with_blocks();
    let refusal = chain.refused("eth_getProof", json!([SENDER, [], "pending"])).await;
    assert_eq!(refusal, (-32004, "proofs of the pending block are not supported".to_owned()));
}

#[tokio::test]
async fn what_is_executed_is_kept_for_the_next_request() {
    let chain = Chain::with_blocks();
    send(&chain, &invoke(15, store_contract(), words([1, 6]))).await;
    wait_for(&chain, 1).await;
    // Requests at the same time share one block.
    let ask = || chain.get("eth_getBlockByNumber", json!(["pending", true]));
    let (one, two, three) = tokio::join!(ask(), ask(), ask());
    assert_eq!((&one, &one), (&two, &three));
}
