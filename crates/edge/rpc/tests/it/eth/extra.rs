//! Methods that few clients call, and those that are refused.

use super::{
    chain::{Chain, RECIPIENT, SENDER, hex, invoke_for, store_contract, transfer},
    contracts::{STORE, words},
};
use alloy_consensus::transaction::SignerRecoverable as _;
use alloy_eips::Encodable2718 as _;
use alloy_primitives::{Address, B256, Bytes};
use rollup_chainspec::FEE_VAULT;
use rollup_primitives::ScrollTxEnvelope;
use rollup_rpc::EthConfig;
use rollup_runtime::Clock as _;
use serde_json::{Value, json};
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(60);

fn raw(transaction: &ScrollTxEnvelope) -> Bytes {
    transaction.encoded_2718().into()
}

#[tokio::test]
async fn a_transaction_that_is_waited_for_gives_its_receipt() {
    let mut chain = Chain::with_blocks();
    let transaction = transfer(15, RECIPIENT, 1);
    let module = chain.methods();
    let call = tokio::spawn(super::chain::ask(
        module,
        "eth_sendRawTransactionSync",
        json!([raw(&transaction), 5_000]),
    ));
    let taken = async {
        while chain.pool.get(transaction.hash()).is_none() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(LIMIT, taken).await.unwrap();
    // Another block does not end the wait.
    chain.append(vec![]);
    chain.append(vec![transaction.clone()]);
    let receipt = tokio::time::timeout(LIMIT, call).await.unwrap().unwrap().unwrap();
    assert_eq!(receipt, chain.get("eth_getTransactionReceipt", json!([transaction.hash()])).await);
    assert_eq!(receipt["blockNumber"], hex(8));
}

#[tokio::test]
async fn who_waits_too_long_is_told_the_hash() {
    let chain = Chain::with_blocks();
    for (nonce, timeout, waited) in [
        (15, json!(300), 300),
        (16, json!("0x12c"), 300),
        (17, Value::Null, 2_000),
        (18, json!(3_600_000), 20_000),
    ] {
        let transaction = transfer(nonce, RECIPIENT, 1);
        let params = json!([raw(&transaction), timeout]);
        let call =
            tokio::spawn(super::chain::ask(chain.methods(), "eth_sendRawTransactionSync", params));
        // It waits for the time and not for a block.
        let deadline = chain.clock.now() + Duration::from_millis(waited);
        tokio::time::timeout(LIMIT, chain.clock.until_slept_to(deadline)).await.unwrap();
        chain.clock.advance(Duration::from_millis(waited));
        let refusal = tokio::time::timeout(LIMIT, call).await.unwrap().unwrap().unwrap_err();
        assert_eq!(refusal.code, 4);
        assert!(refusal.message.ends_with(&format!("within {waited}ms")), "{}", refusal.message);
        assert_eq!(refusal.data, json!(transaction.hash()));
    }
}

#[tokio::test]
async fn a_transaction_that_cannot_come_next_is_not_waited_for() {
    let chain = Chain::with_blocks();
    let params = json!([raw(&transfer(17, RECIPIENT, 1))]);
    let refusal = chain.ask("eth_sendRawTransactionSync", params).await.unwrap_err();
    assert_eq!((refusal.code, refusal.data), (6, hex(15)));
    let refusal = chain.refused("eth_sendRawTransactionSync", json!(["0x02c0"])).await;
    assert_eq!(refusal.0, -32000);
}

#[tokio::test]
async fn fees_above_the_cap_are_not_sent() {
    let max_tx_fee_wei = 100_000 * super::chain::FEE_CAP_WEI;
    let chain = Chain::with_config(EthConfig { max_tx_fee_wei, ..EthConfig::default() });
    // A transfer has a gas limit of 100,000.
    chain.get("eth_sendRawTransaction", json!([raw(&transfer(0, RECIPIENT, 1))])).await;
    let dear = invoke_for(1, RECIPIENT, Bytes::new(), 1, 100_000);
    for method in ["eth_sendRawTransaction", "eth_sendRawTransactionSync"] {
        let refusal = chain.refused(method, json!([raw(&dear)])).await;
        let message = "tx fee (0.000100000000100000 ether) exceeds the configured cap \
                       (0.000100000000000000 ether)";
        assert_eq!(refusal, (-32000, message.to_owned()));
    }
    let chain = Chain::with_config(EthConfig { max_tx_fee_wei: 0, ..EthConfig::default() });
    let dear = invoke_for(0, RECIPIENT, Bytes::new(), 1 << 50, 21_000);
    chain.get("eth_sendRawTransaction", json!([raw(&dear)])).await;
}

#[tokio::test]
async fn a_filled_transaction_can_be_signed() {
    let chain = Chain::with_blocks();
    chain.get("eth_sendRawTransaction", json!([raw(&transfer(15, RECIPIENT, 1))])).await;
    let request = json!({"from": SENDER, "to": store_contract(), "data": words([1, 5])});
    let filled = chain.get("eth_fillTransaction", json!([request])).await;
    let tx = &filled["tx"];
    assert_eq!(tx["nonce"], hex(16));
    assert_eq!(tx["type"], json!("0x2"));
    assert_eq!(tx["gas"], chain.get("eth_estimateGas", json!([request, "pending"])).await);
    let tip = chain.get("eth_maxPriorityFeePerGas", json!([])).await;
    assert_eq!(tx["maxPriorityFeePerGas"], tip);
    assert_eq!(tx["input"], json!(words([1, 5])));

    let given = json!({"from": SENDER, "to": RECIPIENT, "nonce": "0x1", "gas": "0x5300", "gasPrice": "0x3b9aca00"});
    let filled = chain.get("eth_fillTransaction", json!([given])).await;
    let tx = &filled["tx"];
    assert_eq!(
        (&tx["nonce"], &tx["gas"], &tx["gasPrice"]),
        (&hex(1), &hex(0x5300), &hex(1_000_000_000))
    );
}

#[tokio::test]
async fn headers_are_blocks_without_their_bodies() {
    let chain = Chain::with_blocks();
    let hash = chain.id_of(3).hash;
    let block = chain.get("eth_getBlockByNumber", json!(["0x3", false])).await;
    for (method, params) in
        [("eth_getHeaderByNumber", json!(["0x3"])), ("eth_getHeaderByHash", json!([hash]))]
    {
        let header = chain.get(method, params).await;
        assert_eq!(header["hash"], json!(hash));
        for (name, value) in header.as_object().unwrap() {
            assert_eq!(value, &block[name], "{name}");
        }
        assert!(header.get("transactions").is_none());
    }
    assert_eq!(chain.get("eth_getHeaderByNumber", json!(["0x7"])).await, Value::Null);
    assert_eq!(chain.get("eth_getHeaderByHash", json!([B256::ZERO])).await, Value::Null);
    assert_eq!(chain.get("eth_getHeaderByNumber", json!(["pending"])).await["number"], hex(7));
}

#[tokio::test]
async fn accounts_are_given_at_once() {
    let chain = Chain::with_blocks();
    let proof = chain.get("eth_getProof", json!([store_contract(), [], "latest"])).await;
    let account = chain.get("eth_getAccount", json!([store_contract(), "latest"])).await;
    assert_eq!(account["storageRoot"], proof["storageHash"]);
    assert_eq!(account["codeHash"], proof["codeHash"]);
    assert_eq!(account["nonce"], hex(1));
    let nobody = json!([Address::repeat_byte(0x77), "latest"]);
    assert_eq!(chain.get("eth_getAccount", nobody).await, Value::Null);
    assert_eq!(chain.refused("eth_getAccount", json!([SENDER, "pending"])).await.0, -32004);

    let info = chain.get("eth_getAccountInfo", json!([store_contract(), "0x1"])).await;
    assert_eq!(info, json!({"balance": "0x0", "nonce": "0x1", "code": STORE}));
    let slots = json!({store_contract().to_string(): ["0x1", "0x2"], SENDER.to_string(): []});
    let values = chain.get("eth_getStorageValues", json!([slots, "0x3"])).await;
    let word = |byte| B256::with_last_byte(byte);
    let key = json!(store_contract());
    assert_eq!(values[key.as_str().unwrap()], json!([word(10), word(20)]));
    let many = json!({SENDER.to_string(): vec!["0x1"; 1025]});
    assert_eq!(chain.refused("eth_getStorageValues", json!([many])).await.0, -32602);
}

#[tokio::test]
async fn what_the_node_does_not_have_is_refused_with_a_code() {
    let chain = Chain::with_blocks();
    let request = json!({"from": SENDER, "to": RECIPIENT});
    for (method, params, code) in [
        ("eth_sign", json!([SENDER, "0x00"]), -32000),
        ("eth_signTransaction", json!([request]), -32000),
        ("eth_sendTransaction", json!([request]), -32000),
        ("eth_blobBaseFee", json!([]), -32004),
        ("eth_config", json!([]), -32004),
        ("eth_protocolVersion", json!([]), -32004),
        ("eth_getBlockAccessList", json!(["latest"]), -32004),
    ] {
        assert_eq!(chain.refused(method, params).await.0, code, "{method}");
    }
    let (_, message) = chain.refused("eth_sign", json!([SENDER, "0x00"])).await;
    assert_eq!(message, "unknown account");
    assert_eq!(chain.get("eth_coinbase", json!([])).await, json!(FEE_VAULT));
    assert_eq!(chain.get("eth_mining", json!([])).await, json!(false));
    assert_eq!(chain.get("eth_hashrate", json!([])).await, hex(0));
}

#[tokio::test]
async fn the_sender_of_a_filled_transaction_is_not_made_up() {
    let chain = Chain::with_blocks();
    let filled = chain.get("eth_fillTransaction", json!([{"from": SENDER, "to": RECIPIENT}])).await;
    assert_eq!(filled["tx"]["r"], json!("0x0"));
    assert!(transfer(0, RECIPIENT, 1).recover_signer().is_ok());
}
