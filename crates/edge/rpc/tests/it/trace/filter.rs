//! Queries for calls.

use super::contracts::{chain, leaf, root};
use crate::eth::chain::{Chain, L1_SENDER, RECIPIENT, SENDER, hex, store_contract};
use rollup_rpc::EthConfig;
use serde_json::{Value, json};

async fn all(chain: &Chain) -> Vec<Value> {
    let mut all = Vec::new();
    for number in 0..=chain.blocks.len() {
        let traces = chain.get("trace_block", json!([hex(number)])).await;
        all.extend(traces.as_array().unwrap().clone());
    }
    all
}

#[tokio::test]
async fn pages_are_slices_of_the_whole() {
    let chain = Chain::with_blocks();
    let all = all(&chain).await;
    assert_eq!(chain.get("trace_filter", json!([{}])).await, json!(all));
    for after in 0..=all.len() + 1 {
        for count in [0, 1, 2, 5, all.len()] {
            let filter = json!({"fromBlock": "earliest", "toBlock": "0x6", "after": after,
                "count": count});
            let expected: Vec<_> = all.iter().skip(after).take(count).collect();
            let page = chain.get("trace_filter", json!([filter])).await;
            assert_eq!(page, json!(expected), "{after} {count}");
        }
    }
    let blocks = json!([{"fromBlock": "0x2", "toBlock": "0x3"}]);
    let within = |trace: &&Value| matches!(trace["blockNumber"].as_u64(), Some(2 | 3));
    let expected: Vec<_> = all.iter().filter(within).collect();
    assert_eq!(chain.get("trace_filter", blocks).await, json!(expected));
}

#[tokio::test]
async fn addresses_match_together_or_either() {
    for chain in [Chain::with_blocks(), chain()] {
        let all = all(&chain).await;
        let from = |trace: &Value, who: &[Value]| who.contains(&trace["action"]["from"]);
        let to = |trace: &Value, who: &[Value]| {
            let created = trace["result"].get("address").unwrap_or_else(|| &trace["action"]["to"]);
            who.contains(created)
        };
        for (callers, called) in [
            (vec![], vec![]),
            (vec![json!(SENDER)], vec![]),
            (vec![json!(L1_SENDER), json!(root())], vec![]),
            (vec![], vec![json!(leaf()), json!(RECIPIENT)]),
            (vec![json!(root())], vec![json!(leaf())]),
            (vec![json!(SENDER)], vec![json!(store_contract()), json!(RECIPIENT)]),
        ] {
            for mode in ["union", "intersection"] {
                let filter = json!({"fromAddress": callers, "toAddress": called, "mode": mode});
                let found = chain.get("trace_filter", json!([filter])).await;
                let matches = |trace: &&Value| {
                    let by_caller = from(trace, &callers);
                    let by_called = to(trace, &called);
                    match (callers.is_empty(), called.is_empty()) {
                        (true, true) => true,
                        (true, false) => by_called,
                        (false, true) => by_caller,
                        (false, false) if mode == "union" => by_caller || by_called,
                        (false, false) => by_caller && by_called,
                    }
                };
                let expected: Vec<_> = all.iter().filter(matches).collect();
                assert_eq!(found, json!(expected), "{filter}");
            }
        }
    }
}

#[tokio::test]
async fn ranges_are_bounded() {
    let config = EthConfig { max_trace_filter_blocks: 3, ..EthConfig::default() };
    let mut chain = Chain::with_config(config);
    for body in crate::eth::chain::bodies() {
        chain.append(body);
    }
    chain.get("trace_filter", json!([{"fromBlock": "0x4"}])).await;
    for (filter, message) in [
        (json!({"fromBlock": "0x3"}), "block range too large; currently limited to 3 blocks"),
        (json!({}), "block range too large; currently limited to 3 blocks"),
        (
            json!({"fromBlock": "0x3", "toBlock": "0x2"}),
            "invalid parameters: fromBlock cannot be greater than toBlock",
        ),
        (
            json!({"fromBlock": "0x6", "toBlock": "0x7"}),
            "block range extends beyond current head block 6",
        ),
        (json!({"fromBlock": "0x7"}), "block range extends beyond current head block 6"),
    ] {
        let refusal = chain.refused("trace_filter", json!([filter])).await;
        assert_eq!(refusal, (-32602, message.to_owned()), "{filter}");
    }
    for filter in [json!({"from": SENDER}), json!({"mode": "both"}), json!({"count": "many"})] {
        assert_eq!(chain.refused("trace_filter", json!([filter])).await.0, -32602, "{filter}");
    }
}
