//! Calls on other states and in other blocks.

use super::call_tracer::CALLER;
use crate::eth::{
    chain::{Chain, RECIPIENT, SENDER, hex},
    contracts::ENVIRONMENT,
};
use alloy_primitives::{Bytes, U256};
use serde_json::{Value, json};

/// Returns the balance of the recipient.
fn balance_of_recipient() -> Bytes {
    [&[0x73][..], RECIPIENT.as_slice(), &[0x31, 0x5f, 0x52, 0x60, 0x20, 0x5f, 0xf3]].concat().into()
}

fn with_code(code: &Bytes) -> Value {
    json!({"stateOverrides": {CALLER.to_string(): {"code": code}}, "disableStack": true})
}

fn words_of(frame: &Value) -> Vec<U256> {
    let output: Bytes = serde_json::from_value(frame["returnValue"].clone()).unwrap();
    output.chunks(32).map(U256::from_be_slice).collect()
}

#[tokio::test]
async fn the_state_may_be_that_inside_a_block() {
    let chain = Chain::with_blocks();
    // The third transaction of the first block sends 1000 wei.
    for (index, wei) in
        [(Some(0), 0), (Some(2), 0), (Some(3), 1_000), (Some(4), 1_000), (None, 1_000)]
    {
        let mut options = with_code(&balance_of_recipient());
        if let Some(index) = index {
            options["txIndex"] = hex(index);
        }
        let call = json!([{"to": CALLER}, "0x1", options]);
        let frame = chain.get("debug_traceCall", call).await;
        assert_eq!(words_of(&frame), [U256::from(wei)], "{index:?}");
        let context =
            json!({"blockNumber": "0x1", "transactionIndex": index.map_or(-1, i64::from)});
        options["txIndex"] = Value::Null;
        let bundles = json!([[{"transactions": [{"to": CALLER}]}], context, options]);
        let frames = chain.get("debug_traceCallMany", bundles).await;
        assert_eq!(words_of(&frames[0][0]), [U256::from(wei)], "{index:?}");
    }
    let mut options = with_code(&balance_of_recipient());
    options["txIndex"] = json!("0x5");
    let refusal = chain.refused("debug_traceCall", json!([{"to": CALLER}, "0x1", options])).await;
    assert_eq!(refusal.0, -32602);
    assert!(refusal.1.contains("the block has 4 transactions"), "{}", refusal.1);
}

#[tokio::test]
async fn calls_of_bundles_see_those_before_them() {
    let chain = Chain::with_blocks();
    let send = json!({"from": SENDER, "to": RECIPIENT, "value": "0x7"});
    let read = json!({"to": CALLER});
    let bundles = json!([
        {"transactions": [read, send, read]},
        {"transactions": []},
        {"transactions": [send, read]},
    ]);
    let params = json!([bundles, {}, with_code(&balance_of_recipient())]);
    let frames = chain.get("debug_traceCallMany", params).await;
    let seen = |bundle: usize, call: usize| words_of(&frames[bundle][call])[0];
    assert_eq!(seen(0, 0), U256::from(1_006));
    assert_eq!(seen(0, 2), U256::from(1_013));
    assert_eq!(frames[1], json!([]));
    assert_eq!(seen(2, 1), U256::from(1_020));
    assert_eq!(frames.as_array().unwrap().len(), 3);
    // Nothing of it stays.
    assert_eq!(chain.get("eth_getBalance", json!([RECIPIENT])).await, hex(1_006));
    let (code, text) = chain.refused("debug_traceCallMany", json!([[], {}, {}])).await;
    assert_eq!((code, text.as_str()), (-32602, "bundles are empty"));
}

#[tokio::test]
async fn what_is_said_of_the_block_is_what_the_contract_sees() {
    let chain = Chain::with_blocks();
    let mut options = with_code(&ENVIRONMENT);
    options["blockOverrides"] = json!({"number": "0x64", "time": hex(u64::MAX / 2)});
    let call = json!([{"to": CALLER}, "latest", options]);
    let seen = words_of(&chain.get("debug_traceCall", call).await);
    assert_eq!(seen[..2], [U256::from(100), U256::from(u64::MAX / 2)]);

    let transactions = json!([{"to": CALLER}]);
    let bundles = json!([
        {"transactions": transactions},
        {"transactions": transactions, "blockOverride": {"number": "0x65"}},
    ]);
    let frames = chain.get("debug_traceCallMany", json!([bundles, {}, options])).await;
    assert_eq!(words_of(&frames[0][0])[0], U256::from(100));
    assert_eq!(words_of(&frames[1][0])[0], U256::from(101));
}

#[tokio::test]
async fn a_call_on_what_is_not_there_is_refused() {
    let chain = Chain::with_blocks();
    let refusal = chain.refused("debug_traceCall", json!([{}, "0x7", {}])).await;
    assert_eq!(refusal, (-32001, "block not found: 0x7".to_owned()));
    let refusal = chain.refused("debug_traceCall", json!([{"gas": "x"}, "0x1", {}])).await;
    assert_eq!(refusal.0, -32602);
}
