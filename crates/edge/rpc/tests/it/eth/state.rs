//! Accounts and slots after any block.

use super::{
    chain::{
        Chain, RECIPIENT, SENDER, bodies, created, hex, l1_message, logger_contract,
        store_contract, transfer,
    },
    contracts::{LOGGER, STORE},
};
use alloy_eips::BlockNumHash;
use alloy_primitives::{Address, B256, U256};
use rollup_rpc::EthConfig;
use rollup_storage::{PruneConfig, PruneMode, RollupChange, StorageConfig};
use serde_json::{Value, json};

fn word(value: u64) -> Value {
    json!(B256::from(U256::from(value)))
}

#[tokio::test]
async fn state_is_that_of_the_block_asked_for() {
    let chain = Chain::with_blocks();
    // After each block, from genesis on.
    let received = [0, 1_000, 1_000, 1_000, 1_000, 1_005, 1_006];
    let nonces = [0, 2, 5, 8, 8, 11, 15];
    let first_slot = [0, 0, 10, 10, 10, 10, 0];
    for number in 0..=6 {
        let BlockNumHash { hash, .. } = chain.id_of(number);
        for block in [
            hex(number),
            json!(hash),
            json!({"blockHash": hash}),
            json!({"blockHash": hash, "requireCanonical": true}),
            json!({"blockNumber": hex(number)}),
        ] {
            let balance = chain.get("eth_getBalance", json!([RECIPIENT, block])).await;
            assert_eq!(balance, hex(received[number]), "{block}");
            let nonce = chain.get("eth_getTransactionCount", json!([SENDER, block])).await;
            assert_eq!(nonce, hex(nonces[number]), "{block}");
            let slot = chain.get("eth_getStorageAt", json!([store_contract(), "0x1", block])).await;
            assert_eq!(slot, word(first_slot[number]), "{block}");
            let code = chain.get("eth_getCode", json!([logger_contract(), block])).await;
            assert_eq!(code, if number < 2 { json!("0x") } else { json!(LOGGER) }, "{block}");
        }
    }
}

#[tokio::test]
async fn without_a_block_it_is_the_latest() {
    let chain = Chain::with_blocks();
    for block in [None, Some("latest"), Some("pending")] {
        let params = |first: Value| {
            let mut params = vec![first];
            params.extend(block.map(|block| json!(block)));
            Value::Array(params)
        };
        assert_eq!(chain.get("eth_getBalance", params(json!(RECIPIENT))).await, hex(1_006));
        assert_eq!(chain.get("eth_getTransactionCount", params(json!(SENDER))).await, hex(15));
        assert_eq!(chain.get("eth_getCode", params(json!(store_contract()))).await, json!(STORE));
    }
    let earliest = chain.get("eth_getBalance", json!([RECIPIENT, "earliest"])).await;
    assert_eq!(earliest, hex(0));
}

#[tokio::test]
async fn slots_are_words_or_numbers() {
    let chain = Chain::with_blocks();
    let two = B256::with_last_byte(2);
    let above = format!("{}0", B256::repeat_byte(0x11));
    for slot in [json!("0x2"), json!(two), json!("0x02")] {
        let value = chain.get("eth_getStorageAt", json!([store_contract(), slot, "latest"])).await;
        assert_eq!(value, word(20), "{slot}");
    }
    for slot in [json!("0xzz"), json!(above), json!({})] {
        let params = json!([store_contract(), slot, "latest"]);
        assert_eq!(chain.refused("eth_getStorageAt", params).await.0, -32602, "{slot}");
    }
}

#[tokio::test]
async fn what_does_not_exist_is_empty() {
    let chain = Chain::with_blocks();
    let nobody = Address::repeat_byte(0x77);
    assert_eq!(chain.get("eth_getBalance", json!([nobody])).await, hex(0));
    assert_eq!(chain.get("eth_getTransactionCount", json!([nobody])).await, hex(0));
    assert_eq!(chain.get("eth_getCode", json!([nobody])).await, json!("0x"));
    assert_eq!(chain.get("eth_getStorageAt", json!([nobody, "0x1"])).await, word(0));
    assert_eq!(chain.get("eth_getCode", json!([RECIPIENT])).await, json!("0x"));
    assert_eq!(chain.get("eth_getStorageAt", json!([created(3), "0x1"])).await, word(0));
    let delegated = chain.get("eth_getCode", json!([SENDER])).await;
    assert_eq!(delegated, json!(format!("0xef0100{:x}", store_contract())));
}

#[tokio::test]
async fn a_block_that_is_not_there_has_no_state() {
    let chain = Chain::with_blocks();
    let hash = B256::repeat_byte(9);
    for (block, name) in [
        (hex(7), "0x7".to_owned()),
        (json!(hash), format!("hash {hash}")),
        (json!({"blockHash": hash, "requireCanonical": true}), format!("canonical hash {hash}")),
    ] {
        let refusal = (-32001, format!("block not found: {name}"));
        for (method, params) in [
            ("eth_getBalance", json!([SENDER, block])),
            ("eth_getTransactionCount", json!([SENDER, block])),
            ("eth_getCode", json!([SENDER, block])),
            ("eth_getStorageAt", json!([SENDER, "0x0", block])),
            ("eth_getProof", json!([SENDER, [], block])),
            ("eth_call", json!([{}, block])),
            ("eth_estimateGas", json!([{}, block])),
            ("eth_createAccessList", json!([{}, block])),
        ] {
            assert_eq!(chain.refused(method, params).await, refusal, "{method}");
        }
    }
    let (code, _) = chain.refused("eth_getBalance", json!(["0x12"])).await;
    assert_eq!(code, -32602);
}

#[tokio::test]
async fn what_is_pruned_is_said_to_be() {
    let mode = PruneMode::Full { distance_blocks: 1 };
    let storage =
        StorageConfig { prune: PruneConfig { mode, ..Default::default() }, ..Default::default() };
    let mut chain = Chain::open(EthConfig::default(), storage);
    for body in bodies() {
        chain.append(body);
    }
    let head = Some(chain.id_of(6));
    let finalize = RollupChange::Forkchoice { safe: head, finalized: head };
    chain.storage.apply_rollup(vec![finalize]).unwrap();
    chain.append(vec![l1_message(3), transfer(15, RECIPIENT, 1)]);
    chain.storage.flush().unwrap();
    while chain.storage.stored_chain().prune(&storage_prune(mode)).unwrap().has_more {}

    let (code, message) = chain.refused("eth_getBalance", json!([RECIPIENT, "0x2"])).await;
    assert_eq!(code, 4444);
    assert!(message.starts_with("pruned history unavailable: state after block 2"), "{message}");
    let (code, message) = chain.refused("eth_call", json!([{}, "0x2"])).await;
    assert_eq!((code, message.starts_with("pruned history")), (4444, true));
    let (code, message) = chain.refused("eth_getBlockReceipts", json!(["0x2"])).await;
    assert_eq!(code, 4444);
    assert!(message.starts_with("pruned history unavailable: receipts of block 2"), "{message}");
    let block = chain.get("eth_getBlockByNumber", json!(["0x2", true])).await;
    assert_eq!(block["hash"], json!(chain.id_of(2).hash));
    assert_eq!(chain.get("eth_getBalance", json!([RECIPIENT, "0x6"])).await, hex(1_006));
}

fn storage_prune(mode: PruneMode) -> PruneConfig {
    PruneConfig { mode, ..Default::default() }
}
