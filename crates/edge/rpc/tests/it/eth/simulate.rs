//! Simulated blocks and bundles of calls.

use super::{
    call::CONTRACT,
    chain::{CHAIN_ID, Chain, RECIPIENT, SENDER, created, hex, logger_contract, store_contract},
    contracts::{ENVIRONMENT, LOOP, PROXY, READER, words},
};
use alloy_eips::eip2935::{HISTORY_STORAGE_ADDRESS, HISTORY_STORAGE_CODE};
use alloy_primitives::{Address, B256, Bytes, U256, address, b256};
use rollup_rpc::EthConfig;
use serde_json::{Value, json};

/// Where the logs of transfers come from.
const TRANSFERS: Address = address!("eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee");
const TRANSFER: B256 = b256!("ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef");
const POOR: Address = Address::repeat_byte(0x66);

async fn simulate(chain: &Chain, blocks: Value) -> Vec<Value> {
    with_options(chain, blocks, json!({})).await
}

async fn with_options(chain: &Chain, blocks: Value, options: Value) -> Vec<Value> {
    let answer = chain.get("eth_simulateV1", json!([payload(blocks, options), "latest"])).await;
    serde_json::from_value(answer).unwrap()
}

async fn refusal(chain: &Chain, blocks: Value, options: Value) -> (i64, String) {
    chain.refused("eth_simulateV1", json!([payload(blocks, options), "latest"])).await
}

fn payload(blocks: Value, mut options: Value) -> Value {
    options["blockStateCalls"] = blocks;
    options
}

fn word(answer: &Value) -> U256 {
    let bytes: Bytes = serde_json::from_value(answer.clone()).unwrap();
    U256::from_be_slice(&bytes[..32])
}

#[tokio::test]
async fn each_call_sees_what_those_before_it_did() {
    let chain = Chain::with_blocks();
    let store =
        |slot, value| json!({"from": SENDER, "to": store_contract(), "data": words([slot, value])});
    let read = json!({"from": SENDER, "to": CONTRACT});
    let reader = json!({store_contract().to_string(): {"code": READER}});
    let blocks = simulate(
        &chain,
        json!([
            {"calls": [store(1, 100), store(2, 11)]},
            {"stateOverrides": reader, "calls": [{"to": store_contract()}]},
            {"stateOverrides": {CONTRACT.to_string(): {"code": READER, "stateDiff": {B256::with_last_byte(2).to_string(): B256::with_last_byte(9)}}}, "calls": [read]},
        ]),
    )
    .await;
    assert_eq!(blocks.len(), 3);
    assert_eq!(word(&blocks[1]["calls"][0]["returnData"]), U256::from(111));
    assert_eq!(word(&blocks[2]["calls"][0]["returnData"]), U256::from(9));
    // Nothing of it is kept.
    let slot = chain.get("eth_getStorageAt", json!([store_contract(), "0x1"])).await;
    assert_eq!(slot, json!(B256::ZERO));
}

#[tokio::test]
async fn blocks_are_a_chain() {
    let chain = Chain::with_blocks();
    let call = json!({"from": SENDER, "to": logger_contract(), "data": words([1, 2])});
    let blocks = simulate(
        &chain,
        json!([
            {"calls": [call, call]},
            {"blockOverrides": {"number": "0xa", "time": "0xfffffff0", "gasLimit": "0x1e8480", "feeRecipient": POOR}, "calls": [call]},
        ]),
    )
    .await;
    let head = chain.id_of(6);
    let mut parent = json!(head.hash);
    for (block, number) in blocks.iter().zip(7_u64..) {
        assert_eq!(block["number"], hex(number));
        assert_eq!(block["parentHash"], parent);
        parent = block["hash"].clone();
    }
    assert_eq!(blocks.len(), 4, "the numbers that are left out are blocks");
    assert_eq!(blocks[3]["timestamp"], json!("0xfffffff0"));
    assert_eq!(blocks[3]["gasLimit"], json!("0x1e8480"));
    assert_eq!(blocks[3]["miner"], json!(POOR));
    assert_eq!(blocks[0]["baseFeePerGas"], hex(0));
    let transactions = blocks[0]["transactions"].as_array().unwrap();
    assert_eq!(transactions.len(), 2);
    assert_ne!(transactions[0], transactions[1], "each has the next nonce");
    // Logs are counted by block, and know where they are.
    let logs: Vec<&Value> = blocks[0]["calls"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|call| call["logs"].as_array().unwrap())
        .collect();
    for (index, log) in logs.iter().enumerate() {
        assert_eq!(log["logIndex"], hex(index));
        assert_eq!(log["blockHash"], blocks[0]["hash"]);
        assert_eq!(log["transactionHash"], transactions[index / 2]);
    }
    assert_eq!(logs.len(), 4);
    let gas: u64 = 2 * u64::from_str_radix(
        blocks[0]["calls"][0]["gasUsed"].as_str().unwrap().trim_start_matches("0x"),
        16,
    )
    .unwrap();
    assert_eq!(blocks[0]["gasUsed"], hex(gas));
}

