//! Filters: what a client is given when it asks now and then.

use super::{
    chain::{Chain, bodies, hex, invoke, logger_contract, transfer},
    contracts::words,
};
use alloy_eips::Encodable2718 as _;
use alloy_primitives::{Address, B256, Bytes, hex as to_hex};
use rollup_primitives::ScrollTxEnvelope;
use rollup_rpc::{EthConfig, FeedLimits};
use serde_json::{Value, json};
use std::time::Duration;

const NOT_FOUND: (i64, &str) = (-32000, "filter not found");

async fn install(chain: &Chain, method: &str, params: Value) -> Value {
    chain.get(method, params).await
}

async fn changes(chain: &Chain, id: &Value) -> Vec<Value> {
    let changes = chain.get("eth_getFilterChanges", json!([id])).await;
    changes.as_array().unwrap().clone()
}

async fn is_gone(chain: &Chain, id: &Value) -> bool {
    let (code, message) = chain.refused("eth_getFilterChanges", json!([id])).await;
    (code, message.as_str()) == NOT_FOUND
}

/// A block with two logs, of two transactions.
fn logs(nonce: u64) -> Vec<ScrollTxEnvelope> {
    let log = invoke(nonce, logger_contract(), words([nonce, 8]));
    vec![log, transfer(nonce + 1, Address::repeat_byte(1), nonce)]
}

/// A chain whose next transaction of the sender has this nonce.
fn chain_with(config: EthConfig) -> (Chain, u64) {
    let mut chain = Chain::with_config(config);
    for body in bodies() {
        chain.append(body);
    }
    (chain, 15)
}

fn hashes(chain: &Chain, from: usize) -> Vec<Value> {
    (from..=chain.blocks.len()).map(|number| json!(chain.id_of(number).hash)).collect()
}

async fn all_logs(chain: &Chain) -> Vec<Value> {
    let filter = json!([{ "fromBlock": "earliest", "address": logger_contract() }]);
    chain.get("eth_getLogs", filter).await.as_array().unwrap().clone()
}

#[tokio::test]
async fn a_block_filter_gives_every_block_once_and_those_of_a_new_branch() {
    let mut chain = Chain::with_blocks();
    let id = install(&chain, "eth_newBlockFilter", json!([])).await;
    let other = install(&chain, "eth_newBlockFilter", json!([])).await;
    assert_ne!(id, other);
    assert_eq!(changes(&chain, &id).await, Vec::<Value>::new());
    chain.append(vec![]);
    chain.append(logs(15));
    assert_eq!(changes(&chain, &id).await, hashes(&chain, 7));
    assert_eq!(changes(&chain, &id).await, Vec::<Value>::new());

    chain.reorg(2, vec![logs(15), vec![], vec![]]);
    assert_eq!(changes(&chain, &id).await, hashes(&chain, 7));
    // Who has not asked in between is only given what is there.
    assert_eq!(changes(&chain, &other).await, hashes(&chain, 7));
    // Blocks leave, and none joins.
    chain.reorg(1, vec![]);
    assert_eq!(changes(&chain, &id).await, Vec::<Value>::new());
    chain.append(logs(17));
    assert_eq!(changes(&chain, &id).await, hashes(&chain, 9));
}

#[tokio::test]
async fn a_log_filter_takes_back_what_has_left_the_chain_the_last_one_first() {
    let mut chain = Chain::with_blocks();
    let filter = json!([{ "address": logger_contract() }]);
    let id = install(&chain, "eth_newFilter", filter).await;
    chain.append(logs(15));
    chain.append(logs(17));
    let given = changes(&chain, &id).await;
    assert_eq!(given.len(), 4);
    assert!(given.iter().all(|log| log["removed"] == false));

    chain.reorg(2, vec![vec![transfer(15, Address::repeat_byte(1), 1)], logs(16)]);
    let next = changes(&chain, &id).await;
    let (removed, added) = next.split_at(4);
    let mut expected = given;
    expected.reverse();
    for log in &mut expected {
        log["removed"] = json!(true);
    }
    assert_eq!(removed, expected);
    assert_eq!(added, &all_logs(&chain).await[6..]);
    assert_eq!(added.len(), 2);
}

