//! Answers after a reorg, of a node that has been asked about the blocks that left.

use super::{
    chain::{Chain, hex, invoke, l1_message, logger_contract, transfer},
    contracts::words,
};
use alloy_primitives::{Address, B256};
use serde_json::{Value, json};

/// Everything that can be asked about a block.
async fn ask_about(chain: &Chain, number: usize, hash: B256, transaction: B256) -> Vec<Value> {
    let at = hex(number);
    let mut answers = Vec::new();
    for (method, params) in [
        ("eth_getBlockByNumber", json!([at, true])),
        ("eth_getBlockByHash", json!([hash, false])),
        ("eth_getBlockReceipts", json!([{ "blockHash": hash }])),
        ("eth_getBlockTransactionCountByHash", json!([hash])),
        ("eth_getTransactionByBlockHashAndIndex", json!([hash, "0x0"])),
        ("eth_getTransactionByHash", json!([transaction])),
        ("eth_getTransactionReceipt", json!([transaction])),
        ("eth_getRawTransactionByBlockHashAndIndex", json!([hash, "0x0"])),
    ] {
        answers.push(chain.get(method, params).await);
    }
    answers
}

#[tokio::test]
async fn blocks_that_have_left_are_unknown_and_those_in_their_place_are_given() {
    let mut chain = Chain::with_blocks();
    let recipient = Address::repeat_byte(0x31);
    let gone = transfer(15, recipient, 7);
    let moved = invoke(16, logger_contract(), words([6, 6]));
    chain.append(vec![gone.clone(), moved.clone()]);
    chain.append(vec![invoke(17, logger_contract(), words([6, 7]))]);
    let (old, gone, moved) = (chain.id_of(7), *gone.hash(), *moved.hash());
    // Into every cache.
    let before = ask_about(&chain, 7, old.hash, gone).await;
    assert!(before.iter().all(|answer| !answer.is_null()));
    chain.get("eth_getTransactionReceipt", json!([moved])).await;
    let of_old = json!([{ "blockHash": old.hash }]);
    assert_eq!(chain.get("eth_getLogs", of_old.clone()).await.as_array().unwrap().len(), 2);

    let other = transfer(15, recipient, 9);
    let again = invoke(16, logger_contract(), words([6, 6]));
    chain.reorg(2, vec![vec![l1_message(3), other.clone()], vec![again]]);
    let new = chain.id_of(7);
    let after = ask_about(&chain, 7, old.hash, gone).await;
    assert_eq!(after[0]["hash"], json!(new.hash));
    // The pool may have taken the transaction of the block back, which is then in no block.
    let (by_hash, rest): (Vec<_>, Vec<_>) =
        after[1..].iter().enumerate().partition(|(at, _)| *at == 4);
    assert!(rest.iter().all(|(_, answer)| answer.is_null()), "{rest:?}");
    assert!(by_hash[0].1["blockHash"].is_null());
    assert_eq!(chain.refused("eth_getLogs", of_old).await.0, -32001);
    let (code, _) =
        chain.refused("eth_getBalance", json!([recipient, { "blockHash": old.hash }])).await;
    assert_eq!(code, -32001);

    let now = ask_about(&chain, 7, new.hash, *other.hash()).await;
    assert!(now.iter().all(|answer| !answer.is_null()), "{now:?}");
    assert_eq!(now[0]["transactions"][1]["hash"], json!(other.hash()));
    assert_eq!(chain.get("eth_getBalance", json!([recipient, "latest"])).await, hex(9));
    let receipt = chain.get("eth_getTransactionReceipt", json!([moved])).await;
    assert_eq!(receipt["blockHash"], json!(chain.id_of(8).hash));
    assert_eq!(receipt["logs"][0]["blockHash"], json!(chain.id_of(8).hash));
    let logs = chain.get("eth_getLogs", json!([{ "fromBlock": "0x7" }])).await;
    assert_eq!(logs, receipt["logs"]);
}