#[tokio::test]
async fn blocks_have_full_transactions_if_asked_for() {
    let chain = Chain::with_blocks();
    let blocks = json!([{"calls": [{"from": SENDER, "to": RECIPIENT, "value": "0x1"}]}]);
    let blocks = with_options(&chain, blocks, json!({"returnFullTransactions": true})).await;
    let transaction = &blocks[0]["transactions"][0];
    assert_eq!(transaction["from"], json!(SENDER));
    assert_eq!(transaction["nonce"], hex(15));
    assert_eq!(transaction["type"], json!("0x2"));
    assert_eq!(transaction["chainId"], hex(CHAIN_ID));
    assert_eq!(transaction["blockHash"], blocks[0]["hash"]);
}

#[tokio::test]
async fn a_block_knows_its_environment_and_its_forebears() {
    let chain = Chain::with_blocks();
    // The hash of the block before.
    let blockhash: Bytes = "0x60014303405f5260205ff3".parse().unwrap();
    let code = json!({CONTRACT.to_string(): {"code": blockhash}, POOR.to_string(): {"code": ENVIRONMENT},
        HISTORY_STORAGE_ADDRESS.to_string(): {"code": HISTORY_STORAGE_CODE}});
    let calls = json!([{"to": CONTRACT}, {"to": POOR}]);
    let blocks =
        simulate(&chain, json!([{"stateOverrides": code, "calls": calls}, {"calls": calls}])).await;
    for block in &blocks {
        let hash = &block["calls"][0]["returnData"];
        assert_eq!(hash, &block["parentHash"]);
        assert_eq!(json!(word(&block["calls"][1]["returnData"])), block["number"]);
    }
}

#[tokio::test]
async fn transfers_are_logs_if_asked_for() {
    let chain = Chain::with_blocks();
    let proxied: Bytes = [logger_contract().into_word(), B256::with_last_byte(5)].concat().into();
    // Calls a contract with a wei, and does not mind if that fails.
    let careless: Bytes = "0x5f5f5f5f60015f355af15000".parse().unwrap();
    let fails = created(3).into_word();
    let blocks = json!([{
        "stateOverrides": {CONTRACT.to_string(): {"code": PROXY}, SENDER.to_string(): {"code": "0x"}, POOR.to_string(): {"code": careless}},
        "calls": [
            {"from": SENDER, "to": RECIPIENT, "value": "0x7"},
            {"from": SENDER, "to": CONTRACT, "value": "0x8", "data": proxied},
            {"from": SENDER, "to": POOR, "value": "0x9", "data": fails},
        ],
    }]);
    let traced = with_options(&chain, blocks.clone(), json!({"traceTransfers": true})).await;
    let plain = simulate(&chain, blocks).await;
    let logs =
        |block: &Value, call: usize| block["calls"][call]["logs"].as_array().unwrap().clone();
    let own = logs(&traced[0], 0);
    assert_eq!(own.len(), 1);
    assert_eq!(own[0]["address"], json!(TRANSFERS));
    let topics = json!([TRANSFER, SENDER.into_word(), RECIPIENT.into_word()]);
    assert_eq!(own[0]["topics"], topics);
    assert_eq!(own[0]["data"], json!(B256::with_last_byte(7)));
    assert_eq!(logs(&plain[0], 0), Vec::<Value>::new());
    let (with, without) = (logs(&traced[0], 1), logs(&plain[0], 1));
    assert_eq!(with.len(), without.len() + 1);
    assert_eq!(with[0]["address"], json!(TRANSFERS), "the transfer is first");
    assert_eq!(with[1]["address"], json!(logger_contract()));
    assert_eq!(traced[0]["calls"][2]["status"], hex(1));
    let outer = logs(&traced[0], 2);
    assert_eq!(outer.len(), 1, "what is reverted leaves no log");
    assert_eq!(outer[0]["data"], json!(B256::with_last_byte(9)));
    assert_eq!(traced[0]["logsBloom"], plain[0]["logsBloom"], "they are no logs of the block");
}

