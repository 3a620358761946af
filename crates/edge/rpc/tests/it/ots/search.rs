//! Transactions of an account.

use super::{chain, pruned_chain};
use crate::eth::chain::{
    Chain, L1_SENDER, OTHER_SENDER, RECIPIENT, SENDER, hex, l1_message, store_contract, transfer,
};
use alloy_primitives::Address;
use rollup_chainspec::FEE_VAULT;
use rollup_rpc::EthConfig;
use serde_json::{Value, json};

const BEFORE: &str = "ots_searchTransactionsBefore";
const AFTER: &str = "ots_searchTransactionsAfter";

/// Transactions that are from an account, to it, or create or call it, newest first. All those of
/// the chain under test change what they call.
async fn expected(chain: &Chain, address: Address) -> Vec<Value> {
    let mut found = Vec::new();
    for number in (1..=chain.blocks.len()).rev() {
        let block = chain.get("eth_getBlockByNumber", json!([hex(number), true])).await;
        for transaction in block["transactions"].as_array().unwrap().iter().rev() {
            let traces = chain.get("trace_transaction", json!([transaction["hash"]])).await;
            let address = json!(address);
            let appears = traces.as_array().unwrap().iter().any(|trace| {
                let (action, result) = (&trace["action"], &trace["result"]);
                action["from"] == address || action["to"] == address || result["address"] == address
            });
            if appears {
                found.push(transaction.clone());
            }
        }
    }
    found
}

/// All pages one after the other, from one end of the chain to the other.
async fn pages(chain: &Chain, method: &str, address: Address, size: usize) -> Vec<Vec<Value>> {
    let (mut pages, mut from) = (Vec::new(), json!(0));
    loop {
        let page = chain.get(method, json!([address, from, size])).await;
        let transactions = page["txs"].as_array().unwrap().clone();
        for (transaction, receipt) in transactions.iter().zip(page["receipts"].as_array().unwrap())
        {
            assert_eq!(transaction["hash"], receipt["transactionHash"]);
        }
        let is_first = pages.is_empty();
        let (end, begin) =
            if method == BEFORE { ("lastPage", "firstPage") } else { ("firstPage", "lastPage") };
        assert_eq!(page[begin], json!(is_first));
        let next = if method == BEFORE { transactions.last() } else { transactions.first() };
        let next = next.map(|transaction| transaction["blockNumber"].clone());
        pages.push(transactions);
        if page[end] == json!(true) {
            return pages;
        }
        let next = next.unwrap();
        from = json!(
            u64::from_str_radix(next.as_str().unwrap().trim_start_matches("0x"), 16).unwrap()
        );
    }
}

#[tokio::test]
async fn pages_from_either_end_are_all_transactions() {
    let chain = chain();
    for round in ["in memory", "stored"] {
        for address in [SENDER, OTHER_SENDER, RECIPIENT, L1_SENDER, store_contract()] {
            let expected = expected(&chain, address).await;
            assert!(!expected.is_empty());
            for size in [1, 2, 25] {
                let down = pages(&chain, BEFORE, address, size).await;
                assert_eq!(down.concat(), expected, "{address} {size} {round}");
                let mut up = pages(&chain, AFTER, address, size).await;
                up.reverse();
                assert_eq!(up.concat(), expected, "{address} {size} {round}");
                assert!(size > 2 || down.len() > 1);
            }
        }
        chain.storage.flush().unwrap();
    }
}

#[tokio::test]
async fn an_account_that_was_never_changed_has_one_empty_page() {
    let chain = chain();
    let empty = json!({"txs": [], "receipts": [], "firstPage": true, "lastPage": true});
    for method in [BEFORE, AFTER] {
        let page = chain.get(method, json!([Address::repeat_byte(0x77), 0, 5])).await;
        assert_eq!(page, empty);
        // It is paid by all transactions, and appears in none.
        assert_eq!(chain.get(method, json!([FEE_VAULT, 0, 5])).await, empty);
    }
}

#[tokio::test]
async fn searches_end_at_the_block_that_is_named() {
    let chain = chain();
    let all = expected(&chain, RECIPIENT).await;
    let number = |tx: &Value| {
        u64::from_str_radix(tx["blockNumber"].as_str().unwrap().trim_start_matches("0x"), 16)
            .unwrap()
    };
    for block in 1..=9 {
        let page = chain.get(BEFORE, json!([RECIPIENT, block, 25])).await;
        let below: Vec<_> = all.iter().filter(|tx| number(tx) < block).collect();
        assert_eq!(page["txs"], json!(below), "below {block}");
        assert_eq!((&page["firstPage"], &page["lastPage"]), (&json!(block > 8), &json!(true)));
        let page = chain.get(AFTER, json!([RECIPIENT, block, 25])).await;
        let above: Vec<_> = all.iter().filter(|tx| number(tx) > block).collect();
        assert_eq!(page["txs"], json!(above), "above {block}");
        assert_eq!((&page["firstPage"], &page["lastPage"]), (&json!(true), &json!(false)));
    }
}

#[tokio::test]
async fn searches_are_bounded() {
    let chain = chain();
    for size in [0, 26] {
        let refusal = chain.refused(BEFORE, json!([SENDER, 0, size])).await;
        assert_eq!(refusal, (-32602, "page size must be between 1 and 25".to_owned()));
    }
}

#[tokio::test]
async fn a_search_that_executes_too_many_blocks_is_refused() {
    let config = EthConfig { max_searched_blocks: 3, ..EthConfig::default() };
    let mut chain = Chain::with_config(config);
    // Each pays the vault, which then appears in none of them.
    for nonce in 0..4 {
        chain.append(vec![transfer(nonce, RECIPIENT, 1)]);
    }
    let (code, message) = chain.refused(BEFORE, json!([FEE_VAULT, 0, 5])).await;
    assert_eq!(code, -32005);
    assert!(message.contains("none of the 3 blocks nearest to 0"), "{message}");
    let page = chain.get(BEFORE, json!([FEE_VAULT, 4, 5])).await;
    assert_eq!((&page["txs"], &page["lastPage"]), (&json!([]), &json!(true)));
    // With something found the page ends early.
    let page = chain.get(BEFORE, json!([RECIPIENT, 0, 25])).await;
    assert_eq!(page["txs"].as_array().unwrap().len(), 3);
    assert_eq!(page["lastPage"], json!(false));
}

#[tokio::test]
async fn what_is_pruned_is_not_said_to_be_the_end() {
    let chain = pruned_chain();
    // Blocks 6 to 8 are known.
    let page = chain.get(BEFORE, json!([OTHER_SENDER, 0, 25])).await;
    assert_eq!(page["txs"].as_array().unwrap().len(), 4);
    assert_eq!(page["lastPage"], json!(false));
    for (method, block) in [(BEFORE, 7), (AFTER, 0), (AFTER, 4)] {
        let (code, message) = chain.refused(method, json!([OTHER_SENDER, block, 25])).await;
        assert_eq!(code, 4444, "{method} {block}");
        assert!(message.starts_with("pruned history unavailable"), "{message}");
    }
    let page = chain.get(AFTER, json!([OTHER_SENDER, 5, 25])).await;
    assert_eq!(page["txs"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn a_message_that_only_calls_is_found_by_its_sender() {
    let mut chain = Chain::new();
    chain.append(vec![l1_message(0)]);
    let page = chain.get(BEFORE, json!([L1_SENDER, 0, 25])).await;
    assert_eq!(page["txs"][0]["type"], json!("0x7e"));
}
