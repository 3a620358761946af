//! What is stored, as its hashes see it.

use crate::eth::chain::{Chain, hex, store_contract};
use crate::eth::contracts::STORE;
use alloy_primitives::{B256, Bytes, keccak256};
use alloy_trie::root::ordered_trie_root_with_encoder;
use serde_json::{Value, json};

fn root(items: Value) -> B256 {
    let items: Vec<Bytes> = serde_json::from_value(items).unwrap();
    ordered_trie_root_with_encoder(&items, |item, buffer| buffer.extend_from_slice(item))
}

#[tokio::test]
async fn header_transactions_and_receipts_have_the_hashes_of_the_header() {
    let chain = Chain::with_blocks();
    for block in &chain.blocks {
        for id in [hex(block.block.number), json!(block.block.hash())] {
            let header = chain.get("debug_getRawHeader", json!([id])).await;
            let header: Bytes = serde_json::from_value(header).unwrap();
            assert_eq!(keccak256(&header), block.block.hash());
            let receipts = chain.get("debug_getRawReceipts", json!([id])).await;
            assert_eq!(root(receipts), block.block.receipts_root);
            let transactions = chain.get("debug_getRawTransactions", json!([id])).await;
            assert_eq!(root(transactions), block.block.transactions_root);
            let raw = chain.get("debug_getRawBlock", json!([id])).await;
            let raw: Bytes = serde_json::from_value(raw).unwrap();
            assert_eq!(raw, Bytes::from(alloy_rlp::encode(block.block.sealed_block())));
            assert!(raw.windows(header.len()).any(|part| part == &header[..]));
        }
        for transaction in &block.block.body().transactions {
            let raw = chain.get("debug_getRawTransaction", json!([transaction.hash()])).await;
            let raw: Bytes = serde_json::from_value(raw).unwrap();
            assert_eq!(keccak256(&raw), *transaction.hash());
        }
    }
}

#[tokio::test]
async fn code_is_found_by_its_hash() {
    let chain = Chain::with_blocks();
    let code = chain.get("debug_codeByHash", json!([keccak256(&STORE)])).await;
    assert_eq!(code, json!(STORE));
    assert_eq!(code, chain.get("eth_getCode", json!([store_contract()])).await);
    assert_eq!(chain.get("debug_codeByHash", json!([B256::ZERO])).await, Value::Null);
    let refusal = chain.refused("debug_codeByHash", json!([B256::ZERO, "0x7"])).await;
    assert_eq!(refusal.0, -32001);
}

#[tokio::test]
async fn what_does_not_exist_here_says_so() {
    let chain = Chain::new();
    assert_eq!(chain.get("debug_getBadBlocks", json!([])).await, json!([]));
    let refusal = chain.refused("debug_getRawBlockAccessList", json!(["latest"])).await;
    assert_eq!(refusal.0, -32004);
}