#[tokio::test]
async fn calls_that_fail_say_how() {
    let chain = Chain::with_blocks();
    let blocks = simulate(
        &chain,
        json!([{
            "stateOverrides": {CONTRACT.to_string(): {"code": LOOP}, POOR.to_string(): {"code": "0xfe"}},
            "calls": [
                {"to": created(3), "data": "0x01020304"},
                {"to": CONTRACT, "data": words([1 << 40]), "gas": "0x7530"},
                {"to": POOR, "gas": "0x7530"},
                {"to": RECIPIENT},
            ],
        }]),
    )
    .await;
    let calls = &blocks[0]["calls"];
    let reverted = json!({"code": 3, "message": "execution reverted", "data": "0x01020304"});
    assert_eq!(calls[0]["error"], reverted);
    assert_eq!((&calls[0]["status"], &calls[0]["returnData"]), (&hex(0), &json!("0x")));
    assert_eq!(calls[1]["error"]["code"], json!(-32015));
    assert_eq!(calls[1]["error"]["message"], json!("out of gas: gas required exceeds: 30000"));
    assert_eq!(calls[1]["gasUsed"], json!("0x7530"));
    assert_eq!(calls[2]["error"]["code"], json!(-32015));
    assert_eq!(calls[3]["status"], hex(1), "what comes after goes on");
    assert!(calls[3].get("error").is_none());
}

#[tokio::test]
async fn validation_demands_what_a_block_demands() {
    let chain = Chain::with_blocks();
    let valid = json!({"validation": true});
    let transfer = |changes: Value| {
        let mut call = json!({"from": SENDER, "to": RECIPIENT, "value": "0x1", "gas": "0x5208",
            "maxFeePerGas": "0x3b9aca00"});
        call.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        json!([{"calls": [call], "stateOverrides": {SENDER.to_string(): {"code": "0x"}}}])
    };
    for (changes, code) in [
        (json!({"nonce": "0xe"}), -38010),
        (json!({"nonce": "0x10"}), -38011),
        (json!({"maxFeePerGas": "0x1"}), -38012),
        (json!({"maxFeePerGas": "0x0"}), -38012),
        (json!({"gas": "0x5207"}), -38013),
        (json!({"from": POOR}), -38014),
        (json!({"from": store_contract(), "value": "0x0"}), -38024),
    ] {
        let (found, message) = refusal(&chain, transfer(changes.clone()), valid.clone()).await;
        assert_eq!(found, code, "{changes}: {message}");
    }
    let large = Bytes::from(vec![0; 60_000]);
    let create = json!([{"calls": [{"from": SENDER, "input": large, "maxFeePerGas": "0x3b9aca00", "gas": "0x895440"}], "stateOverrides": {SENDER.to_string(): {"code": "0x"}}}]);
    assert_eq!(refusal(&chain, create, valid.clone()).await.0, -38025);

    let blocks = with_options(&chain, transfer(json!({})), valid).await;
    let next = chain.get("eth_baseFee", json!([])).await;
    assert_eq!(blocks[0]["baseFeePerGas"], next);
    assert_ne!(next, hex(0));
    // Without it all this is no obstacle, but for what nobody has.
    for changes in
        [json!({"nonce": "0xe"}), json!({"nonce": "0x10"}), json!({"maxFeePerGas": "0x1"})]
    {
        simulate(&chain, transfer(changes)).await;
    }
    assert_eq!(refusal(&chain, transfer(json!({"from": POOR})), json!({})).await.0, -38014);
}

#[tokio::test]
async fn with_validation_gas_and_l1_data_fee_are_paid() {
    let chain = Chain::with_blocks();
    let balance: Bytes =
        "0x73f39fd6e51aad88f6f4ce6ab8827279cfffb92266315f5260205ff3".parse().unwrap();
    let blocks = json!([{
        "stateOverrides": {CONTRACT.to_string(): {"code": balance}, SENDER.to_string(): {"code": "0x"}},
        "calls": [
            {"from": SENDER, "to": RECIPIENT, "gas": "0x5208", "maxFeePerGas": "0x3b9aca00"},
            {"from": RECIPIENT, "to": CONTRACT, "gas": "0x186a0", "maxFeePerGas": "0x3b9aca00"},
        ],
    }, ]);
    let mut funded = blocks;
    funded[0]["stateOverrides"][RECIPIENT.to_string()] = json!({"balance": "0xde0b6b3a7640000"});
    let before = chain.get("eth_getBalance", json!([SENDER])).await;
    let before: U256 = serde_json::from_value(before).unwrap();
    let free = simulate(&chain, funded.clone()).await;
    assert_eq!(word(&free[0]["calls"][1]["returnData"]), before);
    let paid = with_options(&chain, funded, json!({"validation": true})).await;
    let base_fee: U256 = serde_json::from_value(paid[0]["baseFeePerGas"].clone()).unwrap();
    let gas = U256::from(21_000) * base_fee;
    let spent = before - word(&paid[0]["calls"][1]["returnData"]);
    assert!(spent >= gas, "{spent} {gas}");
    let request = json!({"from": SENDER, "to": RECIPIENT, "gas": "0x5208", "maxFeePerGas": "0x3b9aca00", "maxPriorityFeePerGas": "0x0"});
    let fee = chain.get("scroll_estimateL1DataFee", json!([request])).await;
    let fee: U256 = serde_json::from_value(fee).unwrap();
    assert_eq!(spent - gas, fee);
}

