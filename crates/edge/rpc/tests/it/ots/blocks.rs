//! Headers, blocks, and pages of them.

use super::chain;
use crate::eth::chain::{hex, logger_contract};
use alloy_primitives::{B256, U256};
use serde_json::{Value, json};

fn number(value: &Value) -> U256 {
    serde_json::from_value(value.clone()).unwrap()
}

#[tokio::test]
async fn says_its_level_and_who_has_code() {
    let chain = chain();
    assert_eq!(chain.get("ots_getApiLevel", json!([])).await, json!(8));
    for (block, has_code) in [("0x1", false), ("0x2", true), ("latest", true)] {
        let params = json!([logger_contract(), block]);
        assert_eq!(chain.get("ots_hasCode", params).await, json!(has_code), "{block}");
    }
    assert_eq!(chain.get("ots_hasCode", json!([logger_contract()])).await, json!(true));
}

#[tokio::test]
async fn blocks_are_those_of_eth_without_transactions_and_with_their_fees() {
    let chain = chain();
    for at in 0..=8 {
        let mut block = chain.get("eth_getBlockByNumber", json!([hex(at), false])).await;
        let mut fees = U256::ZERO;
        for receipt in chain.get("eth_getBlockReceipts", json!([hex(at)])).await.as_array().unwrap()
        {
            fees += number(&receipt["gasUsed"]) * number(&receipt["effectiveGasPrice"]);
            fees += number(&receipt["l1Fee"]);
        }
        let fields = block.as_object_mut().unwrap();
        let count = fields.remove("transactions").unwrap().as_array().unwrap().len();
        let mut header = fields.clone();
        header.remove("uncles");
        fields.insert("transactionCount".to_owned(), json!(count));
        let nothing = json!({"blockReward": "0x0", "uncleReward": "0x0", "issuance": "0x0"});
        let expected = json!({"block": block, "issuance": nothing, "totalFees": fees});
        for params in [json!([at]), json!([hex(at)])] {
            assert_eq!(chain.get("ots_getBlockDetails", params.clone()).await, expected);
            assert_eq!(chain.get("ots_getHeaderByNumber", params).await, json!(header));
        }
        let by_hash = chain.get("ots_getBlockDetailsByHash", json!([chain.id_of(at).hash])).await;
        assert_eq!(by_hash, expected);
    }
    assert_eq!(chain.get("ots_getBlockDetails", json!([9])).await, Value::Null);
    assert_eq!(chain.get("ots_getHeaderByNumber", json!([9])).await, Value::Null);
    let unknown = json!([B256::repeat_byte(1)]);
    assert_eq!(chain.get("ots_getBlockDetailsByHash", unknown).await, Value::Null);
}

#[tokio::test]
async fn pages_begin_with_the_last_transactions() {
    let chain = chain();
    let block = chain.get("eth_getBlockByNumber", json!([hex(5), true])).await;
    let receipts = chain.get("eth_getBlockReceipts", json!([hex(5)])).await;
    for (page, size, places) in [
        (0, 3, 1..4),
        (1, 3, 0..1),
        (2, 3, 0..0),
        (0, 9, 0..4),
        (0, 0, 4..4),
        (usize::MAX, 2, 0..0),
    ] {
        let answer = chain.get("ots_getBlockTransactions", json!([5, page, size])).await;
        assert_eq!(answer["fullblock"]["hash"], block["hash"]);
        assert_eq!(answer["fullblock"]["transactionCount"], json!(4));
        let mut transactions: Vec<Value> =
            block["transactions"].as_array().unwrap()[places.clone()].to_vec();
        for transaction in &mut transactions {
            // Four bytes of the input.
            let input = transaction["input"].as_str().unwrap();
            transaction["input"] = json!(input.chars().take(10).collect::<String>());
        }
        assert_eq!(answer["fullblock"]["transactions"], json!(transactions), "{page} {size}");
        let shown = answer["receipts"].as_array().unwrap();
        assert_eq!(shown.len(), places.len());
        for (shown, place) in shown.iter().zip(places) {
            for field in ["transactionHash", "gasUsed", "status", "l1Fee", "type", "from", "to"] {
                assert_eq!(shown[field], receipts[place][field], "{field}");
            }
            assert_eq!(shown["timestamp"], block["timestamp"]);
            assert_eq!((&shown["logs"], &shown["logsBloom"]), (&Value::Null, &Value::Null));
        }
    }
    let unknown = json!([9, 0, 5]);
    assert_eq!(chain.get("ots_getBlockTransactions", unknown).await, Value::Null);
}
