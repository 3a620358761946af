//! The calls of transactions.

use super::contracts::{
    CALL_GAS, EMPTY_INITCODE, REVERTING_INITCODE, ROOT_GAS, chain, destroyer, invalid, leaf,
    reverter, root,
};
use crate::eth::chain::{Chain, L1_SENDER, RECIPIENT, SENDER, hex};
use alloy_primitives::{B256, U256, keccak256};
use serde_json::{Value, json};

/// An SSTORE of a new value to an untouched slot, behind two pushes.
const LEAF_GAS: u64 = 22_105;

/// The traces without what tells transactions and blocks apart.
fn plain(traces: &Value) -> Vec<Value> {
    let mut traces = traces.as_array().unwrap().clone();
    for trace in &mut traces {
        let trace = trace.as_object_mut().unwrap();
        for field in ["blockHash", "blockNumber", "transactionHash", "transactionPosition"] {
            assert!(trace.remove(field).is_some(), "{field}");
        }
    }
    traces
}

fn call(kind: &str, to: alloy_primitives::Address) -> Value {
    json!({"callType": kind, "from": root(), "to": to, "gas": hex(CALL_GAS), "input": "0x",
        "value": "0x0"})
}

fn frame(kind: &str, action: &Value, result: &Value, address: &[usize]) -> Value {
    json!({"type": kind, "action": action, "result": result, "subtraces": 0,
        "traceAddress": address})
}

#[tokio::test]
async fn every_kind_of_call_is_shown_as_it_went() {
    let chain = chain();
    let hash = *chain.blocks[1].block.body().transactions[0].hash();
    let traces = chain.get("trace_transaction", json!([hash])).await;
    let traces = plain(&traces);
    let receipt = chain.get("eth_getTransactionReceipt", json!([hash])).await;
    let used: U256 = serde_json::from_value(receipt["gasUsed"].clone()).unwrap();

    // The outermost call has the gas that is left after 21,000 for the transaction itself.
    let action = json!({"callType": "call", "from": SENDER, "to": root(), "input": "0x",
        "gas": hex(ROOT_GAS - 21_000), "value": "0x0"});
    let mut top = frame(
        "call",
        &action,
        &json!({"gasUsed": used - U256::from(21_000),
        "output": "0x"}),
        &[],
    );
    top["subtraces"] = json!(8);
    assert_eq!(traces[0], top);

    let done = json!({"gasUsed": hex(LEAF_GAS), "output": "0x"});
    assert_eq!(traces[1], frame("call", &call("call", leaf()), &done, &[0]));
    assert_eq!(traces[2], frame("call", &call("delegatecall", leaf()), &done, &[1]));

    let reverted = &traces[3];
    assert_eq!(reverted["action"], call("staticcall", reverter()));
    assert_eq!((&reverted["error"], &reverted["traceAddress"]), (&json!("Reverted"), &json!([2])));

    // The precompile has no trace.
    let creation = |kind: &str, init: &alloy_primitives::Bytes| json!({"from": root(), "init": init, "value": "0x0", "creationMethod": kind});
    for (at, kind, address) in [
        (4, "create", root().create(1)),
        (5, "create2", root().create2(B256::ZERO, keccak256(EMPTY_INITCODE))),
    ] {
        let mut action = traces[at]["action"].clone();
        assert!(action.as_object_mut().unwrap().remove("gas").is_some());
        assert_eq!(action, creation(kind, &EMPTY_INITCODE));
        let result = json!({"address": address, "code": "0x", "gasUsed": "0x4"});
        assert_eq!((&traces[at]["type"], &traces[at]["result"]), (&json!("create"), &result));
        assert_eq!(traces[at]["traceAddress"], json!([at - 1]));
    }
    let mut action = traces[6]["action"].clone();
    assert!(action.as_object_mut().unwrap().remove("gas").is_some());
    assert_eq!(action, creation("create", &REVERTING_INITCODE));
    assert_eq!(traces[6]["error"], json!("Reverted"));
    assert_eq!(traces[6]["result"].get("address"), None);

    // SELFDESTRUCT is no opcode here, so nothing but a failed call is left of it.
    for (at, address) in [(7, invalid()), (8, destroyer())] {
        let mut failed = frame("call", &call("call", address), &Value::Null, &[at - 1]);
        failed["error"] = json!("Bad instruction");
        assert_eq!(traces[at], failed);
    }
    assert_eq!(traces.len(), 9);
}

