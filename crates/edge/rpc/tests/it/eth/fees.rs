//! Prices and fee history, against the rules (execution specification 8.3).

use super::{
    call::CONTRACT,
    chain::{
        BASE_FEE_WEI, Chain, FEE_CAP_WEI, RECIPIENT, created, creation, hex, invoke_for, transfer,
    },
    contracts::{LOOP, words},
};
use alloy_consensus::Transaction as _;
use alloy_primitives::{Bytes, U256};
use rollup_consensus::{BaseFeeInputs, next_base_fee};
use serde_json::{Value, json};

/// Gas that the loop below uses about.
const LARGE_GAS: u64 = 6_000_000;

/// A block that has no room for another transaction as large as its largest, with these tips (wei).
fn full_block(chain: &mut Chain, tips: [u128; 3]) {
    chain.append(vec![creation(0, &LOOP)]);
    let count = LARGE_GAS / 40;
    let transactions = (1..).zip(tips).map(|(nonce, tip)| {
        invoke_for(nonce, created(0), words([count]), tip, LARGE_GAS + 1_000_000)
    });
    chain.append(transactions.collect());
    assert!(chain.blocks[1].receipts.iter().all(alloy_consensus::TxReceipt::status));
}

#[tokio::test]
async fn the_least_is_suggested_while_blocks_have_room() {
    let chain = Chain::with_blocks();
    assert_eq!(chain.get("eth_maxPriorityFeePerGas", json!([])).await, hex(100));
    assert_eq!(chain.get("eth_gasPrice", json!([])).await, hex(BASE_FEE_WEI + 100));
    let genesis = Chain::new();
    assert_eq!(genesis.get("eth_maxPriorityFeePerGas", json!([])).await, hex(100));
    assert_eq!(genesis.get("eth_gasPrice", json!([])).await, hex(100));
}

#[tokio::test]
async fn a_tenth_above_the_median_is_suggested_when_a_block_is_full_of_gas() {
    let mut chain = Chain::new();
    full_block(&mut chain, [5_000, 90_000, 1_000]);
    assert_eq!(chain.get("eth_maxPriorityFeePerGas", json!([])).await, hex(5_500));
    assert_eq!(chain.get("eth_gasPrice", json!([])).await, hex(BASE_FEE_WEI + 5_500));
}

#[tokio::test]
async fn the_suggestion_stays_between_least_and_most() {
    let mut chain = Chain::new();
    full_block(&mut chain, [1, 2, 3]);
    assert_eq!(chain.get("eth_maxPriorityFeePerGas", json!([])).await, hex(100));
    let mut chain = Chain::new();
    let gwei = 1_000_000_000;
    full_block(&mut chain, [900 * gwei, 901 * gwei, 902 * gwei]);
    assert_eq!(chain.get("eth_maxPriorityFeePerGas", json!([])).await, hex(500 * gwei));
}

#[tokio::test]
async fn a_block_can_be_full_of_bytes() {
    let mut chain = Chain::new();
    let data = |bytes: usize| Bytes::from(vec![0; bytes]);
    let block = |chain: &mut Chain, bytes| {
        chain.append(vec![
            invoke_for(0, CONTRACT, data(bytes), 700, 3_000_000),
            invoke_for(1, CONTRACT, data(bytes), 800, 3_000_000),
        ]);
    };
    block(&mut chain, 40_000);
    assert_eq!(chain.get("eth_maxPriorityFeePerGas", json!([])).await, hex(100));
    let mut chain = Chain::new();
    block(&mut chain, 41_000);
    assert_eq!(chain.get("eth_maxPriorityFeePerGas", json!([])).await, hex(880));
}

