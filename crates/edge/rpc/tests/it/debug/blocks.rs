//! Blocks by number, by hash and by their bytes.

use crate::eth::chain::{Chain, bodies, hex, l1_message, transfer};
use alloy_consensus::Header;
use alloy_primitives::{Address, B256, Bytes};
use rollup_primitives::ScrollBlock;
use serde_json::{Value, json};

fn tracers() -> [Value; 3] {
    [
        json!({}),
        json!({"tracer": "callTracer"}),
        json!({"tracer": "prestateTracer", "tracerConfig": {"diffMode": true}}),
    ]
}

#[tokio::test]
async fn a_block_has_the_trace_that_it_had_as_head() {
    let mut chain = Chain::new();
    let mut as_head = Vec::new();
    for body in bodies() {
        let number = chain.append(body).block.number;
        for tracer in tracers() {
            let params = json!([hex(number), tracer]);
            let trace = chain.get("debug_traceBlockByNumber", params.clone()).await;
            as_head.push((params, trace));
        }
    }
    chain.append(vec![l1_message(3), transfer(15, Address::with_last_byte(0x99), 1)]);
    for flushed in [false, true] {
        if flushed {
            chain.storage.flush().unwrap();
        }
        for (params, trace) in &as_head {
            assert_eq!(&chain.get("debug_traceBlockByNumber", params.clone()).await, trace);
        }
    }
}

#[tokio::test]
async fn the_bytes_of_a_block_have_the_trace_of_the_block() {
    let chain = Chain::with_blocks();
    for number in 1..=6 {
        let rlp = chain.get("debug_getRawBlock", json!([hex(number)])).await;
        for tracer in tracers() {
            let of_bytes = chain.get("debug_traceBlock", json!([rlp, tracer])).await;
            let params = json!([hex(number), tracer]);
            assert_eq!(of_bytes, chain.get("debug_traceBlockByNumber", params).await);
        }
    }
}

#[tokio::test]
async fn a_child_of_any_block_is_traced_though_it_is_not_in_the_chain() {
    let whole = Chain::with_blocks();
    let mut shorter = Chain::new();
    for body in bodies().into_iter().take(5) {
        shorter.append(body);
    }
    for tracer in tracers() {
        let rlp = whole.get("debug_getRawBlock", json!(["0x6"])).await;
        let expected = whole.get("debug_traceBlockByNumber", json!(["0x6", tracer])).await;
        assert_eq!(shorter.get("debug_traceBlock", json!([rlp, tracer])).await, expected);
    }
    // A sibling of blocks that are there.
    let mut other = Chain::new();
    other.append(vec![transfer(0, Address::with_last_byte(0x99), 1)]);
    let rlp = other.get("debug_getRawBlock", json!(["0x1"])).await;
    let expected = other.get("debug_traceBlockByNumber", json!(["0x1"])).await;
    assert_eq!(whole.get("debug_traceBlock", json!([rlp])).await, expected);
}

#[tokio::test]
async fn bytes_that_fit_nowhere_are_refused() {
    let chain = Chain::with_blocks();
    let block: Bytes =
        serde_json::from_value(chain.get("debug_getRawBlock", json!(["0x6"])).await).unwrap();
    for (rlp, text) in [
        (Bytes::from_static(&[0xc0, 1]), "not the RLP of a block"),
        ([&block[..], &[0]].concat().into(), "not the RLP of a block"),
        (Bytes::new(), "not the RLP of a block"),
    ] {
        let (code, said) = chain.refused("debug_traceBlock", json!([rlp])).await;
        assert_eq!((code, said.starts_with(text)), (-32602, true), "{said}");
    }
    let changed = |change: fn(&mut Header)| {
        let mut block: ScrollBlock = alloy_rlp::decode_exact(&block).unwrap();
        change(&mut block.header);
        Bytes::from(alloy_rlp::encode(block))
    };
    for (rlp, text) in [
        (changed(|header| header.parent_hash = B256::ZERO), "the parent of the block is not known"),
        (changed(|header| header.number = 9), "invalid block: "),
        (changed(|header| header.timestamp = 0), "invalid block: "),
        (changed(|header| header.gas_limit = u64::MAX), "invalid block: "),
        (changed(|header| header.transactions_root = B256::ZERO), "invalid block: "),
    ] {
        let (code, said) = chain.refused("debug_traceBlock", json!([rlp])).await;
        assert_eq!((code, said.starts_with(text)), (-32000, true), "{said}");
    }
}

#[tokio::test]
async fn what_is_not_in_the_chain_is_not_found() {
    let chain = Chain::with_blocks();
    let hash = B256::repeat_byte(9);
    for (method, params, text) in [
        ("debug_traceBlockByNumber", json!(["0x7"]), "block not found: 0x7".to_owned()),
        ("debug_traceBlockByHash", json!([hash]), format!("block not found: hash {hash}")),
        ("debug_traceTransaction", json!([hash]), "transaction not found".to_owned()),
        ("debug_getRawBlock", json!(["0x7"]), "block not found: 0x7".to_owned()),
        ("debug_getRawReceipts", json!(["0x7"]), "block not found: 0x7".to_owned()),
        ("debug_executionWitness", json!(["0x7"]), "block not found: 0x7".to_owned()),
    ] {
        assert_eq!(chain.refused(method, params).await, (-32001, text), "{method}");
    }
    let raw = chain.get("debug_getRawTransaction", json!([hash])).await;
    assert_eq!(raw, Value::Null);
    assert_eq!(chain.get("debug_traceBlockByNumber", json!(["earliest"])).await, json!([]));
}
