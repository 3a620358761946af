//! Receipts, against blocks and state.

use super::chain::{Chain, SENDER, created, hex};
use alloy_consensus::{Transaction as _, TxReceipt as _};
use alloy_primitives::{Address, Bloom, U256};
use rollup_chainspec::FEE_VAULT;
use rollup_primitives::ScrollTransactionReceipt;
use serde_json::{Value, json};

async fn receipts(chain: &Chain, number: u64) -> Vec<ScrollTransactionReceipt> {
    let answer = chain.get("eth_getBlockReceipts", json!([hex(number)])).await;
    serde_json::from_value(answer).unwrap()
}

async fn balance(chain: &Chain, address: Address, number: u64) -> U256 {
    let answer = chain.get("eth_getBalance", json!([address, hex(number)])).await;
    serde_json::from_value(answer).unwrap()
}

#[tokio::test]
async fn one_by_one_they_are_those_of_the_block() {
    let chain = Chain::with_blocks();
    for stored in &chain.blocks {
        let hash = stored.block.hash();
        let all = chain.get("eth_getBlockReceipts", json!([hash])).await;
        let by_number = chain.get("eth_getBlockReceipts", json!([hex(stored.block.number)])).await;
        assert_eq!(all, by_number);
        assert_eq!(all.as_array().unwrap().len(), stored.receipts.len());
        for (at, transaction) in stored.block.body().transactions.iter().enumerate() {
            let one = chain.get("eth_getTransactionReceipt", json!([transaction.hash()])).await;
            assert_eq!(one, all[at]);
        }
    }
}

#[tokio::test]
async fn they_sum_up_to_their_block() {
    let chain = Chain::with_blocks();
    for stored in &chain.blocks {
        let (mut gas, mut bloom, mut next_log) = (0, Bloom::ZERO, 0);
        for (at, receipt) in receipts(&chain, stored.block.number).await.into_iter().enumerate() {
            gas += receipt.inner.gas_used;
            let inner = &receipt.inner.inner;
            assert_eq!(inner.receipt.cumulative_gas_used, gas);
            assert_eq!(inner.receipt.success, stored.receipts[at].status());
            assert_eq!(receipt.l1_fee, stored.receipts[at].l1_fee);
            bloom |= inner.logs_bloom;
            for log in &inner.receipt.logs {
                assert_eq!(log.log_index, Some(next_log));
                assert_eq!(log.transaction_index, Some(at as u64));
                assert_eq!(log.transaction_hash, Some(receipt.inner.transaction_hash));
                assert_eq!(log.block_hash, Some(stored.block.hash()));
                assert_eq!(log.block_number, Some(stored.block.number));
                assert_eq!(log.block_timestamp, Some(stored.block.timestamp));
                assert!(!log.removed);
                next_log += 1;
            }
            let logs = inner.receipt.logs.iter().map(|log| log.inner.clone());
            assert!(logs.eq(stored.receipts[at].logs().iter().cloned()));
        }
        assert_eq!(gas, stored.block.gas_used);
        assert_eq!(bloom, stored.block.logs_bloom);
    }
    assert!(chain.blocks[2].receipts.len() == 3 && !chain.blocks[2].block.logs_bloom.is_zero());
}

#[tokio::test]
async fn what_they_say_was_paid_is_what_the_fee_vault_got() {
    let chain = Chain::with_blocks();
    for number in 1..=6 {
        let mut paid = U256::ZERO;
        for receipt in receipts(&chain, number).await {
            let price = U256::from(receipt.inner.effective_gas_price);
            paid += price * U256::from(receipt.inner.gas_used) + receipt.l1_fee;
        }
        let (before, after) = (
            balance(&chain, FEE_VAULT, number - 1).await,
            balance(&chain, FEE_VAULT, number).await,
        );
        assert_eq!(after - before, paid, "block {number}");
    }
    let fees = receipts(&chain, 1).await.into_iter().map(|receipt| receipt.l1_fee.is_zero());
    assert_eq!(fees.collect::<Vec<_>>(), [true, true, false, false]);
}

#[tokio::test]
async fn they_name_sender_recipient_and_created_contract() {
    let chain = Chain::with_blocks();
    for stored in &chain.blocks {
        let all = receipts(&chain, stored.block.number).await;
        for (receipt, expected) in all.iter().zip(stored.block.transactions_recovered()) {
            assert_eq!(receipt.inner.from, expected.signer());
            assert_eq!(receipt.inner.to, expected.to());
            let contract = expected.is_create().then(|| created(expected.nonce()));
            assert_eq!(receipt.inner.contract_address, contract);
        }
    }
    let hash = chain.blocks[0].block.body().transactions[3].hash();
    let creation = chain.get("eth_getTransactionReceipt", json!([hash])).await;
    assert_eq!(creation["to"], Value::Null);
    assert_eq!(creation["contractAddress"], json!(SENDER.create(1)));
    assert_eq!(creation["type"], json!("0x2"));
    assert_eq!(creation["status"], json!("0x1"));
    assert!(creation.get("blobGasUsed").is_none());
}

#[tokio::test]
async fn a_message_costs_nothing_and_a_failure_is_seen() {
    let chain = Chain::with_blocks();
    let block = chain.get("eth_getBlockReceipts", json!([hex(5)])).await;
    assert_eq!(block[0]["type"], json!("0x7e"));
    assert_eq!(block[0]["effectiveGasPrice"], json!("0x0"));
    assert_eq!(block[0]["l1Fee"], json!("0x0"));
    assert_eq!(block[1]["status"], json!("0x0"));
    assert_eq!(block[1]["logs"], json!([]));
    assert_ne!(block[1]["l1Fee"], json!("0x0"));
}