#[tokio::test]
async fn traces_say_where_they_come_from() {
    let chain = Chain::with_blocks();
    for number in 0..=6 {
        let id = chain.id_of(number);
        let traces = chain.get("trace_block", json!([hex(number)])).await;
        assert_eq!(chain.get("trace_block", json!([id.hash])).await, traces);
        let mut of_transactions = Vec::new();
        let block = chain.get("eth_getBlockByNumber", json!([hex(number), false])).await;
        for (position, hash) in block["transactions"].as_array().unwrap().iter().enumerate() {
            let traces = chain.get("trace_transaction", json!([hash])).await;
            for trace in traces.as_array().unwrap() {
                assert_eq!(trace["blockHash"], json!(id.hash));
                assert_eq!(trace["blockNumber"], json!(number));
                assert_eq!(trace["transactionHash"], *hash);
                assert_eq!(trace["transactionPosition"], json!(position));
                let get = json!([hash, trace["traceAddress"]]);
                assert_eq!(chain.get("trace_get", get).await, *trace);
                of_transactions.push(trace.clone());
            }
        }
        // No block has a reward.
        assert_eq!(traces, Value::Array(of_transactions), "block {number}");
    }
}

#[tokio::test]
async fn a_trace_is_got_by_its_address() {
    let chain = chain();
    let hash = *chain.blocks[1].block.body().transactions[0].hash();
    let traces = chain.get("trace_transaction", json!([hash])).await;
    for (at, address) in [(0, json!([])), (1, json!(["0x0"])), (6, json!(["0x5"]))] {
        assert_eq!(chain.get("trace_get", json!([hash, address])).await, traces[at]);
    }
    for address in [json!(["0x8"]), json!(["0x0", "0x0"])] {
        assert_eq!(chain.get("trace_get", json!([hash, address])).await, Value::Null);
    }
}

#[tokio::test]
async fn an_l1_message_is_a_call_of_its_sender() {
    let chain = Chain::with_blocks();
    let hash = *chain.blocks[0].block.body().transactions[0].hash();
    let traces = chain.get("trace_transaction", json!([hash])).await;
    assert_eq!(traces.as_array().unwrap().len(), 1);
    let action = &traces[0]["action"];
    assert_eq!((&action["from"], &action["to"]), (&json!(L1_SENDER), &json!(RECIPIENT)));
    assert_eq!((&action["input"], &action["value"]), (&json!("0xc0ffee"), &json!("0x0")));
}

#[tokio::test]
async fn what_the_chain_does_not_have_is_null_or_not_found() {
    let chain = Chain::with_blocks();
    let unknown = B256::repeat_byte(7);
    for (method, params) in [
        ("trace_transaction", json!([unknown])),
        ("trace_get", json!([unknown, []])),
        ("trace_block", json!([unknown])),
        ("trace_block", json!(["0x64"])),
        ("trace_replayBlockTransactions", json!(["0x64", ["trace"]])),
    ] {
        assert_eq!(chain.get(method, params).await, Value::Null, "{method}");
    }
    let refusal = chain.refused("trace_replayTransaction", json!([unknown, ["trace"]])).await;
    assert_eq!(refusal, (-32001, "transaction not found".to_owned()));
    let (code, _) = chain.refused("trace_call", json!([{}, ["trace"], "0x64"])).await;
    assert_eq!(code, -32001);
    for types in [json!(["traces"]), json!("trace")] {
        let (code, _) = chain.refused("trace_call", json!([{}, types])).await;
        assert_eq!(code, -32602);
    }
}
