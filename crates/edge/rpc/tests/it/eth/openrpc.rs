//! Answers against the public description of the methods (execution-apis).

use super::{
    chain::{Chain, L1_SENDER, RECIPIENT, SENDER, hex, store_contract},
    schema::OpenRpc,
};
use alloy_primitives::B256;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Environment variable with the folder that holds `data`.
const DATA_VARIABLE: &str = "ROLLUP_TEST_DATA";

/// The description; `None` on a machine without it.
#[expect(clippy::disallowed_methods, reason = "test data has no other configuration")]
#[expect(clippy::print_stderr, reason = "a test that did not run says so")]
pub(crate) fn description() -> Option<OpenRpc> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..");
    let root =
        std::env::var(DATA_VARIABLE).map_or_else(|_| workspace.join("../shared"), PathBuf::from);
    let path = root.join("data/rpc/openrpc.json");
    let Ok(text) = std::fs::read_to_string(&path) else {
        let message = format!("no test data at {}: set {DATA_VARIABLE}", path.display());
        assert!(std::env::var("CI").as_deref() != Ok("true"), "{message}");
        eprintln!("DID NOT RUN: {message}");
        return None;
    };
    Some(OpenRpc(serde_json::from_str(&text).unwrap()))
}

#[tokio::test]
async fn answers_have_the_described_form() {
    let Some(description) = description() else { return };
    let chain = Chain::with_blocks();
    let call = json!({"from": SENDER, "to": store_contract(), "data": "0x"});
    let mut requests: Vec<(&str, Value)> = vec![
        ("eth_chainId", json!([])),
        ("eth_blockNumber", json!([])),
        ("eth_syncing", json!([])),
        ("eth_accounts", json!([])),
        ("eth_gasPrice", json!([])),
        ("eth_maxPriorityFeePerGas", json!([])),
        ("eth_feeHistory", json!(["0x7", "latest", [10, 90]])),
        ("eth_getBalance", json!([SENDER, "latest"])),
        ("eth_getTransactionCount", json!([SENDER, "latest"])),
        ("eth_getCode", json!([store_contract(), "latest"])),
        ("eth_getStorageAt", json!([store_contract(), "0x2", "latest"])),
        ("eth_getProof", json!([store_contract(), ["0x2", "0x1"], "latest"])),
        ("eth_call", json!([call, "latest"])),
        ("eth_estimateGas", json!([call, "latest"])),
        ("eth_createAccessList", json!([call, "latest"])),
        ("eth_getLogs", json!([{"fromBlock": "earliest"}])),
        ("eth_getBlockByHash", json!([B256::ZERO, true])),
        ("eth_getTransactionByHash", json!([B256::ZERO])),
        ("eth_getTransactionReceipt", json!([B256::ZERO])),
    ];
    for (method, params) in [
        ("eth_newBlockFilter", json!([])),
        ("eth_newFilter", json!([{ "fromBlock": "earliest" }])),
        ("eth_newPendingTransactionFilter", json!([])),
    ] {
        let id = chain.get(method, params.clone()).await;
        requests.push((method, params));
        requests.push(("eth_getFilterChanges", json!([id])));
        if method == "eth_newFilter" {
            requests.push(("eth_getFilterLogs", json!([id])));
        }
        requests.push(("eth_uninstallFilter", json!([id])));
    }
    for number in 0..=6_usize {
        let (at, hash) = (hex(number), chain.id_of(number).hash);
        requests.push(("eth_getBlockByNumber", json!([at, false])));
        requests.push(("eth_getBlockByHash", json!([hash, false])));
        requests.push(("eth_getBlockTransactionCountByNumber", json!([at])));
        requests.push(("eth_getBlockTransactionCountByHash", json!([hash])));
        requests.push(("eth_getBlockReceipts", json!([at])));
    }
    for stored in &chain.blocks {
        for (at, transaction) in stored.block.body().transactions.iter().enumerate() {
            requests.push(("eth_getTransactionReceipt", json!([transaction.hash()])));
            // The description knows no L1 messages.
            if !transaction.is_l1_message() {
                let place = json!([hex(stored.block.number), hex(at)]);
                requests.push(("eth_getTransactionByBlockNumberAndIndex", place));
                requests.push(("eth_getTransactionByHash", json!([transaction.hash()])));
            }
        }
    }
    for (method, params) in requests {
        let answer = chain.get(method, params.clone()).await;
        if let Err(difference) = description.check(method, &answer) {
            panic!("{method} {params}: {difference}");
        }
    }
    // A full block without messages.
    let block = chain.get("eth_getBlockByNumber", json!(["0x3", true])).await;
    description.check("eth_getBlockByNumber", &block).unwrap();
    for address in [L1_SENDER, RECIPIENT] {
        let nonce = chain.get("eth_getTransactionCount", json!([address, "latest"])).await;
        description.check("eth_getTransactionCount", &nonce).unwrap();
    }
}

// Else the test above might accept anything.
#[tokio::test]
async fn other_forms_are_noticed() {
    let Some(description) = description() else { return };
    let chain = Chain::with_blocks();
    let good = chain.get("eth_getBlockByNumber", json!(["0x3", true])).await;
    for (field, value) in [
        ("number", json!(3)),
        ("number", json!("0x03")),
        ("hash", json!("0x12")),
        ("transactions", json!([1])),
        ("logsBloom", Value::Null),
    ] {
        let mut bad = good.clone();
        bad[field] = value;
        assert!(description.check("eth_getBlockByNumber", &bad).is_err(), "{field}");
    }
    let mut bad = good;
    bad.as_object_mut().unwrap().remove("size");
    assert!(description.check("eth_getBlockByNumber", &bad).is_err());
}