#[tokio::test]
async fn the_changes_of_a_log_filter_add_up_to_the_logs_of_the_chain() {
    let (mut chain, mut nonce) = chain_with(EthConfig::default());
    let mut known = all_logs(&chain).await;
    let id = install(&chain, "eth_newFilter", json!([{ "address": logger_contract() }])).await;
    // How many blocks leave, and how many join.
    let steps = [(0, 1), (0, 3), (2, 1), (1, 0), (2, 4), (0, 0), (4, 4), (1, 1), (1, 2), (0, 1)];
    for (step, (leave, join)) in steps.into_iter().enumerate() {
        nonce -= 2 * leave as u64;
        let mut blocks = Vec::new();
        for _ in 0..join {
            // Other blocks than before: the second transaction differs.
            let mut block = logs(nonce);
            block[1] = invoke(nonce + 1, logger_contract(), words([1, step as u64]));
            blocks.push(block);
            nonce += 2;
        }
        chain.reorg(leave, blocks);
        // Sometimes the client does not ask.
        if step % 3 == 1 {
            continue;
        }
        for mut log in changes(&chain, &id).await {
            if log["removed"] == true {
                log["removed"] = json!(false);
                assert_eq!(known.pop(), Some(log), "step {step}");
            } else {
                known.push(log);
            }
        }
        assert_eq!(known, all_logs(&chain).await, "step {step}");
    }
}

#[tokio::test]
async fn what_is_too_much_for_one_answer_is_in_the_next() {
    let config =
        EthConfig { max_logs_per_response: 3, max_blocks_per_filter: 5, ..EthConfig::default() };
    let (mut chain, mut nonce) = chain_with(config);
    let id = install(&chain, "eth_newFilter", json!([{ "address": logger_contract() }])).await;
    let blocks = install(&chain, "eth_newBlockFilter", json!([])).await;
    let mut expected = Vec::new();
    for _ in 0..12 {
        chain.append(logs(nonce));
        nonce += 2;
        let number = hex(chain.blocks.len());
        let of_block = json!([{ "fromBlock": number, "toBlock": number }]);
        let given = chain.get("eth_getLogs", of_block).await;
        expected.extend(given.as_array().unwrap().clone());
    }
    let mut given = Vec::new();
    for _ in 0..6 {
        // Whole blocks: two of two logs each.
        let portion = changes(&chain, &id).await;
        assert_eq!(portion.len(), 4);
        given.extend(portion);
    }
    assert_eq!(given, expected);
    assert_eq!(changes(&chain, &id).await.len(), 0);

    let all: Vec<_> = hashes(&chain, 7);
    for portion in all.chunks(5) {
        assert_eq!(changes(&chain, &blocks).await, portion);
    }
}