#[tokio::test]
async fn precompiles_can_be_elsewhere_in_one_block() {
    let chain = Chain::with_blocks();
    let (identity, place) = (Address::with_last_byte(4), Address::repeat_byte(0x44));
    let moved = json!({identity.to_string(): {"movePrecompileToAddress": place}});
    let call = json!({"to": place, "data": "0x1234"});
    let blocks =
        simulate(&chain, json!([{"stateOverrides": moved, "calls": [call]}, {"calls": [call]}]))
            .await;
    assert_eq!(blocks[0]["calls"][0]["returnData"], json!("0x1234"));
    assert_eq!(blocks[1]["calls"][0]["returnData"], json!("0x"));

    let itself = json!({identity.to_string(): {"movePrecompileToAddress": identity}});
    let same = json!({identity.to_string(): {"movePrecompileToAddress": place},
        Address::with_last_byte(1).to_string(): {"movePrecompileToAddress": place}});
    let none = json!({POOR.to_string(): {"movePrecompileToAddress": place}});
    for (overrides, code) in [(itself, -38022), (same, -38023)] {
        let blocks = json!([{"stateOverrides": overrides, "calls": []}]);
        assert_eq!(refusal(&chain, blocks, json!({})).await.0, code);
    }
    let blocks = json!([{"stateOverrides": none, "calls": [call]}]);
    assert_eq!(refusal(&chain, blocks, json!({})).await.0, -32000);
}

#[tokio::test]
async fn blocks_calls_and_gas_are_bounded() {
    let chain = Chain::with_config(EthConfig { gas_cap: 100_000, ..EthConfig::default() });
    let many = Value::Array(vec![json!({}); 257]);
    for (blocks, code) in [
        (json!([]), -32602),
        (many, -38026),
        (json!([{"blockOverrides": {"number": "0x101"}}]), -38026),
        (json!([{"blockOverrides": {"number": "0x0"}}]), -38020),
        (json!([{"blockOverrides": {"time": "0x0"}}]), -38021),
        (json!([{"blockOverrides": {"gasLimit": "0x5208"}, "calls": [{"gas": "0x5209"}]}]), -38015),
    ] {
        assert_eq!(refusal(&chain, blocks.clone(), json!({})).await.0, code, "{blocks}");
    }
    // The gas is for all calls of all blocks.
    let endless = json!({"to": CONTRACT, "data": words([1 << 40])});
    let cheap = json!({"to": RECIPIENT});
    let code = json!({CONTRACT.to_string(): {"code": LOOP}});
    let blocks = json!([{"stateOverrides": code, "calls": [cheap, endless]}]);
    let answer = simulate(&chain, blocks).await;
    assert_eq!(answer[0]["calls"][1]["gasUsed"], hex(79_000));
    let blocks = json!([{"stateOverrides": code, "calls": [endless]}, {"calls": [cheap]}]);
    assert_eq!(refusal(&chain, blocks, json!({})).await.0, -38026);
}

#[tokio::test]
async fn bundles_start_where_they_are_told_to() {
    let chain = Chain::with_blocks();
    // Block 3 stores 20 in slot 2 with its last transaction; block 2 has stored 10 in slot 1.
    let reader = json!({store_contract().to_string(): {"code": READER}});
    let read = json!({"to": store_contract()});
    let bundle = json!([{"transactions": [read]}]);
    for (context, sum) in [
        (json!({"blockNumber": "0x3", "transactionIndex": 2}), 10),
        (json!({"blockNumber": "0x3", "transactionIndex": 3}), 30),
        (json!({"blockNumber": "0x3", "transactionIndex": -1}), 30),
        (json!({"blockNumber": "0x3"}), 30),
        (Value::Null, 20),
    ] {
        let answer = chain.get("eth_callMany", json!([bundle, context, reader])).await;
        assert_eq!(word(&answer[0][0]["value"]), U256::from(sum), "{context}");
    }
    let store = json!({"from": SENDER, "to": store_contract(), "data": words([1, 5])});
    let fails = json!({"to": created(3), "data": "0x01"});
    let bundles = json!([
        {"transactions": [store, fails]},
        {"transactions": [{"to": CONTRACT}], "blockOverride": {"number": "0x63"}},
    ]);
    let overrides = json!({CONTRACT.to_string(): {"code": ENVIRONMENT}});
    let answer = chain.get("eth_callMany", json!([bundles, Value::Null, overrides])).await;
    assert_eq!(answer[0][0], json!({"value": "0x"}));
    assert_eq!(answer[0][1], json!({"error": "execution reverted"}));
    assert_eq!(word(&answer[1][0]["value"]), U256::from(0x63));
}
