//! Estimates of gas, against calls with exactly that limit.

use super::{
    call::{CONTRACT, with_code},
    chain::{Chain, FEE_CAP_WEI, RECIPIENT, SENDER, hex, store_contract},
    contracts::{CLEARER, GAS_CHECK, LOOP, PROXY, STORE, initcode, words},
};
use alloy_primitives::{Address, Bytes, U256};
use proptest::prelude::*;
use serde_json::{Value, json};

async fn estimate(chain: &Chain, request: &Value, overrides: &Value) -> u64 {
    let params = json!([request, "latest", overrides]);
    let answer = chain.get("eth_estimateGas", params).await;
    serde_json::from_value::<U256>(answer).unwrap().to()
}

/// The estimate, after a look that a call succeeds with it and fails with less.
async fn exact_estimate(chain: &Chain, request: Value, overrides: Value) -> u64 {
    let gas = estimate(chain, &request, &overrides).await;
    for (limit, succeeds) in [(gas, true), (gas - 1, false)] {
        let mut request = request.clone();
        request["gas"] = hex(limit);
        let result = chain.ask("eth_call", json!([request, "latest", overrides])).await;
        assert_eq!(result.is_ok(), succeeds, "{limit}: {result:?}");
    }
    gas
}

#[tokio::test]
async fn a_transfer_takes_what_every_transaction_takes() {
    let chain = Chain::new();
    let request = json!({"from": SENDER, "to": RECIPIENT, "value": "0x1"});
    assert_eq!(exact_estimate(&chain, request, json!({})).await, 21_000);
}

#[tokio::test]
async fn data_and_lists_are_counted() {
    let chain = Chain::with_blocks();
    let base = json!({"from": SENDER, "to": RECIPIENT});
    // 10 gas for each of the four parts of a byte, by EIP-7623.
    let mut with_data = base.clone();
    with_data["data"] = json!("0x01");
    assert_eq!(exact_estimate(&chain, with_data, json!({})).await, 21_040);
    let mut with_list = base;
    with_list["accessList"] = json!([{"address": RECIPIENT, "storageKeys": []}]);
    assert_eq!(exact_estimate(&chain, with_list, json!({})).await, 23_400);
}

#[tokio::test]
async fn contracts_creations_and_refunds_get_exactly_enough() {
    let chain = Chain::with_blocks();
    let store = json!({"from": SENDER, "to": store_contract(), "data": words([9, 9])});
    exact_estimate(&chain, store, json!({})).await;
    let create = json!({"from": SENDER, "data": initcode(&STORE)});
    exact_estimate(&chain, create, json!({})).await;
    // What is given back must be there before.
    let slot = json!({alloy_primitives::B256::with_last_byte(1).to_string():
        alloy_primitives::B256::with_last_byte(1)});
    let overrides = json!({CONTRACT.to_string(): {"code": CLEARER, "stateDiff": slot}});
    let clear = json!({"from": SENDER, "to": CONTRACT});
    let gas = exact_estimate(&chain, clear.clone(), overrides.clone()).await;
    assert!(gas > 21_000 + 5_000, "{gas}");
}

#[tokio::test]
async fn a_call_inside_gets_its_part_of_what_is_left() {
    let chain = Chain::new();
    let inner = Address::repeat_byte(0xcc);
    for needed in [10_000_u64, 1_000_000, 10_000_000] {
        let input: Bytes = [inner.into_word(), U256::from(needed).into()].concat().into();
        let overrides = json!({CONTRACT.to_string(): {"code": PROXY},
            inner.to_string(): {"code": GAS_CHECK}});
        let request = json!({"from": SENDER, "to": CONTRACT, "data": input});
        let gas = exact_estimate(&chain, request, overrides).await;
        assert!(gas > needed * 64 / 63, "{gas}");
    }
}

#[test]
fn it_is_the_lowest_limit_that_succeeds() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let chain = runtime.block_on(async { Chain::new() });
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: 24,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let inputs = (prop_oneof![Just(GAS_CHECK), Just(LOOP)], 0_u64..150_000);
    runner
        .run(&inputs, |(code, word)| {
            let request = json!({"from": SENDER, "to": CONTRACT, "data": words([word])});
            runtime.block_on(exact_estimate(&chain, request, with_code(&code)));
            Ok(())
        })
        .unwrap();
}

#[tokio::test]
async fn says_how_much_was_allowed_if_that_is_not_enough() {
    let chain = Chain::with_blocks();
    let endless = json!({"to": CONTRACT, "data": words([u64::MAX])});
    let params = json!([endless, "latest", with_code(&LOOP)]);
    let (code, message) = chain.refused("eth_estimateGas", params).await;
    assert_eq!((code, message.as_str()), (-32000, "gas required exceeds allowance (20000000)"));

    let request = json!({"to": CONTRACT, "data": words([1_000]), "gas": hex(30_000)});
    let params = json!([request, "latest", with_code(&LOOP)]);
    let (_, message) = chain.refused("eth_estimateGas", params).await;
    assert_eq!(message, "gas required exceeds allowance (30000)");
}

#[tokio::test]
async fn a_priced_transaction_gets_no_more_gas_than_its_sender_can_pay() {
    let chain = Chain::with_blocks();
    let sender = Address::repeat_byte(0x55);
    let request = json!({"from": sender, "to": CONTRACT, "data": words([1_000]),
        "gasPrice": U256::from(FEE_CAP_WEI)});
    let with_balance = |wei: U256| {
        let mut overrides = with_code(&LOOP);
        overrides[sender.to_string()] = json!({"balance": wei});
        json!([request, "latest", overrides])
    };
    let rich = U256::from(FEE_CAP_WEI) * U256::from(50_000_000);
    let gas: U256 =
        serde_json::from_value(chain.get("eth_estimateGas", with_balance(rich)).await).unwrap();

    // What it takes for the gas alone is not enough: the L1 data fee comes on top.
    let gas_cost = gas * U256::from(FEE_CAP_WEI);
    let (code, message) = chain.refused("eth_estimateGas", with_balance(gas_cost)).await;
    assert_eq!(code, -32000);
    assert!(message.starts_with("gas required exceeds allowance ("), "{message}");
    let l1_data_fee = U256::from(10).pow(U256::from(15));
    let enough = with_balance(gas_cost + l1_data_fee);
    assert_eq!(chain.get("eth_estimateGas", enough).await, json!(gas));

    let (code, message) = chain.refused("eth_estimateGas", with_balance(U256::ONE)).await;
    assert_eq!(code, -32000);
    assert!(message.starts_with("insufficient funds for l1 fee"), "{message}");
    // Without a price nobody asks for funds.
    let mut free = request.clone();
    free.as_object_mut().unwrap().remove("gasPrice");
    let found = chain.get("eth_estimateGas", json!([free, "latest", with_code(&LOOP)])).await;
    assert_eq!(found, json!(gas));
}
