//! The steps of a transaction, against another implementation and against the contract.

use super::call_tracer::{ANSWER, CALLED, trace};
use crate::eth::{
    chain::{Chain, hex},
    contracts::{LOOP, PROXY, words},
};
use alloy_consensus::TxReceipt as _;
use alloy_evm::{Evm as _, EvmFactory as _, FromRecoveredTx as _, block::BlockExecutor as _};
use alloy_primitives::{B256, Bytes, U256};
use alloy_rpc_types_trace::geth::GethDefaultTracingOptions;
use revm::{DatabaseCommit as _, database::CacheDB};
use revm_inspectors::tracing::{TracingInspector, TracingInspectorConfig};
use rollup_evm::{ScrollEvmFactory, ScrollTxEnv};
use serde_json::{Value, json};

/// The steps of all transactions of a block as the library gives them.
fn by_library(chain: &Chain, number: u64, options: GethDefaultTracingOptions) -> Vec<Value> {
    let view = chain.storage.view().unwrap();
    let parent = view.header(number - 1).unwrap().unwrap();
    let block = view.block(number).unwrap().unwrap();
    let mut state = CacheDB::new(view.state_after(number - 1).unwrap().unwrap());
    let header = block.header();
    chain
        .evm
        .executor_for_block(&mut state, header, parent.timestamp)
        .apply_pre_execution_changes()
        .unwrap();
    let mut all = Vec::new();
    for (transaction, sender) in block.body().transactions.iter().zip(block.senders()) {
        let mut inspector =
            TracingInspector::new(TracingInspectorConfig::from_geth_config(&options));
        let env = chain.evm.evm_env(header);
        let factory = ScrollEvmFactory::default();
        let mut evm = factory.create_evm_with_inspector(&mut state, env, &mut inspector);
        let done = evm.transact_raw(ScrollTxEnv::from_recovered_tx(transaction, *sender)).unwrap();
        drop(evm);
        let output = done.result.output().cloned().unwrap_or_default();
        let frame =
            inspector.geth_builder().geth_traces(done.result.tx_gas_used(), output, options);
        all.push(serde_json::to_value(frame).unwrap());
        state.commit(done.state);
    }
    all
}

#[tokio::test]
async fn they_are_those_of_the_library_with_every_option() {
    let chain = Chain::with_blocks();
    let mut steps = 0;
    for options in [
        json!({}),
        json!({"disableStack": true, "disableStorage": true}),
        json!({"enableMemory": true, "enableReturnData": true}),
        json!({"disableMemory": false, "disableReturnData": false, "disableStack": true}),
        json!({"limit": 3}),
        json!({"limit": 0, "tracer": ""}),
    ] {
        let parsed: GethDefaultTracingOptions = serde_json::from_value(options.clone()).unwrap();
        for block in &chain.blocks {
            let number = block.block.number;
            let params = json!([hex(number), options]);
            let traces = chain.get("debug_traceBlockByNumber", params).await;
            let expected = by_library(&chain, number, parsed);
            for (trace, expected) in traces.as_array().unwrap().iter().zip(expected) {
                assert_eq!(trace["result"], expected, "block {number}, {options}");
                steps += expected["structLogs"].as_array().unwrap().len();
            }
            assert_eq!(traces.as_array().unwrap().len(), block.receipts.len());
        }
    }
    assert!(steps > 200, "{steps}");
}

#[tokio::test]
async fn each_step_tells_what_is_before_it() {
    let input: Bytes = [CALLED.into_word(), B256::with_last_byte(7)].concat().into();
    let all = json!({"enableMemory": true, "enableReturnData": true});
    let frame = trace(&Chain::new(), [&PROXY, &ANSWER], input, all).await;
    assert_eq!(frame["failed"], json!(false));
    let steps = frame["structLogs"].as_array().unwrap();
    let inner: Vec<_> = steps.iter().filter(|step| step["depth"] == 2).collect();
    let names: Vec<_> = inner.iter().map(|step| step["op"].as_str().unwrap()).collect();
    assert_eq!(names, ["PUSH1", "PUSH0", "MSTORE", "PUSH1", "PUSH0", "RETURN"]);
    assert_eq!(inner[2]["stack"], json!(["0x2a", "0x0"]));
    assert_eq!((&inner[2]["pc"], &inner[2]["gasCost"]), (&json!(3), &json!(6)));
    assert_eq!(inner[2]["memory"], json!([]));
    assert_eq!(inner[3]["memory"], json!([B256::with_last_byte(42)]));
    // The caller sees what was returned.
    let after = steps.iter().position(|step| step["op"] == "RETURN").unwrap() + 1;
    assert_eq!(steps[after]["depth"], json!(1));
    assert_eq!(steps[after]["returnData"], json!(words([42])));
}

#[tokio::test]
async fn storage_is_what_was_seen_of_it_so_far() {
    // SSTORE 5 in 1, SLOAD 1, SLOAD 2.
    let code = "0x600560015560015460025400".parse().unwrap();
    let frame = trace(&Chain::new(), [&code, &ANSWER], Bytes::new(), json!({})).await;
    let seen: Vec<_> = frame["structLogs"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|step| step.get("storage").cloned())
        .collect();
    let word = |word: u64| B256::from(U256::from(word)).to_string();
    let first = json!({word(1): word(5)});
    assert_eq!(seen, [first.clone(), first, json!({word(1): word(5), word(2): word(0)})]);
}

#[tokio::test]
async fn the_step_that_fails_says_so() {
    let frame = trace(&Chain::new(), [&LOOP, &ANSWER], words([1_000_000]), json!({})).await;
    assert_eq!((&frame["failed"], &frame["gas"]), (&json!(true), &json!(100_000)));
    let steps = frame["structLogs"].as_array().unwrap();
    assert_eq!(steps.last().unwrap()["error"], json!("out of gas"));
    assert!(steps[..steps.len() - 1].iter().all(|step| step.get("error").is_none()));
    assert_eq!(steps.last().unwrap()["depth"], json!(1));
}

#[tokio::test]
async fn a_revert_of_the_chain_has_its_output() {
    let chain = Chain::with_blocks();
    let block = &chain.blocks[4];
    assert!(!block.receipts[1].status());
    let hash = block.block.body().transactions[1].hash();
    let frame = chain.get("debug_traceTransaction", json!([hash])).await;
    assert_eq!((&frame["failed"], &frame["returnValue"]), (&json!(true), &json!(words([1]))));
}
