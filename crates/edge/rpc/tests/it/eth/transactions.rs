//! Transactions by hash and by place.

use super::chain::{Chain, L1_SENDER, RECIPIENT, hex};
use alloy_eips::Encodable2718 as _;
use alloy_primitives::{B256, Bytes};
use serde_json::{Value, json};

#[tokio::test]
async fn a_transaction_is_the_same_by_hash_and_by_place_and_in_its_block() {
    let chain = Chain::with_blocks();
    for stored in &chain.blocks {
        let (number, block_hash) = (hex(stored.block.number), stored.block.hash());
        let block = chain.get("eth_getBlockByHash", json!([block_hash, true])).await;
        for (at, transaction) in stored.block.body().transactions.iter().enumerate() {
            let hash = transaction.hash();
            let expected = &block["transactions"][at];
            assert_eq!(expected["hash"], json!(hash));
            for (method, params) in [
                ("eth_getTransactionByHash", json!([hash])),
                ("eth_getTransactionByBlockNumberAndIndex", json!([number, hex(at)])),
                ("eth_getTransactionByBlockHashAndIndex", json!([block_hash, hex(at)])),
            ] {
                assert_eq!(&chain.get(method, params).await, expected, "{method}");
            }
            let raw: Bytes = transaction.encoded_2718().into();
            for (method, params) in [
                ("eth_getRawTransactionByHash", json!([hash])),
                ("eth_getRawTransactionByBlockNumberAndIndex", json!([number, hex(at)])),
                ("eth_getRawTransactionByBlockHashAndIndex", json!([block_hash, hex(at)])),
            ] {
                assert_eq!(chain.get(method, params).await, json!(raw), "{method}");
            }
        }
    }
}

#[tokio::test]
async fn an_l1_message_has_sender_and_queue_index_and_no_price() {
    let chain = Chain::with_blocks();
    let at = json!([hex(5), "0x0"]);
    let message = chain.get("eth_getTransactionByBlockNumberAndIndex", at).await;
    let expected = json!({
        "type": "0x7e", "from": L1_SENDER, "sender": L1_SENDER, "to": RECIPIENT,
        "queueIndex": "0x2", "gasPrice": "0x0", "nonce": "0x0", "value": "0x0",
        "input": "0xc0ffee", "gas": hex(100_000), "r": "0x0", "s": "0x0", "v": "0x0",
    });
    for (field, value) in expected.as_object().unwrap() {
        assert_eq!(&message[field], value, "{field}");
    }
    assert!(message.get("chainId").is_none());
}

#[tokio::test]
async fn what_is_not_there_is_null() {
    let chain = Chain::with_blocks();
    let unknown = B256::repeat_byte(9);
    let hash = chain.id_of(1).hash;
    for (method, params) in [
        ("eth_getTransactionByHash", json!([unknown])),
        ("eth_getTransactionByBlockNumberAndIndex", json!(["0x1", "0x4"])),
        ("eth_getTransactionByBlockNumberAndIndex", json!(["0x7", "0x0"])),
        ("eth_getTransactionByBlockNumberAndIndex", json!(["0x0", "0x0"])),
        ("eth_getTransactionByBlockHashAndIndex", json!([hash, "0xffffffffffffffff"])),
        ("eth_getTransactionByBlockHashAndIndex", json!([unknown, "0x0"])),
        ("eth_getRawTransactionByHash", json!([unknown])),
        ("eth_getRawTransactionByBlockNumberAndIndex", json!(["0x1", "0x4"])),
        ("eth_getRawTransactionByBlockHashAndIndex", json!([unknown, "0x0"])),
        ("eth_getTransactionReceipt", json!([unknown])),
    ] {
        assert_eq!(chain.get(method, params.clone()).await, Value::Null, "{method} {params}");
    }
    for params in [json!(["0x1", "0x10000000000000000"]), json!(["0x1", "-1"]), json!(["0x1"])] {
        let (code, _) =
            chain.refused("eth_getTransactionByBlockNumberAndIndex", params.clone()).await;
        assert_eq!(code, -32602, "{params}");
    }
}
