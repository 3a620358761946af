//! The answers of the built program against the public description of the methods.

mod calls;
mod chain;
mod description;

use chain::start;
use description::{Method, methods};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tempfile::TempDir;

/// Its code says that the node is at fault.
const INTERNAL_ERROR: i64 = -32603;

fn described<'a>(methods: &'a [Method], name: &str) -> &'a Method {
    let method = methods.iter().find(|method| method.name == name);
    method.unwrap_or_else(|| panic!("{name} is not described"))
}

/// The parameters as they are, and without those at the end that may be left out.
fn with_and_without_optional(method: &Method, params: &Value) -> Vec<Value> {
    let mut params = params.as_array().unwrap().clone();
    assert!(params.len() <= method.parameters.len(), "{}: {params:?}", method.name);
    for (parameter, value) in method.parameters.iter().zip(&params) {
        if let Err(difference) = parameter.check(value) {
            panic!("{} {value} is not its {}: {difference}", method.name, parameter.name);
        }
    }
    let mut all = vec![Value::Array(params.clone())];
    while let Some(last) = params.len().checked_sub(1)
        && !method.parameters[last].is_required
    {
        params.pop();
        all.push(Value::Array(params.clone()));
    }
    all
}

#[test]
fn every_described_method_answers_as_described_or_is_known_to_be_refused() {
    let Some(methods) = methods() else { return };
    let directory = TempDir::new().unwrap();
    let node = start(&directory);
    let rpc = node.http();
    let mut called = BTreeSet::new();
    for (name, params) in calls::all(&rpc) {
        let method = described(&methods, name);
        for params in with_and_without_optional(method, &params) {
            let result = rpc.call(name, params.clone());
            if let Err(difference) = method.check(&result) {
                panic!("{name} {params}: {difference}\nin {result:#}");
            }
        }
        called.insert(name);
    }
    for (name, params, reason) in calls::refused() {
        described(&methods, name);
        let answer = rpc.answer(name, params);
        let code = answer["error"]["code"].as_i64();
        assert!(code.is_some_and(|code| code != INTERNAL_ERROR), "{name}, {reason}: {answer}");
        assert!(called.insert(name), "{name} is called as well");
    }
    for method in &methods {
        assert!(called.contains(method.name.as_str()), "{} is not called", method.name);
    }
    node.stop();
}

// Else the test above might accept anything.
#[test]
fn other_forms_are_noticed() {
    let Some(methods) = methods() else { return };
    let directory = TempDir::new().unwrap();
    let node = start(&directory);
    let method = described(&methods, "eth_getBlockByNumber");
    let good = calls::block_without_messages(&node.http());
    method.check(&good).unwrap();
    for (field, value) in [
        ("number", json!(3)),
        ("number", json!("0x03")),
        ("hash", json!("0x12")),
        ("transactions", json!([1])),
        ("logsBloom", Value::Null),
    ] {
        let mut bad = good.clone();
        bad[field] = value;
        assert!(method.check(&bad).is_err(), "{field}");
    }
    let mut bad = good.clone();
    bad.as_object_mut().unwrap().remove("size");
    assert!(method.check(&bad).is_err());
    let mut bad = good;
    bad["transactions"][0]["r"] = json!("0x00");
    assert!(method.check(&bad).is_err());
    node.stop();
}

// The description knows none, so what they must have is said here.
#[test]
fn l1_messages_have_the_fields_of_production_nodes() {
    let directory = TempDir::new().unwrap();
    let node = start(&directory);
    let rpc = node.http();
    let messages = calls::transactions(&rpc).into_iter().filter(calls::is_l1_message);
    let messages: Vec<_> = messages.collect();
    assert!(!messages.is_empty());
    for message in messages {
        let fields: BTreeSet<_> = message.as_object().unwrap().keys().map(String::as_str).collect();
        let expected = BTreeSet::from(MESSAGE_FIELDS);
        let missing: Vec<_> = expected.difference(&fields).collect();
        assert!(missing.is_empty(), "{missing:?} in {message:#}");
        assert_eq!(message["from"], message["sender"]);
        for field in ["gasPrice", "nonce", "v", "r", "s"] {
            assert_eq!(message[field], "0x0", "{field}");
        }
        assert!(message.get("chainId").is_none());
        let receipt = rpc.receipt(message["hash"].as_str().unwrap());
        assert_eq!((&receipt["l1Fee"], &receipt["type"]), (&json!("0x0"), &json!("0x7e")));
        assert_eq!(receipt["effectiveGasPrice"], "0x0");
    }
    node.stop();
}

/// Of the transaction object of an L1 message.
const MESSAGE_FIELDS: [&str; 17] = [
    "blockHash",
    "blockNumber",
    "from",
    "gas",
    "gasPrice",
    "hash",
    "input",
    "nonce",
    "queueIndex",
    "r",
    "s",
    "sender",
    "to",
    "transactionIndex",
    "type",
    "v",
    "value",
];
