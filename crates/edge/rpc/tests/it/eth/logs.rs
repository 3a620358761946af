//! Queries for logs, against a naive filter over all receipts.

use super::chain::{Chain, bodies, hex, logger_contract, store_contract};
use alloy_primitives::{Address, B256};
use alloy_rpc_types_eth::Log;
use rollup_rpc::EthConfig;
use serde_json::{Value, json};

/// All logs of a chain, in order.
async fn all_logs(chain: &Chain) -> Vec<Log> {
    let mut logs = Vec::new();
    for block in &chain.blocks {
        let receipts = chain.get("eth_getBlockReceipts", json!([hex(block.block.number)])).await;
        for receipt in receipts.as_array().unwrap() {
            let of_receipt: Vec<Log> = serde_json::from_value(receipt["logs"].clone()).unwrap();
            logs.extend(of_receipt);
        }
    }
    logs
}

async fn query(chain: &Chain, filter: Value) -> Vec<Log> {
    serde_json::from_value(chain.get("eth_getLogs", json!([filter])).await).unwrap()
}

const fn topic(value: u8) -> B256 {
    B256::with_last_byte(value)
}

#[tokio::test]
async fn filters_give_what_a_look_at_every_log_gives() {
    let chain = Chain::with_blocks();
    let all = all_logs(&chain).await;
    assert_eq!(all.len(), 6);
    let nobody = Address::repeat_byte(0x77);
    let sets: [(Value, Vec<B256>); 6] = [
        (Value::Null, vec![]),
        (json!(topic(7)), vec![topic(7)]),
        (json!([topic(7), topic(5)]), vec![topic(7), topic(5)]),
        (json!([]), vec![]),
        (json!(topic(9)), vec![topic(9)]),
        (json!(topic(99)), vec![topic(99)]),
    ];
    let addresses: [(Value, Vec<Address>); 4] = [
        (Value::Null, vec![]),
        (json!(logger_contract()), vec![logger_contract()]),
        (json!([nobody, logger_contract()]), vec![nobody, logger_contract()]),
        (json!([store_contract()]), vec![store_contract()]),
    ];
    let matches = |wanted: &[B256], log: &Log, at: usize| {
        wanted.is_empty() || log.topics().get(at).is_some_and(|topic| wanted.contains(topic))
    };
    for (first, first_set) in &sets {
        for (second, second_set) in &sets {
            for (address, address_set) in &addresses {
                for (from, to) in [(0_u64, 6_u64), (3, 3), (4, 6), (1, 2)] {
                    let filter = json!({"fromBlock": hex(from), "toBlock": hex(to),
                        "address": address, "topics": [first, second]});
                    let expected: Vec<_> = all
                        .iter()
                        .filter(|log| (from..=to).contains(&log.block_number.unwrap()))
                        .filter(|log| {
                            address_set.is_empty() || address_set.contains(&log.address())
                        })
                        .filter(|log| matches(first_set, log, 0) && matches(second_set, log, 1))
                        .cloned()
                        .collect();
                    assert_eq!(query(&chain, filter.clone()).await, expected, "{filter}");
                }
            }
        }
    }
}

#[tokio::test]
async fn ranges_can_be_named_in_every_way() {
    let chain = Chain::with_blocks();
    let all = all_logs(&chain).await;
    let of = |number: u64| {
        all.iter().filter(move |log| log.block_number == Some(number)).cloned().collect::<Vec<_>>()
    };
    assert_eq!(query(&chain, json!({"blockHash": chain.id_of(3).hash})).await, of(3));
    assert_eq!(query(&chain, json!({"fromBlock": "earliest"})).await, all);
    assert_eq!(query(&chain, json!({"fromBlock": "0x5", "toBlock": "latest"})).await, of(5));
    assert_eq!(query(&chain, json!({})).await, of(6));
    assert_eq!(query(&chain, json!({"fromBlock": "safe", "toBlock": "pending"})).await, all);
}

#[tokio::test]
async fn refuses_ranges_that_are_none() {
    let chain = Chain::with_blocks();
    let unknown = B256::repeat_byte(9);
    for (filter, code, message) in [
        (
            json!({"fromBlock": "0x3", "toBlock": "0x2"}),
            -32602,
            "invalid block range params".to_owned(),
        ),
        (
            json!({"fromBlock": "0x3", "toBlock": "0x7"}),
            -32602,
            "block range extends beyond current head block".to_owned(),
        ),
        (
            json!({"fromBlock": "0x7"}),
            -32602,
            "block range extends beyond current head block".to_owned(),
        ),
        (json!({"blockHash": unknown}), -32001, format!("block not found: hash {unknown}")),
    ] {
        let refusal = chain.refused("eth_getLogs", json!([filter])).await;
        assert_eq!(refusal, (code, message), "{filter}");
    }
    for filter in [
        json!({"blockHash": unknown, "fromBlock": "0x1"}),
        json!({"topics": [null, null, null, null, null]}),
        json!({"address": "0x12"}),
        json!({"fromBlock": "0x10000000000000000"}),
        json!("latest"),
    ] {
        let (code, _) = chain.refused("eth_getLogs", json!([filter])).await;
        assert_eq!(code, -32602, "{filter}");
    }
}

#[tokio::test]
async fn says_which_range_would_do_if_it_is_too_much() {
    let config =
        EthConfig { max_blocks_per_filter: 6, max_logs_per_response: 4, ..EthConfig::default() };
    let mut chain = Chain::with_config(config);
    for body in bodies() {
        chain.append(body);
    }
    let refusal = chain.refused("eth_getLogs", json!([{"fromBlock": "0x0"}])).await;
    assert_eq!(refusal, (-32602, "query exceeds max block range 6".to_owned()));
    let refusal = chain.refused("eth_getLogs", json!([{"fromBlock": "0x1"}])).await;
    assert_eq!(
        refusal,
        (-32602, "query exceeds max results 4, retry with the range 1-4".to_owned())
    );
    assert_eq!(query(&chain, json!({"fromBlock": "0x1", "toBlock": "0x4"})).await.len(), 4);
}