#[tokio::test]
async fn history_has_base_fees_gas_and_the_next_base_fee() {
    let chain = Chain::with_blocks();
    let history = chain.get("eth_feeHistory", json!(["0x4", "latest"])).await;
    assert_eq!(history["oldestBlock"], hex(3));
    let view = chain.storage.view().unwrap();
    let header = |number| view.header(number).unwrap().unwrap();
    let mut base_fees: Vec<_> =
        (3..=6).map(|number| header(number).base_fee_per_gas.unwrap()).collect();
    let spec = chain.evm.chain_spec();
    let next = next_base_fee(spec, &header(6), header(6).timestamp, BaseFeeInputs::default());
    base_fees.push(next.unwrap());
    let base_fees: Vec<_> = base_fees.into_iter().map(hex).collect();
    assert_eq!(history["baseFeePerGas"], Value::Array(base_fees));
    let ratios: Vec<f64> = (3..=6)
        .map(|number| header(number).gas_used as f64 / header(number).gas_limit as f64)
        .collect();
    assert_eq!(history["gasUsedRatio"], json!(ratios));
    assert!(history.get("reward").is_none());

    let older = chain.get("eth_feeHistory", json!([2, "0x3", []])).await;
    assert_eq!(older["oldestBlock"], hex(2));
    let next = hex(header(4).base_fee_per_gas.unwrap());
    assert_eq!(older["baseFeePerGas"][2], next, "that of the block that came");
}

#[tokio::test]
async fn history_begins_with_genesis_at_the_earliest() {
    let chain = Chain::with_blocks();
    let history = chain.get("eth_feeHistory", json!(["0x400", "0x2"])).await;
    assert_eq!(history["oldestBlock"], hex(0));
    assert_eq!(history["gasUsedRatio"].as_array().unwrap().len(), 3);
    let none = chain.get("eth_feeHistory", json!(["0x0", "latest", [50.0]])).await;
    assert_eq!(none["oldestBlock"], hex(0));
    assert_eq!(none["gasUsedRatio"], json!([]));
}

#[tokio::test]
async fn tips_in_history_are_the_suggestion_while_there_is_room() {
    let chain = Chain::with_blocks();
    let history = chain.get("eth_feeHistory", json!(["0x2", "latest", [0, 50, 100.0]])).await;
    let row = [hex(100), hex(100), hex(100)];
    assert_eq!(history["reward"], json!([row, row]));
}

#[tokio::test]
async fn tips_in_history_are_percentiles_of_gas_when_blocks_are_full() {
    let mut chain = Chain::new();
    full_block(&mut chain, [5_000, 90_000, 1_000]);
    let history =
        chain.get("eth_feeHistory", json!(["0x3", "latest", [0, 33, 34, 66, 67, 100]])).await;
    let tip_of_creation =
        chain.blocks[0].block.body().transactions[0].effective_tip_per_gas(BASE_FEE_WEI).unwrap();
    let expected = [[0; 6], [tip_of_creation; 6], [1_000, 1_000, 5_000, 5_000, 90_000, 90_000]];
    let expected = expected.map(|row| row.map(hex));
    assert_eq!(history["reward"], json!(expected));
}

#[tokio::test]
async fn refuses_wrong_percentiles_and_blocks_to_come() {
    let chain = Chain::with_blocks();
    for percentiles in [json!([101]), json!([-1]), json!([60, 50])] {
        let params = json!(["0x1", "latest", percentiles]);
        let refusal = chain.refused("eth_feeHistory", params).await;
        assert_eq!(refusal, (-32602, "invalid reward percentiles".to_owned()), "{percentiles}");
    }
    let refusal = chain.refused("eth_feeHistory", json!(["0x1", "0x7"])).await;
    assert_eq!(refusal, (-32000, "request beyond head block: requested 7, head 6".to_owned()));
    for params in [json!(["0x10000000000000000", "latest"]), json!(["0x1", "newest"])] {
        assert_eq!(chain.refused("eth_feeHistory", params).await.0, -32602);
    }
}

#[tokio::test]
async fn a_legacy_transaction_tips_all_above_the_base_fee() {
    let mut chain = Chain::new();
    chain.append(vec![transfer(0, RECIPIENT, 1)]);
    let tip = chain.blocks[0].block.body().transactions[0].effective_tip_per_gas(BASE_FEE_WEI);
    assert_eq!(tip, Some(FEE_CAP_WEI - u128::from(BASE_FEE_WEI)));
    let receipts = chain.get("eth_getBlockReceipts", json!(["latest"])).await;
    assert_eq!(receipts[0]["effectiveGasPrice"], json!(U256::from(FEE_CAP_WEI)));
}
