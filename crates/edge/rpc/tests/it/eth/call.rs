//! Calls and access lists.

use super::{
    chain::{BASE_FEE_WEI, Chain, RECIPIENT, SENDER, created, hex, store_contract},
    contracts::{
        ENVIRONMENT, GAS_CHECK, INVALID, LOOP, PROXY, READER, REVERTER, STORE, initcode, words,
    },
};
use alloy_primitives::{Address, B256, Bytes, U256};
use rollup_chainspec::FEE_VAULT;
use rollup_rpc::EthConfig;
use serde_json::{Value, json};

pub(crate) const CONTRACT: Address = Address::repeat_byte(0xc0);

/// Overrides that put code at [`CONTRACT`].
pub(crate) fn with_code(code: &Bytes) -> Value {
    json!({CONTRACT.to_string(): {"code": code}})
}

fn word(value: u64) -> B256 {
    B256::from(U256::from(value))
}

fn results(answer: &Value) -> Vec<U256> {
    let bytes: Bytes = serde_json::from_value(answer.clone()).unwrap();
    bytes.chunks(32).map(U256::from_be_slice).collect()
}

async fn sum_of_slots(chain: &Chain, block: Value, overrides: Value) -> U256 {
    let request = json!({"to": store_contract()});
    results(&chain.get("eth_call", json!([request, block, overrides])).await)[0]
}

#[tokio::test]
async fn reads_the_state_of_the_block_asked_for() {
    let chain = Chain::with_blocks();
    let reader = json!({store_contract().to_string(): {"code": READER}});
    let sums = [0, 0, 10, 30, 30, 30, 20];
    for (number, sum) in sums.into_iter().enumerate() {
        let found = sum_of_slots(&chain, hex(number), reader.clone()).await;
        assert_eq!(found, U256::from(sum), "block {number}");
    }
    assert_eq!(sum_of_slots(&chain, json!("latest"), reader).await, U256::from(20));
}

#[tokio::test]
async fn runs_in_the_block_asked_for() {
    let chain = Chain::with_blocks();
    let request = json!({"to": CONTRACT, "from": SENDER, "value": "0x5"});
    for number in [0, 3, 6_usize] {
        let params = json!([request, hex(number), with_code(&ENVIRONMENT)]);
        let found = results(&chain.get("eth_call", params).await);
        let header = chain.storage.view().unwrap().header(number as u64).unwrap().unwrap();
        assert_eq!(found[0], U256::from(number));
        assert_eq!(found[1], U256::from(header.timestamp));
        assert_eq!(found[2], U256::ZERO, "no price, no base fee");
        assert_eq!(found[3], U256::from_be_bytes(FEE_VAULT.into_word().0));
        assert_eq!(found[4], U256::from(header.gas_limit));
        assert_eq!(found[5], U256::from(5));
    }
    let priced = json!({"to": CONTRACT, "from": SENDER, "maxFeePerGas": "0x3b9aca00",
        "maxPriorityFeePerGas": "0x2"});
    let params = json!([priced, "latest", with_code(&ENVIRONMENT)]);
    let found = results(&chain.get("eth_call", params).await);
    assert_eq!(found[2], U256::from(BASE_FEE_WEI));
    assert_eq!(found[6], U256::from(BASE_FEE_WEI + 2));
}

#[tokio::test]
async fn overrides_take_the_place_of_state() {
    let chain = Chain::with_blocks();
    let (one, two) = (B256::with_last_byte(1), B256::with_last_byte(2));
    let sum = |slots: Value| {
        let mut account = json!({"code": READER});
        account.as_object_mut().unwrap().extend(slots.as_object().unwrap().clone());
        sum_of_slots(&chain, json!("latest"), json!({store_contract().to_string(): account}))
    };
    assert_eq!(sum(json!({"stateDiff": {one.to_string(): word(7)}})).await, U256::from(27));
    assert_eq!(sum(json!({"stateDiff": {two.to_string(): word(7)}})).await, U256::from(7));
    assert_eq!(sum(json!({"state": {one.to_string(): word(7)}})).await, U256::from(7));
    assert_eq!(sum(json!({"state": {}})).await, U256::ZERO);

    let balance = json!({CONTRACT.to_string(): {"code": ENVIRONMENT},
        RECIPIENT.to_string(): {"balance": "0x7b"}});
    let params = json!([{"to": CONTRACT, "from": RECIPIENT}, "latest", balance]);
    assert_eq!(results(&chain.get("eth_call", params).await)[7], U256::from(0x7b));

    let both = json!({CONTRACT.to_string(): {"state": {}, "stateDiff": {}}});
    let (code, message) = chain.refused("eth_call", json!([{}, "latest", both])).await;
    assert_eq!(code, -32000);
    assert_eq!(message, format!("account {CONTRACT} has both 'state' and 'stateDiff'"));
    let unknown = json!({CONTRACT.to_string(): {"colour": "0x1"}});
    assert_eq!(chain.refused("eth_call", json!([{}, "latest", unknown])).await.0, -32602);
}

