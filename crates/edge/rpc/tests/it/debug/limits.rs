//! What no trace may do to the node.

use super::call_tracer::{CALLED, CALLER};
use crate::eth::{
    chain::{Chain, bodies, hex},
    contracts::{LOOP, words},
};
use alloy_primitives::{Bytes, bytes};
use rollup_rpc::{EthConfig, RpcLimits};
use serde_json::{Value, json};

/// Calls itself with all its gas.
const DEEPER: Bytes = bytes!("5f5f5f5f5f305af100");
/// How deep calls may be.
const MAX_DEPTH: usize = 1024;
/// Jumps to its start, without end.
const ENDLESS: Bytes = bytes!("5b5f56");
/// Passes a MiB of zeros to an account without code, without end.
const PASSES_ON: Bytes = bytes!("5b5f5f621000005f5f60b05ff1505f56");

fn call(code: &Bytes, input: Bytes, options: Value) -> Value {
    let mut options = options;
    options["stateOverrides"] = json!({CALLER.to_string(): {"code": code}});
    json!([{"to": CALLER, "data": input}, "latest", options])
}

fn chain_with(max_trace_bytes: usize) -> Chain {
    let gas_cap = u64::MAX / 2;
    Chain::with_config(EthConfig { max_trace_bytes, gas_cap, ..EthConfig::default() })
}

#[tokio::test]
async fn a_trace_that_is_too_long_is_given_up_while_it_is_made() {
    let chain = chain_with(100_000);
    for (code, options) in [
        (&ENDLESS, json!({})),
        (&ENDLESS, json!({"disableStack": true, "disableStorage": true})),
        (&PASSES_ON, json!({"tracer": "callTracer"})),
        (&PASSES_ON, json!({"tracer": "flatCallTracer"})),
        (&PASSES_ON, json!({"tracer": "muxTracer", "tracerConfig": {"callTracer": {}}})),
    ] {
        let (code, text) =
            chain.refused("debug_traceCall", call(code, Bytes::new(), options)).await;
        assert_eq!(code, -32005, "{text}");
        assert!(text.starts_with("the trace exceeds 100000 bytes, ask for less"), "{text}");
    }
    // Less of the same is given.
    let options = json!({"limit": 10});
    let frame = chain.get("debug_traceCall", call(&LOOP, words([1_000]), options)).await;
    assert_eq!(frame["structLogs"].as_array().unwrap().len(), 10);
    let options = json!({"tracer": "callTracer"});
    let frame = chain.get("debug_traceCall", call(&LOOP, words([1_000]), options)).await;
    assert_eq!(frame["to"], json!(CALLER));
}

#[tokio::test]
async fn the_traces_of_a_call_are_counted_together() {
    let chain = chain_with(100_000);
    let options = json!({"stateOverrides": {CALLER.to_string(): {"code": LOOP}}});
    let transactions = |count| vec![json!({"to": CALLER, "data": words([20])}); count];
    let params = |count| json!([[{"transactions": transactions(count)}], {}, options]);
    chain.get("debug_traceCallMany", params(1)).await;
    assert_eq!(chain.refused("debug_traceCallMany", params(20)).await.0, -32005);
}

#[tokio::test]
async fn code_that_makes_a_trace_long_at_its_end_counts_too() {
    let chain = chain_with(20_000);
    let code = Bytes::from(vec![0; 24_000]);
    let options = json!({"tracer": "prestateTracer"});
    let params = call(&code, Bytes::new(), options);
    assert_eq!(chain.refused("debug_traceCall", params).await.0, -32005);
    let options = json!({"tracer": "prestateTracer", "tracerConfig": {"disableCode": true}});
    chain.get("debug_traceCall", call(&code, Bytes::new(), options)).await;
}

