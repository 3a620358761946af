//! Calls and transactions that are not in the chain.

use super::contracts::LEAF;
use crate::eth::{
    call::{CONTRACT, with_code},
    chain::{Chain, RECIPIENT, SENDER, hex, invoke, l1_message, store_contract, transfer},
    contracts::{READER, words},
};
use alloy_eips::Encodable2718 as _;
use alloy_primitives::{Address, B256, Bytes, U256};
use serde_json::{Value, json};

fn word(value: u64) -> Value {
    json!(B256::from(U256::from(value)))
}

#[tokio::test]
async fn only_the_types_that_are_asked_for_are_given() {
    let chain = Chain::new();
    let request = json!({"from": SENDER, "to": CONTRACT});
    for types in [
        vec![],
        vec!["trace"],
        vec!["vmTrace"],
        vec!["stateDiff"],
        vec!["trace", "stateDiff", "vmTrace"],
    ] {
        let params = json!([request, types, "latest", with_code(&LEAF)]);
        let answer = chain.get("trace_call", params).await;
        let has = |name: &str| types.contains(&name);
        assert_eq!(!answer["trace"].as_array().unwrap().is_empty(), has("trace"), "{types:?}");
        assert_eq!(!answer["vmTrace"].is_null(), has("vmTrace"), "{types:?}");
        assert_eq!(!answer["stateDiff"].is_null(), has("stateDiff"), "{types:?}");
        assert_eq!(answer["output"], json!("0x"));
    }
}

#[tokio::test]
async fn a_call_sees_the_overrides_and_the_block_that_are_named() {
    let chain = Chain::with_blocks();
    let reader = json!({store_contract().to_string(): {"code": READER}});
    let request = json!({"from": SENDER, "to": store_contract()});
    for (block, sum) in [("0x2", 10), ("0x3", 30), ("latest", 20)] {
        let answer = chain.get("trace_call", json!([request, ["trace"], block, reader])).await;
        assert_eq!(answer["output"], word(sum), "{block}");
        assert_eq!(answer["trace"][0]["result"]["output"], word(sum));
    }
    let number: Bytes = "0x435f5260205ff3".parse().unwrap();
    let request = json!({"from": SENDER, "to": CONTRACT});
    let params = json!([request, [], "latest", with_code(&number), {"number": "0x64"}]);
    assert_eq!(chain.get("trace_call", params).await["output"], word(100));
}

#[tokio::test]
async fn a_call_pays_nothing_but_its_value() {
    let chain = Chain::new();
    let before = chain.get("eth_getBalance", json!([SENDER])).await;
    let before: U256 = serde_json::from_value(before).unwrap();
    let request = json!({"from": SENDER, "to": RECIPIENT, "value": "0x5"});
    let answer = chain.get("trace_call", json!([request, ["stateDiff"]])).await;
    let expected = json!({
        SENDER.to_string().to_lowercase(): {
            "balance": {"*": {"from": before, "to": before - U256::from(5)}},
            "nonce": {"*": {"from": "0x0", "to": "0x1"}},
            "code": "=",
            "storage": {},
        },
        RECIPIENT.to_string().to_lowercase(): {
            "balance": {"+": "0x5"}, "nonce": {"+": "0x0"}, "code": {"+": "0x"}, "storage": {},
        },
    });
    assert_eq!(answer["stateDiff"], expected);
    assert_eq!(chain.get("eth_getBalance", json!([RECIPIENT])).await, hex(0));
}

#[tokio::test]
async fn calls_see_what_those_before_them_did() {
    let chain = Chain::with_blocks();
    let store = |value| {
        let request = json!({"from": SENDER, "to": store_contract(), "data": words([9, value])});
        json!([request, ["stateDiff"]])
    };
    let answers = chain.get("trace_callMany", json!([[store(1), store(2), store(0)]])).await;
    let slot = &word(9).as_str().unwrap().to_owned();
    let contract = store_contract().to_string().to_lowercase();
    for (at, (from, to)) in [(0, 1), (1, 2), (2, 0)].into_iter().enumerate() {
        let change = &answers[at]["stateDiff"][&contract]["storage"][slot];
        assert_eq!(*change, json!({"*": {"from": word(from), "to": word(to)}}), "call {at}");
    }
    assert_eq!(chain.get("trace_callMany", json!([[]])).await, json!([]));
    let later = chain.get("eth_getStorageAt", json!([store_contract(), "0x9"])).await;
    assert_eq!(later, word(0));
}

#[tokio::test]
async fn a_raw_transaction_does_what_it_then_does_in_a_block() {
    let mut chain = Chain::with_blocks();
    let types = json!(["trace", "vmTrace", "stateDiff"]);
    for transaction in
        [invoke(15, store_contract(), words([3, 4])), transfer(16, Address::repeat_byte(9), 7)]
    {
        let raw: Bytes = transaction.encoded_2718().into();
        let hash = *transaction.hash();
        let before = chain.get("trace_rawTransaction", json!([raw, types])).await;
        chain.append(vec![transaction]);
        let replayed = chain.get("trace_replayTransaction", json!([hash, types])).await;
        assert_eq!(before, replayed);
    }
}

#[tokio::test]
async fn a_raw_transaction_that_could_not_be_in_a_block_is_refused() {
    let chain = Chain::with_blocks();
    let ask = async |raw: Vec<u8>| {
        let raw = Bytes::from(raw);
        chain.refused("trace_rawTransaction", json!([raw, ["trace"]])).await
    };
    let (code, message) = ask(transfer(3, RECIPIENT, 1).encoded_2718()).await;
    assert_eq!(code, -32000);
    assert!(message.contains("nonce"), "{message}");
    for raw in [vec![], vec![2, 0xc0], l1_message(9).encoded_2718()] {
        assert_eq!(ask(raw).await.0, -32602);
    }
}
