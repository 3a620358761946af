//! Balances that a block changed.

use crate::eth::chain::{Chain, hex, l1_message, transfer};
use alloy_primitives::{Address, B256, U256};
use rollup_chainspec::FEE_VAULT;
use serde_json::json;
use std::collections::BTreeMap;

#[tokio::test]
async fn changes_of_a_block_are_the_balances_after_it() {
    let chain = Chain::with_blocks();
    for round in ["in memory", "stored"] {
        for (number, block) in (1_usize..).zip(&chain.blocks) {
            let changed = block.changes.diff().accounts.iter().filter_map(|(address, diff)| {
                let before = diff.before.map(|account| account.balance).unwrap_or_default();
                let after = diff.after.map(|account| account.balance).unwrap_or_default();
                (before != after).then_some((*address, after))
            });
            let expected: BTreeMap<Address, U256> = changed.collect();
            // The empty block changes no balance.
            assert_eq!(expected.contains_key(&FEE_VAULT), number != 4);
            for id in [hex(number), json!(chain.id_of(number).hash)] {
                let found = chain.get("reth_getBalanceChangesInBlock", json!([id])).await;
                let found: BTreeMap<Address, U256> = serde_json::from_value(found).unwrap();
                assert_eq!(found, expected, "block {number}, {round}");
            }
        }
        chain.storage.flush().unwrap();
    }
    let genesis = chain.get("reth_getBalanceChangesInBlock", json!(["earliest"])).await;
    assert_eq!(genesis, json!({}));
    for id in [json!("0x64"), json!(B256::repeat_byte(1))] {
        let (code, _) = chain.refused("reth_getBalanceChangesInBlock", json!([id])).await;
        assert_eq!(code, -32001);
    }
}

#[tokio::test]
async fn an_l1_message_without_value_changes_no_balance() {
    let mut chain = Chain::new();
    chain.append(vec![l1_message(0)]);
    let found = chain.get("reth_getBalanceChangesInBlock", json!(["latest"])).await;
    assert_eq!(found, json!({}));
    chain.append(vec![transfer(0, Address::repeat_byte(3), 1)]);
    let found = chain.get("reth_getBalanceChangesInBlock", json!(["latest"])).await;
    assert_eq!(found.as_object().unwrap().len(), 3);
}
