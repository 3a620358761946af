//! The pool behind the methods.

use super::chain::{Chain, SENDER, hex, transfer};
use alloy_eips::Encodable2718 as _;
use alloy_primitives::{Address, Bytes, hex as to_hex};
use rollup_evm::ScrollEvmConfig;
use rollup_runtime::SystemClock;
use rollup_storage::Storage;
use rollup_txpool::{Txpool, TxpoolConfig};
use serde_json::{Value, json};
use std::sync::Arc;

pub(crate) fn start(storage: &Storage, evm: &ScrollEvmConfig) -> Txpool {
    let clock = Arc::new(SystemClock::new());
    Txpool::start(TxpoolConfig::default(), storage.clone(), evm.clone(), clock).unwrap()
}

#[tokio::test]
async fn a_sent_transaction_is_in_the_pool_and_counts_for_pending_alone() {
    let chain = Chain::new();
    let transaction = transfer(0, Address::repeat_byte(1), 1);
    let raw: Bytes = transaction.encoded_2718().into();
    let hash = json!(transaction.hash());
    assert_eq!(chain.get("eth_sendRawTransaction", json!([raw])).await, hash);

    let pooled = chain.get("eth_getTransactionByHash", json!([hash])).await;
    assert_eq!(pooled["hash"], hash);
    assert_eq!(pooled["from"], json!(SENDER));
    for field in ["blockHash", "blockNumber", "transactionIndex"] {
        assert_eq!(pooled[field], Value::Null, "{field}");
    }
    assert_eq!(chain.get("eth_getRawTransactionByHash", json!([hash])).await, json!(raw));
    assert_eq!(chain.get("eth_getTransactionReceipt", json!([hash])).await, Value::Null);

    let count = |block: &'static str| chain.get("eth_getTransactionCount", json!([SENDER, block]));
    assert_eq!(count("pending").await, hex(1));
    assert_eq!(count("latest").await, hex(0));
    assert_eq!(count("earliest").await, hex(0));
}

#[tokio::test]
async fn says_as_other_clients_do_why_a_transaction_is_not_taken() {
    let mut chain = Chain::new();
    chain.append(vec![transfer(0, SENDER, 1)]);
    let send = async |raw: Vec<u8>| {
        chain.refused("eth_sendRawTransaction", json!([to_hex::encode_prefixed(raw)])).await
    };
    let (code, message) = send(transfer(0, SENDER, 2).encoded_2718()).await;
    assert_eq!(code, -32000);
    assert!(message.starts_with("nonce too low"), "{message}");

    let wanted = transfer(1, SENDER, 2);
    chain
        .get("eth_sendRawTransaction", json!([to_hex::encode_prefixed(wanted.encoded_2718())]))
        .await;
    assert_eq!(send(wanted.encoded_2718()).await, (-32000, "already known".to_owned()));
    let (code, message) = send(transfer(1, SENDER, 3).encoded_2718()).await;
    assert_eq!(code, -32000);
    assert!(message.starts_with("replacement transaction underpriced"), "{message}");

    let (code, _) = send(vec![2, 0xc0]).await;
    assert_eq!(code, -32000);
    let (code, _) = send(Vec::new()).await;
    assert_eq!(code, -32000);
    let (code, _) = chain.refused("eth_sendRawTransaction", json!(["0xzz"])).await;
    assert_eq!(code, -32602);
}
