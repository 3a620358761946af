//! The steps of calls.

use super::contracts::{LEAF, leaf};
use crate::eth::{
    call::{CONTRACT, with_code},
    chain::{Chain, SENDER},
    contracts::PROXY,
};
use alloy_primitives::{Bytes, U256};
use rollup_rpc::EthConfig;
use serde_json::json;

#[tokio::test]
async fn every_step_tells_its_cost_and_what_it_left() {
    let chain = Chain::new();
    let request = json!({"from": SENDER, "to": CONTRACT, "gas": "0xc350"});
    let params = json!([request, ["vmTrace"], "latest", with_code(&LEAF)]);
    let answer = chain.get("trace_call", params).await;
    assert_eq!(answer["trace"], json!([]));
    assert_eq!(answer["stateDiff"], json!(null));
    let vm = &answer["vmTrace"];
    assert_eq!(vm["code"], json!(LEAF));
    let gas_at_start = 50_000 - 21_000;
    let steps: Vec<_> = vm["ops"].as_array().unwrap().iter().collect();
    // PUSH1 1, PUSH0, SSTORE, STOP.
    let expected = [
        (0, 3, json!(["0x1"]), json!(null)),
        (2, 2, json!(["0x0"]), json!(null)),
        (3, 22_100, json!([]), json!({"key": "0x0", "val": "0x1"})),
        (4, 0, json!([]), json!(null)),
    ];
    assert_eq!(steps.len(), expected.len());
    let mut gas = gas_at_start;
    for (step, (pc, cost, push, store)) in steps.into_iter().zip(expected) {
        gas -= cost;
        assert_eq!((&step["pc"], &step["cost"]), (&json!(pc), &json!(cost)));
        assert_eq!((&step["ex"]["push"], &step["ex"]["store"]), (&push, &store));
        assert_eq!((&step["ex"]["used"], &step["sub"]), (&json!(gas), &json!(null)));
    }
}

#[tokio::test]
async fn a_call_has_the_steps_of_what_it_called() {
    let chain = super::contracts::chain();
    let input: Bytes = [leaf().into_word(), U256::ZERO.into()].concat().into();
    let request = json!({"from": SENDER, "to": CONTRACT, "data": input});
    let params = json!([request, ["vmTrace"], "latest", with_code(&PROXY)]);
    let answer = chain.get("trace_call", params).await;
    let steps = answer["vmTrace"]["ops"].as_array().unwrap();
    let called: Vec<_> = steps.iter().filter(|step| !step["sub"].is_null()).collect();
    assert_eq!(called.len(), 1);
    assert_eq!((&called[0]["op"], &called[0]["sub"]["code"]), (&json!("CALL"), &json!(LEAF)));
    assert_eq!(called[0]["sub"]["ops"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn a_trace_that_is_too_long_is_refused() {
    let chain = Chain::with_config(EthConfig { max_trace_bytes: 100_000, ..EthConfig::default() });
    // JUMPDEST, PUSH0, JUMP, until the gas is gone.
    let endless: Bytes = "0x5b5f56".parse().unwrap();
    let request = json!({"from": SENDER, "to": CONTRACT, "gas": "0x100000"});
    let ask = |types| json!([request, types, "latest", with_code(&endless)]);
    let (code, message) = chain.refused("trace_call", ask(json!(["vmTrace"]))).await;
    assert_eq!(code, -32005);
    assert!(message.contains("exceeds 100000 bytes"), "{message}");
    let answer = chain.get("trace_call", ask(json!(["trace"]))).await;
    assert_eq!(answer["trace"][0]["error"], json!("Out of gas"));
}

#[tokio::test]
async fn what_steps_write_to_memory_counts() {
    let chain =
        Chain::with_config(EthConfig { max_trace_bytes: 1_000_000, ..EthConfig::default() });
    // JUMPDEST, PUSH2 65535, PUSH0, PUSH0, CALLDATACOPY, PUSH0, JUMP: some 160 times 64 KiB.
    let copies: Bytes = "0x5b61ffff5f5f375f56".parse().unwrap();
    let request = json!({"from": SENDER, "to": CONTRACT, "gas": "0x100000"});
    let params = json!([request, ["vmTrace"], "latest", with_code(&copies)]);
    assert_eq!(chain.refused("trace_call", params).await.0, -32005);
}

#[tokio::test]
async fn a_trace_that_nobody_waits_for_leaves_its_thread_to_the_next() {
    let chain = Chain::with_config(EthConfig { gas_cap: u64::MAX / 2, ..EthConfig::default() });
    let endless: Bytes = "0x5b5f56".parse().unwrap();
    let params = json!([{"to": CONTRACT}, ["trace"], "latest", with_code(&endless)]);
    let mut call = Box::pin(chain.ask("trace_call", params));
    assert!(futures::poll!(&mut call).is_pending());
    drop(call);
    let answer = chain.get("trace_call", json!([{"to": SENDER}, ["trace"]])).await;
    assert_eq!(answer["output"], json!("0x"));
}