#[tokio::test]
async fn a_precompile_can_be_moved() {
    let chain = Chain::new();
    let identity = Address::with_last_byte(4);
    let overrides = json!({identity.to_string(): {"movePrecompileToAddress": CONTRACT}});
    let request = |to: Address| json!([{"to": to, "data": "0xc0ffee"}, "latest", overrides]);
    assert_eq!(chain.get("eth_call", request(CONTRACT)).await, json!("0xc0ffee"));
    assert_eq!(chain.get("eth_call", request(identity)).await, json!("0x"));
    let none = json!({CONTRACT.to_string(): {"movePrecompileToAddress": identity}});
    let (code, message) = chain.refused("eth_call", json!([{}, "latest", none])).await;
    assert_eq!((code, message), (-32000, format!("account {CONTRACT} is not a precompile")));
}

#[tokio::test]
async fn overrides_take_the_place_of_the_block() {
    let chain = Chain::with_blocks();
    let block = json!({"number": "0x64", "time": "0x70000000", "gasLimit": "0x5208",
        "coinbase": RECIPIENT, "baseFeePerGas": "0x9"});
    let request = json!({"to": CONTRACT, "from": SENDER, "gasPrice": "0xa"});
    let params = json!([request, "latest", with_code(&ENVIRONMENT), block]);
    let found = results(&chain.get("eth_call", params).await);
    assert_eq!(found[0], U256::from(100));
    assert_eq!(found[1], U256::from(0x7000_0000));
    assert_eq!(found[2], U256::from(9));
    assert_eq!(found[3], U256::from_be_bytes(RECIPIENT.into_word().0));
    assert_eq!(found[4], U256::from(21_000));

    // BLOCKHASH of the number in the input.
    let code: Bytes = "0x5f35405f5260205ff3".parse().unwrap();
    let hash = B256::repeat_byte(0xab);
    let request = json!({"to": CONTRACT, "data": words([99])});
    let block = json!({"number": "0x64", "blockHash": {"99": hash}});
    let params = json!([request, "latest", with_code(&code), block]);
    assert_eq!(chain.get("eth_call", params).await, json!(hash));
}

#[tokio::test]
async fn a_revert_carries_its_reason_and_its_data() {
    let chain = Chain::with_blocks();
    let reason =
        Bytes::from([&[0x08, 0xc3, 0x79, 0xa0][..], &words([32, 3]), b"low", &[0; 29]].concat());
    for (data, message) in [
        (reason, "execution reverted: low"),
        (Bytes::new(), "execution reverted"),
        (Bytes::from_static(&[1, 2, 3, 4]), "execution reverted"),
    ] {
        let request = json!({"to": created(3), "data": data});
        for method in ["eth_call", "eth_estimateGas"] {
            let refusal = chain.ask(method, json!([request])).await.unwrap_err();
            assert_eq!((refusal.code, refusal.message.as_str()), (3, message), "{method}");
            assert_eq!(refusal.data, json!(data));
        }
    }
    let latest = chain.get("eth_getCode", json!([created(3)])).await;
    assert_eq!(latest, json!(REVERTER));
}

#[tokio::test]
async fn other_ends_have_the_words_of_other_clients() {
    let chain = Chain::with_blocks();
    let invalid = json!([{"to": CONTRACT}, "latest", with_code(&INVALID)]);
    let (code, message) = chain.refused("eth_call", invalid).await;
    assert_eq!(code, -32000);
    assert!(message.contains("invalid"), "{message}");

    let endless = json!([{"to": CONTRACT, "data": words([u64::MAX])}, "latest", with_code(&LOOP)]);
    let refusal = chain.refused("eth_call", endless).await;
    assert_eq!(refusal, (-32000, "out of gas: gas required exceeds: 50000000".to_owned()));

    let little = json!([{"to": CONTRACT, "gas": "0x5207"}]);
    let refusal = chain.refused("eth_call", little).await;
    assert_eq!(refusal, (-32000, "intrinsic gas too low".to_owned()));

    let poor = Address::repeat_byte(0x66);
    let request = json!([{"from": poor, "to": RECIPIENT, "value": "0x1"}]);
    for method in ["eth_call", "eth_estimateGas", "eth_createAccessList"] {
        let (code, message) = chain.refused(method, request.clone()).await;
        assert_eq!(code, -32000, "{method}");
        let expected =
            format!("insufficient funds for gas * price + value: address {poor} have 0 want 1");
        assert_eq!(message, expected, "{method}");
    }
}