#[tokio::test]
async fn blocks_that_are_named_limit_a_log_filter() {
    let mut chain = Chain::with_blocks();
    let install = async |filter: Value| install(&chain, "eth_newFilter", json!([filter])).await;
    let from = install(json!({ "fromBlock": "0x8" })).await;
    let to = install(json!({ "fromBlock": "0x0", "toBlock": "0x7" })).await;
    let latest = install(json!({ "fromBlock": "latest", "toBlock": "latest" })).await;
    let nobody = install(json!({ "topics": [B256::repeat_byte(9)] })).await;
    let block = install(json!({ "blockHash": chain.id_of(3).hash })).await;
    for nonce in [15, 17] {
        chain.append(logs(nonce));
    }
    assert_eq!(changes(&chain, &from).await, all_logs(&chain).await[8..]);
    assert_eq!(changes(&chain, &to).await, all_logs(&chain).await[6..8]);
    assert_eq!(changes(&chain, &latest).await, all_logs(&chain).await[6..]);
    assert_eq!(changes(&chain, &nobody).await.len(), 0);
    assert_eq!(changes(&chain, &block).await.len(), 0);

    // All that there are, also before the filter.
    let up_to = chain.get("eth_getFilterLogs", json!([to])).await;
    let asked = json!([{ "fromBlock": "0x0", "toBlock": "0x7" }]);
    assert_eq!(up_to, chain.get("eth_getLogs", asked).await);
    assert_eq!(chain.get("eth_getFilterLogs", json!([block])).await.as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn pending_transactions_are_given_as_they_are_or_by_hash() {
    let chain = Chain::new();
    let method = "eth_newPendingTransactionFilter";
    let by_hash = install(&chain, method, json!([])).await;
    let full = install(&chain, method, json!([true])).await;
    let mut hashes = Vec::new();
    for nonce in 0..3 {
        let transaction = transfer(nonce, Address::repeat_byte(1), 1);
        let raw: Bytes = transaction.encoded_2718().into();
        hashes.push(chain.get("eth_sendRawTransaction", json!([raw])).await);
    }
    // A gap: it waits for another one.
    let later = transfer(5, Address::repeat_byte(1), 1).encoded_2718();
    chain.get("eth_sendRawTransaction", json!([to_hex::encode_prefixed(later)])).await;
    let mut chain = chain;
    // Runs the pool's news into the filters.
    let mut heard = chain.subscribe(json!(["newPendingTransactions"]), 16).await;
    let last = transfer(3, Address::repeat_byte(1), 1);
    let raw: Bytes = last.encoded_2718().into();
    hashes = vec![chain.get("eth_sendRawTransaction", json!([raw])).await];
    assert_eq!(heard.next().await, hashes[0]);

    assert_eq!(changes(&chain, &by_hash).await, hashes);
    assert_eq!(changes(&chain, &by_hash).await.len(), 0);
    let given = changes(&chain, &full).await;
    let pooled = chain.get("eth_getTransactionByHash", json!([hashes[0]])).await;
    assert_eq!(given, [pooled]);
}

#[tokio::test]
async fn a_filter_of_transactions_that_has_missed_some_is_gone() {
    let unread = FeedLimits { items: 2, bytes: 1 << 20 };
    let mut chain = Chain::with_config(EthConfig { unread, ..EthConfig::default() });
    let mut heard = chain.subscribe(json!(["newPendingTransactions"]), 16).await;
    let id = install(&chain, "eth_newPendingTransactionFilter", json!([])).await;
    for nonce in 0..3 {
        let raw: Bytes = transfer(nonce, Address::repeat_byte(1), 1).encoded_2718().into();
        chain.get("eth_sendRawTransaction", json!([raw])).await;
        heard.next().await;
    }
    assert!(is_gone(&chain, &id).await);
    assert_eq!(chain.get("eth_uninstallFilter", json!([id])).await, json!(false));
}

#[tokio::test]
async fn a_filter_whose_blocks_are_no_longer_known_is_gone() {
    let mut chain = Chain::with_blocks();
    let blocks = install(&chain, "eth_newBlockFilter", json!([])).await;
    let logs = install(&chain, "eth_newFilter", json!([{}])).await;
    chain.lose_block();
    chain.append(vec![]);
    assert!(is_gone(&chain, &blocks).await);
    assert!(is_gone(&chain, &logs).await);
    assert_eq!(chain.get("eth_uninstallFilter", json!([blocks])).await, json!(false));
}

#[tokio::test]
async fn filters_are_there_until_they_are_removed_or_nobody_asks() {
    let lifetime = Duration::from_secs(300);
    let mut chain = Chain::with_blocks();
    let [removed, asked, forgotten] = [(); 3].map(|()| "eth_newBlockFilter");
    let removed = install(&chain, removed, json!([])).await;
    let asked = install(&chain, asked, json!([])).await;
    let forgotten = install(&chain, forgotten, json!([])).await;
    assert_eq!(chain.get("eth_uninstallFilter", json!([removed])).await, json!(true));
    assert_eq!(chain.get("eth_uninstallFilter", json!([removed])).await, json!(false));
    assert!(is_gone(&chain, &removed).await);
    assert!(is_gone(&chain, &json!("0x1")).await);
    let not_of_logs = chain.refused("eth_getFilterLogs", json!([asked])).await;
    assert_eq!(not_of_logs, (NOT_FOUND.0, NOT_FOUND.1.to_owned()));
    assert_eq!(chain.refused("eth_getFilterChanges", json!(["x"])).await.0, -32602);

    chain.append(vec![]);
    chain.clock.advance(lifetime - Duration::from_secs(1));
    assert_eq!(changes(&chain, &asked).await, hashes(&chain, 7));
    chain.clock.advance(Duration::from_secs(1));
    assert!(is_gone(&chain, &forgotten).await);
    assert_eq!(changes(&chain, &asked).await.len(), 0);
}

#[tokio::test]
async fn there_are_no_more_filters_than_may_be() {
    let config = EthConfig { max_filters: 2, ..EthConfig::default() };
    let lifetime = config.filter_lifetime;
    let chain = Chain::with_config(config);
    let first = install(&chain, "eth_newBlockFilter", json!([])).await;
    install(&chain, "eth_newFilter", json!([{}])).await;
    for (method, params) in [
        ("eth_newBlockFilter", json!([])),
        ("eth_newFilter", json!([{}])),
        ("eth_newPendingTransactionFilter", json!([])),
    ] {
        let refused = chain.refused(method, params).await;
        assert_eq!(refused, (-32005, "too many filters (max 2)".to_owned()));
    }
    chain.get("eth_uninstallFilter", json!([first])).await;
    install(&chain, "eth_newBlockFilter", json!([])).await;
    chain.clock.advance(lifetime);
    install(&chain, "eth_newBlockFilter", json!([])).await;
    install(&chain, "eth_newBlockFilter", json!([])).await;
}
