//! `callTracer`, on contracts that show one thing each.

use crate::eth::{
    chain::{Chain, FEE_CAP_WEI, RECIPIENT, SENDER, hex, store_contract},
    contracts::{INVALID, LOGGER, LOOP, PROXY, REVERTER, STORE, words},
};
use alloy_primitives::{Address, B256, Bytes, U256, address, bytes, keccak256};
use serde_json::{Value, json};

pub(super) const CALLER: Address = address!("00000000000000000000000000000000000000a0");
pub(super) const CALLED: Address = address!("00000000000000000000000000000000000000b0");

/// Returns the word 42.
pub(super) const ANSWER: Bytes = bytes!("602a5f5260205ff3");

/// What a call to `CALLER` does where the two contracts have these codes.
pub(super) async fn trace(chain: &Chain, codes: [&Bytes; 2], input: Bytes, tracer: Value) -> Value {
    let request = json!({"from": SENDER, "to": CALLER, "data": input, "gas": hex(100_000)});
    let mut options = tracer;
    options["stateOverrides"] = json!({
        CALLER.to_string(): {"code": codes[0]},
        CALLED.to_string(): {"code": codes[1]},
    });
    chain.get("debug_traceCall", json!([request, "latest", options])).await
}

async fn calls(codes: [&Bytes; 2], input: Bytes) -> Value {
    trace(&Chain::new(), codes, input, json!({"tracer": "callTracer"})).await
}

fn forwarded(word: u64) -> Bytes {
    [CALLED.into_word(), U256::from(word).into()].concat().into()
}