#[tokio::test]
async fn the_time_of_the_caller_ends_a_loop() {
    let chain = chain_with(usize::MAX);
    for options in [
        json!({"tracer": "callTracer", "timeout": "1ms"}),
        json!({"tracer": "noopTracer", "timeout": "0"}),
        json!({"limit": 1, "timeout": "1ms"}),
    ] {
        let refusal = chain.refused("debug_traceCall", call(&ENDLESS, Bytes::new(), options)).await;
        assert_eq!(refusal, (-32002, "execution timeout".to_owned()));
    }
}

#[tokio::test]
async fn a_loop_that_nobody_waits_for_leaves_its_thread_to_the_next() {
    let chain = chain_with(usize::MAX);
    for options in [json!({"tracer": "callTracer"}), json!({"limit": 1})] {
        let endless = call(&ENDLESS, Bytes::new(), options);
        let mut trace = Box::pin(chain.ask("debug_traceCall", endless));
        assert!(futures::poll!(&mut trace).is_pending());
        // Neither reads nor calls wait for it.
        assert_eq!(chain.get("eth_getBalance", json!([CALLED])).await, hex(0));
        assert_eq!(chain.get("eth_call", json!([{"to": CALLED}])).await, json!("0x"));
        drop(trace);
        let short = call(&LOOP, words([1]), json!({"tracer": "noopTracer"}));
        assert_eq!(chain.get("debug_traceCall", short).await, json!({}));
    }
}

#[tokio::test]
async fn the_deepest_calls_are_traced_on_the_stack_that_there_is() {
    let chain = chain_with(usize::MAX);
    for options in [
        json!({"tracer": "callTracer"}),
        json!({"tracer": "muxTracer", "tracerConfig": {"callTracer": {}, "flatCallTracer": {}}}),
        json!({"tracer": "flatCallTracer"}),
    ] {
        // The JSON is too deep for a parser that is careful.
        let params = call(&DEEPER, Bytes::new(), options);
        let text = chain.ask_for_text("debug_traceCall", params).await;
        let calls = text.matches("\"gasUsed\"").count();
        assert!(calls >= MAX_DEPTH, "{calls} calls in {} bytes", text.len());
    }
    let frame = chain.get("debug_traceCall", call(&DEEPER, Bytes::new(), json!({}))).await;
    let steps = frame["structLogs"].as_array().unwrap();
    let deepest = steps.iter().filter_map(|step| step["depth"].as_u64()).max();
    assert_eq!(deepest, Some(MAX_DEPTH as u64 + 1));
}

#[tokio::test]
async fn what_waits_for_a_thread_is_bounded_and_reads_do_not_wait() {
    let chain = chain_with(usize::MAX);
    let endless = || call(&ENDLESS, Bytes::new(), json!({"tracer": "noopTracer"}));
    let waiting = RpcLimits::default().max_waiting_calls + 1;
    let mut traces = Vec::new();
    for _ in 0..waiting {
        let mut trace = Box::pin(chain.ask("debug_traceCall", endless()));
        assert!(futures::poll!(&mut trace).is_pending());
        traces.push(trace);
    }
    let refusal = chain.refused("debug_traceCall", endless()).await;
    assert_eq!(refusal, (-32009, "server is busy, try again later".to_owned()));
    chain.get("debug_getRawHeader", json!(["latest"])).await;
    chain.get("eth_call", json!([{"to": CALLED}])).await;
    drop(traces);
}

#[tokio::test]
async fn transactions_before_the_one_that_is_traced_are_not_counted() {
    let config = EthConfig { max_trace_bytes: 2_000, ..EthConfig::default() };
    let mut chain = Chain::with_config(config);
    for body in bodies() {
        chain.append(body);
    }
    // Two logs each, and behind them one slot.
    let [first, _, last] = &chain.blocks[2].block.body().transactions[..] else { panic!() };
    let tracer = json!({"tracer": "callTracer"});
    let refusal = chain.refused("debug_traceTransaction", json!([first.hash(), tracer])).await;
    assert_eq!(refusal.0, -32005);
    chain.get("debug_traceTransaction", json!([last.hash(), tracer])).await;
}
