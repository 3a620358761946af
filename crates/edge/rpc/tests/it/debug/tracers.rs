//! The other tracers, and names that are none.

use super::call_tracer::{ANSWER, CALLED, CALLER, trace};
use crate::eth::{
    chain::{Chain, SENDER, hex},
    contracts::PROXY,
};
use alloy_primitives::{B256, Bytes, b256};
use serde_json::{Value, json};

const WORD: B256 = b256!("deadbeef00000000000000000000000000000000000000000000000000000000");

async fn proxied(tracer: Value) -> Value {
    let input: Bytes = [CALLED.into_word(), WORD].concat().into();
    trace(&Chain::new(), [&PROXY, &ANSWER], input, tracer).await
}

#[tokio::test]
async fn selectors_are_counted_with_the_length_behind_them() {
    let counts = proxied(json!({"tracer": "4byteTracer"})).await;
    assert_eq!(counts, json!({"0x00000000-60": 1, "0xdeadbeef-28": 1}));
}

#[tokio::test]
async fn a_flat_trace_has_the_place_of_each_call() {
    let flat = proxied(json!({"tracer": "flatCallTracer"})).await;
    let flat = flat.as_array().unwrap();
    assert_eq!(flat.len(), 2);
    assert_eq!((&flat[0]["traceAddress"], &flat[0]["subtraces"]), (&json!([]), &json!(1)));
    assert_eq!((&flat[1]["traceAddress"], &flat[1]["subtraces"]), (&json!([0]), &json!(0)));
    assert_eq!(flat[0]["action"]["from"], json!(SENDER));
    assert_eq!(flat[1]["action"]["from"], json!(CALLER));
    assert_eq!(flat[1]["action"]["callType"], json!("call"));
    assert_eq!(flat[1]["result"]["gasUsed"], hex(16));
}

#[tokio::test]
async fn a_flat_trace_of_the_chain_says_where_it_is() {
    let chain = Chain::with_blocks();
    let block = &chain.blocks[2].block;
    let hash = block.body().transactions[1].hash();
    let params = json!([hash, {"tracer": "flatCallTracer"}]);
    let flat = chain.get("debug_traceTransaction", params).await;
    assert_eq!(flat[0]["blockHash"], json!(block.hash()));
    assert_eq!(flat[0]["blockNumber"], json!(block.number));
    assert_eq!(flat[0]["transactionHash"], json!(hash));
    assert_eq!(flat[0]["transactionPosition"], json!(1));
}

#[tokio::test]
async fn a_mux_gives_what_its_tracers_give() {
    let config = json!({"callTracer": null, "4byteTracer": {}, "prestateTracer": {"diffMode": true},
        "noopTracer": null});
    let mux = proxied(json!({"tracer": "muxTracer", "tracerConfig": config})).await;
    assert_eq!(mux["callTracer"], proxied(json!({"tracer": "callTracer"})).await);
    assert_eq!(mux["4byteTracer"], proxied(json!({"tracer": "4byteTracer"})).await);
    let diff = json!({"tracer": "prestateTracer", "tracerConfig": {"diffMode": true}});
    assert_eq!(mux["prestateTracer"], proxied(diff).await);
    assert_eq!(mux["noopTracer"], json!({}));
    assert_eq!(mux.as_object().unwrap().len(), 4);
}

#[tokio::test]
async fn noop_gives_nothing() {
    assert_eq!(proxied(json!({"tracer": "noopTracer"})).await, json!({}));
}

#[tokio::test]
async fn other_tracers_are_refused_before_anything_is_executed() {
    let chain = Chain::with_blocks();
    let hash = chain.blocks[0].block.body().transactions[2].hash();
    for tracer in ["{step: function() {}}", "calltracer", "erc7562Tracer", "stateGasTracer"] {
        for options in [
            json!({"tracer": tracer}),
            json!({"tracer": "muxTracer", "tracerConfig": {tracer: {}}}),
        ] {
            for (method, params) in [
                ("debug_traceTransaction", json!([hash, options])),
                ("debug_traceBlockByNumber", json!(["0x1", options])),
                ("debug_traceCall", json!([{}, "latest", options])),
                ("debug_traceCallMany", json!([[{"transactions": [{}]}], {}, options])),
            ] {
                let (code, text) = chain.refused(method, params).await;
                assert_eq!(code, -32000, "{method} {options}: {text}");
                assert!(text.starts_with("tracer not found: there is"), "{text}");
            }
        }
    }
    for options in [
        json!({"tracer": "callTracer", "tracerConfig": {"withLog": 7}}),
        json!({"tracer": "muxTracer", "tracerConfig": []}),
        json!({"timeout": "soon"}),
        json!({"limit": "many"}),
    ] {
        let refusal = chain.refused("debug_traceTransaction", json!([hash, options])).await;
        assert_eq!(refusal.0, -32602, "{options}");
    }
}