#[tokio::test]
async fn a_call_is_below_the_one_that_makes_it() {
    let frame = calls([&PROXY, &ANSWER], forwarded(7)).await;
    assert_eq!(frame["type"], "CALL");
    assert_eq!(frame["from"], json!(SENDER));
    assert_eq!(frame["to"], json!(CALLER));
    assert_eq!(frame["gas"], hex(100_000));
    assert_eq!(frame["input"], json!(forwarded(7)));
    assert!(frame.get("error").is_none());
    let inner = &frame["calls"][0];
    assert_eq!(inner["type"], "CALL");
    assert_eq!(inner["from"], json!(CALLER));
    assert_eq!(inner["to"], json!(CALLED));
    assert_eq!(inner["input"], json!(words([7])));
    assert_eq!(inner["output"], json!(words([42])));
    assert_eq!(inner["value"], "0x0");
    // PUSH1 3, PUSH0 2, MSTORE 3 and 3 for the first word, PUSH1 3, PUSH0 2.
    assert_eq!(inner["gasUsed"], hex(16));
    assert_eq!(frame["calls"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn only_the_top_call_if_asked() {
    let tracer = json!({"tracer": "callTracer", "tracerConfig": {"onlyTopCall": true}});
    let frame = trace(&Chain::new(), [&PROXY, &ANSWER], forwarded(7), tracer).await;
    assert_eq!(frame["to"], json!(CALLER));
    assert!(frame.get("calls").is_none(), "{frame}");
}

/// Four empty parameters, `CALLED` and all gas for the opcode.
fn calling(opcode: u8) -> Bytes {
    [&[0x5f, 0x5f, 0x5f, 0x5f, 0x73][..], CALLED.as_slice(), &[0x5a, opcode, 0x50, 0x00]]
        .concat()
        .into()
}

#[tokio::test]
async fn the_kind_of_a_call_is_told() {
    for (opcode, kind) in [(0xf4, "DELEGATECALL"), (0xfa, "STATICCALL")] {
        let frame = calls([&calling(opcode), &ANSWER], Bytes::new()).await;
        let inner = &frame["calls"][0];
        assert_eq!(inner["type"], kind);
        assert_eq!(inner["from"], json!(CALLER));
        assert_eq!(inner["to"], json!(CALLED));
        assert_eq!(inner["output"], json!(words([42])));
    }
}

#[tokio::test]
async fn failures_are_told_in_the_words_of_geth() {
    // What is tried, what is said, and whether all gas of the call is gone.
    for (opcode, code, error, takes_all) in [
        (0xfa, &STORE, "write protection", true),
        (0xfa, &INVALID, "invalid opcode: INVALID", true),
        (0xfa, &REVERTER, "execution reverted", false),
        // The fork has no SELFDESTRUCT.
        (0xf4, &bytes!("5fff"), "invalid opcode", true),
        (0xfa, &bytes!("50"), "stack underflow", true),
    ] {
        let frame = calls([&calling(opcode), code], Bytes::new()).await;
        let inner = &frame["calls"][0];
        let said = inner["error"].as_str().unwrap();
        assert!(said.starts_with(error) || error.starts_with(said), "{said}, not {error}");
        assert_eq!(inner["gas"] == inner["gasUsed"], takes_all, "{inner}");
        assert!(frame.get("error").is_none(), "the caller goes on: {frame}");
    }
}

#[tokio::test]
async fn a_reason_is_decoded() {
    // Error("no")
    let reason = [&[0x08, 0xc3, 0x79, 0xa0][..], &words([0x20, 2]), b"no", &[0; 30]].concat();
    let frame = calls([&REVERTER, &ANSWER], reason.clone().into()).await;
    assert_eq!(frame["error"], "execution reverted");
    assert_eq!(frame["revertReason"], "no");
    assert_eq!(frame["output"], json!(Bytes::from(reason)));
}

#[tokio::test]
async fn out_of_gas_takes_all_of_it() {
    let frame = calls([&LOOP, &ANSWER], words([1_000_000])).await;
    assert_eq!(frame["error"], "out of gas");
    assert_eq!(frame["gasUsed"], hex(100_000));
}

#[tokio::test]
async fn contracts_that_are_created_have_their_address() {
    // Init code of one zero byte: STOP.
    let frame = calls([&bytes!("60015f5ff05000"), &ANSWER], Bytes::new()).await;
    let inner = &frame["calls"][0];
    assert_eq!(inner["type"], "CREATE");
    assert_eq!(inner["to"], json!(CALLER.create(0)));
    assert_eq!(inner["input"], "0x00");

    let frame = calls([&bytes!("600760015f5ff55000"), &ANSWER], Bytes::new()).await;
    let inner = &frame["calls"][0];
    assert_eq!(inner["type"], "CREATE2");
    let salt = B256::with_last_byte(7);
    assert_eq!(inner["to"], json!(CALLER.create2(salt, keccak256([0]))));
}

#[tokio::test]
async fn logs_are_there_if_asked_for() {
    let chain = Chain::new();
    let tracer = json!({"tracer": "callTracer", "tracerConfig": {"withLog": true}});
    let frame = trace(&chain, [&LOGGER, &ANSWER], words([7, 8]), tracer).await;
    let topic = |word: u64| json!(B256::from(U256::from(word)));
    let logs = frame["logs"].as_array().unwrap();
    assert_eq!(logs.len(), 2);
    assert_eq!((&logs[0]["topics"], &logs[0]["data"]), (&json!([topic(7)]), &json!("0x")));
    assert_eq!(logs[1]["topics"], json!([topic(7), topic(8)]));
    assert_eq!(logs[1]["data"], json!(words([7])));
    assert_eq!(logs[1]["address"], json!(CALLER));
    let bare = calls([&LOGGER, &ANSWER], words([7, 8])).await;
    assert!(bare.get("logs").is_none());
}

#[tokio::test]
async fn a_delegated_account_runs_the_code_it_delegates_to() {
    let chain = Chain::with_blocks();
    // The last block made the sender delegate to the contract that stores.
    let request = json!({"from": RECIPIENT, "to": SENDER, "data": words([9, 3])});
    let diff = json!({"tracer": "prestateTracer", "tracerConfig": {"diffMode": true}});
    let diff = chain.get("debug_traceCall", json!([request, "latest", diff])).await;
    let slot = |word: u64| B256::from(U256::from(word)).to_string();
    let sender = SENDER.to_string().to_lowercase();
    assert_eq!(diff["post"][&sender]["storage"], json!({slot(9): slot(3)}));
    assert!(diff["post"].get(store_contract().to_string().to_lowercase()).is_none());
}

#[tokio::test]
async fn of_the_chain_they_are_what_the_receipts_tell() {
    let chain = Chain::with_blocks();
    let tracer = json!({"tracer": "callTracer", "tracerConfig": {"withLog": true}});
    let mut l1_messages = 0;
    for block in &chain.blocks {
        let hash = block.block.hash();
        let traces = chain.get("debug_traceBlockByHash", json!([hash, tracer])).await;
        let by_number = json!([hex(block.block.number), tracer]);
        assert_eq!(traces, chain.get("debug_traceBlockByNumber", by_number).await);
        let receipts = chain.get("eth_getBlockReceipts", json!([hash])).await;
        let traces = traces.as_array().unwrap();
        assert_eq!(traces.len(), block.receipts.len());
        for (trace, receipt) in traces.iter().zip(receipts.as_array().unwrap()) {
            assert_eq!(trace["txHash"], receipt["transactionHash"]);
            let frame = &trace["result"];
            assert_eq!(frame["gasUsed"], receipt["gasUsed"], "{receipt}");
            assert_eq!(frame["from"], receipt["from"]);
            assert_eq!(frame.get("error").is_none(), receipt["status"] == "0x1");
            let created = &receipt["contractAddress"];
            assert_eq!(&frame["to"], if created.is_null() { &receipt["to"] } else { created });
            let logs = |logs: &Value| -> Vec<Value> {
                let all = logs.as_array().cloned().unwrap_or_default();
                all.iter().map(|log| json!([log["address"], log["topics"], log["data"]])).collect()
            };
            assert_eq!(logs(&frame["logs"]), logs(&receipt["logs"]));
            l1_messages += u32::from(receipt["type"] == "0x7e");

            let one = json!([receipt["transactionHash"], tracer]);
            assert_eq!(&chain.get("debug_traceTransaction", one).await, frame);
        }
    }
    assert_eq!(l1_messages, 3);
}

#[tokio::test]
async fn a_call_must_be_paid_for_and_pays_nothing() {
    let chain = Chain::new();
    let tracer = json!({"tracer": "prestateTracer", "tracerConfig": {"diffMode": true}});
    let request = json!({"from": SENDER, "to": RECIPIENT, "value": "0x5",
        "gasPrice": hex(FEE_CAP_WEI)});
    let diff = chain.get("debug_traceCall", json!([request, "latest", tracer])).await;
    let (sender, recipient) = (json!(SENDER), json!(RECIPIENT));
    let balance = |side: &str, who: &Value| -> U256 {
        serde_json::from_value(diff[side][who.as_str().unwrap()]["balance"].clone())
            .unwrap_or_default()
    };
    assert_eq!(balance("pre", &sender) - balance("post", &sender), U256::from(5));
    assert_eq!(balance("post", &recipient), U256::from(5));
    let poor = json!({"from": RECIPIENT, "to": SENDER, "value": "0x5"});
    let (code, text) = chain.refused("debug_traceCall", json!([poor, "latest", {}])).await;
    assert_eq!((code, text.starts_with("insufficient funds")), (-32000, true), "{text}");
}
