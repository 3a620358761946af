//! What one transaction did.

use super::chain;
use crate::{
    eth::{
        chain::{SENDER, invoke, store_contract},
        contracts::words,
    },
    trace::contracts::{
        self, EMPTY_INITCODE, REVERTING_INITCODE, destroyer, invalid, leaf, reverter, root,
    },
};
use alloy_primitives::{Address, B256, keccak256};
use serde_json::{Value, json};

#[tokio::test]
async fn the_error_is_what_a_revert_returned() {
    let chain = chain();
    // The second transaction of block 5 has its input back.
    for (block, at, output) in [(5, 1, json!(words([1]))), (5, 2, json!("0x")), (1, 0, json!("0x"))]
    {
        let hash = *chain.blocks[block - 1].block.body().transactions[at].hash();
        let error = chain.get("ots_getTransactionError", json!([hash])).await;
        assert_eq!(error, output, "{block} {at}");
    }
}

#[tokio::test]
async fn calls_are_listed_as_they_began() {
    let chain = contracts::chain();
    let hash = *chain.blocks[1].block.body().transactions[0].hash();
    let traces = chain.get("ots_traceTransaction", json!([hash])).await;
    let (first, second) = (root().create(1), root().create2(B256::ZERO, keccak256(EMPTY_INITCODE)));
    let expected = [
        ("CALL", 0, root(), true),
        ("CALL", 1, leaf(), true),
        ("DELEGATECALL", 1, leaf(), false),
        ("STATICCALL", 1, reverter(), false),
        ("STATICCALL", 1, Address::with_last_byte(4), false),
        ("CREATE", 1, first, true),
        ("CREATE2", 1, second, true),
        ("CREATE", 1, root().create(3), true),
        ("CALL", 1, invalid(), true),
        ("CALL", 1, destroyer(), true),
    ];
    let traces = traces.as_array().unwrap();
    assert_eq!(traces.len(), expected.len());
    for (trace, (kind, depth, to, has_value)) in traces.iter().zip(expected) {
        assert_eq!((&trace["type"], &trace["depth"]), (&json!(kind), &json!(depth)));
        let from = if depth == 0 { SENDER } else { root() };
        assert_eq!((&trace["from"], &trace["to"]), (&json!(from), &json!(to)), "{kind}");
        let value = if has_value { json!("0x0") } else { Value::Null };
        assert_eq!(trace["value"], value, "{kind}");
    }
    assert_eq!(traces[7]["input"], json!(REVERTING_INITCODE));
}

#[tokio::test]
async fn internal_operations_are_creations_and_moved_value() {
    let mut chain = contracts::chain();
    let hash = *chain.blocks[1].block.body().transactions[0].hash();
    let operations = chain.get("ots_getInternalOperations", json!([hash])).await;
    let second = root().create2(B256::ZERO, keccak256(EMPTY_INITCODE));
    let operation = |kind, to| json!({"type": kind, "from": root(), "to": to, "value": "0x0"});
    let expected = json!([
        operation(2, root().create(1)),
        operation(3, second),
        operation(2, root().create(3))
    ]);
    assert_eq!(operations, expected);

    let plain = invoke(6, store_contract(), words([1, 2]));
    let hash = *plain.hash();
    chain.append(vec![plain]);
    let none = chain.get("ots_getInternalOperations", json!([hash])).await;
    assert_eq!(none, json!([]));
}

#[tokio::test]
async fn what_the_chain_does_not_have_is_null() {
    let chain = chain();
    let unknown = json!([B256::repeat_byte(5)]);
    for method in ["ots_getTransactionError", "ots_traceTransaction", "ots_getInternalOperations"] {
        assert_eq!(chain.get(method, unknown.clone()).await, Value::Null, "{method}");
    }
}