#[tokio::test]
async fn refuses_requests_that_contradict_themselves() {
    let chain = Chain::with_blocks();
    let too_low = hex(BASE_FEE_WEI - 1);
    for (request, message) in [
        (
            json!({"gasPrice": "0x3b9aca00", "maxFeePerGas": "0x3b9aca00"}),
            "both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified",
        ),
        (
            json!({"maxFeePerGas": "0x3b9aca00", "maxPriorityFeePerGas": "0x3b9aca01"}),
            "max priority fee per gas higher than max fee per gas",
        ),
        (json!({"maxFeePerGas": too_low}), "max fee per gas less than block base fee"),
        (json!({"chainId": "0x1"}), "chainId does not match node's (have=1, want=1337)"),
        (json!({"type": "0x3"}), "blob transactions are not supported"),
        (
            json!({"data": "0x01", "input": "0x02"}),
            "both \"data\" and \"input\" are set and not equal. Please use \"input\" to pass \
             transaction call data",
        ),
    ] {
        let mut request = request;
        request["from"] = json!(SENDER);
        request["to"] = json!(RECIPIENT);
        for method in ["eth_call", "eth_estimateGas"] {
            let refusal = chain.refused(method, json!([request])).await;
            assert_eq!(refusal, (-32000, message.to_owned()), "{method} {request}");
        }
    }
    for request in [json!({"gas": "0x10000000000000000"}), json!({"to": "0x1"}), json!("0x")] {
        assert_eq!(chain.refused("eth_call", json!([request])).await.0, -32602, "{request}");
    }
}

#[tokio::test]
async fn a_creation_returns_the_code() {
    let chain = Chain::new();
    let request = json!({"from": SENDER, "data": initcode(&STORE)});
    assert_eq!(chain.get("eth_call", json!([request])).await, json!(STORE));
}

#[tokio::test]
async fn nothing_that_a_call_does_is_kept() {
    let chain = Chain::with_blocks();
    let request = json!({"from": SENDER, "to": store_contract(), "data": words([2, 99])});
    chain.get("eth_call", json!([request])).await;
    chain.get("eth_estimateGas", json!([request])).await;
    let slot = chain.get("eth_getStorageAt", json!([store_contract(), "0x2"])).await;
    assert_eq!(slot, json!(word(20)));
}

#[tokio::test]
async fn the_gas_cap_holds_whatever_is_asked_for() {
    let chain = Chain::with_config(EthConfig { gas_cap: 100_000, ..EthConfig::default() });
    // The gas that is left at the start.
    let code: Bytes = "0x5a5f5260205ff3".parse().unwrap();
    for request in [json!({"to": CONTRACT}), json!({"to": CONTRACT, "gas": "0x5f5e1000"})] {
        let answer = chain.get("eth_call", json!([request, "latest", with_code(&code)])).await;
        assert_eq!(results(&answer)[0], U256::from(100_000 - 21_000 - 2));
    }
}

#[tokio::test]
async fn a_call_that_nobody_waits_for_leaves_its_thread_to_the_next() {
    let chain = Chain::with_config(EthConfig { gas_cap: u64::MAX / 2, ..EthConfig::default() });
    // Reads one slot after the other, without end.
    let code: Bytes = "0x5f5b805450600101600156".parse().unwrap();
    let endless = json!([{"to": CONTRACT}, "latest", with_code(&code)]);
    let mut call = Box::pin(chain.ask("eth_call", endless));
    assert!(futures::poll!(&mut call).is_pending());
    // Reads have another thread.
    assert_eq!(chain.get("eth_getBalance", json!([RECIPIENT])).await, hex(0));
    drop(call);
    assert_eq!(chain.get("eth_call", json!([{"to": RECIPIENT}])).await, json!("0x"));
}

#[tokio::test]
async fn an_access_list_names_what_is_read_besides_the_obvious() {
    let chain = Chain::with_blocks();
    let proxied: Bytes = [store_contract().into_word(), word(2)].concat().into();
    let request = json!({"from": SENDER, "to": CONTRACT, "data": proxied});
    let overrides = json!({CONTRACT.to_string(): {"code": PROXY},
        store_contract().to_string(): {"code": READER}});
    let params = json!([request, "latest", overrides]);
    let answer = chain.get("eth_createAccessList", params).await;
    let keys = [B256::with_last_byte(1), B256::with_last_byte(2)];
    assert_eq!(answer["accessList"], json!([{"address": store_contract(), "storageKeys": keys}]));
    assert!(answer.get("error").is_none());

    // The gas is that of the transaction with the list.
    let mut listed = request;
    listed["accessList"] = answer["accessList"].clone();
    let used = chain.get("eth_estimateGas", json!([listed, "latest", overrides])).await;
    assert_eq!(answer["gasUsed"], used);
}

#[tokio::test]
async fn an_access_list_of_a_failure_says_so() {
    let chain = Chain::with_blocks();
    let request = json!({"from": SENDER, "to": created(3), "data": "0x01"});
    let answer = chain.get("eth_createAccessList", json!([request])).await;
    assert_eq!(answer["error"], json!("execution reverted"));
    assert_eq!(answer["accessList"], json!([]));
    let little = json!({"to": CONTRACT, "data": words([1 << 40])});
    let params = json!([little, "latest", with_code(&GAS_CHECK)]);
    let answer = chain.get("eth_createAccessList", params).await;
    assert_eq!(answer["error"], json!("execution reverted"));
}
