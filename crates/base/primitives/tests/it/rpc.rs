//! Objects of JSON-RPC (spec/execution 8.1 and 8.2).

use crate::support::{TO, l1_message, samples};
use alloy_consensus::{
    EthereumReceipt, ReceiptWithBloom, Transaction as _,
    transaction::{Recovered, SignerRecoverable as _, TransactionInfo},
};
use alloy_network::ReceiptResponse as _;
use alloy_primitives::{Address, B256, Bloom, U256};
use alloy_rpc_types_eth::{Log, TransactionReceipt};
use rollup_primitives::{
    ScrollTransaction, ScrollTransactionReceipt, ScrollTxEnvelope, ScrollTxType,
};
use serde_json::{Value, json};

const BLOCK_HASH: B256 = B256::repeat_byte(0xbb);

fn in_block(tx: ScrollTxEnvelope) -> ScrollTransaction {
    let sender = tx.recover_signer().unwrap();
    let info = TransactionInfo {
        hash: Some(*tx.hash()),
        index: Some(2),
        block_hash: Some(BLOCK_HASH),
        block_number: Some(0x10),
        base_fee: Some(30),
        ..Default::default()
    };
    ScrollTransaction::from_transaction(Recovered::new_unchecked(tx, sender), info)
}

fn l1_message_json() -> Value {
    let message = l1_message();
    json!({
        "blockHash": BLOCK_HASH,
        "blockNumber": "0x10",
        "from": message.sender,
        "gas": "0x1e8480",
        "gasPrice": "0x0",
        "hash": message.tx_hash(),
        "input": "0x8ef1332e",
        "nonce": "0x0",
        "queueIndex": "0xe76ab",
        "r": "0x0",
        "s": "0x0",
        "sender": message.sender,
        "to": message.to,
        "transactionIndex": "0x2",
        "type": "0x7e",
        "v": "0x0",
        "value": "0x5",
        "yParity": "0x0",
    })
}

#[test]
fn l1_message_has_exactly_the_specified_keys_and_values() {
    let tx = in_block(l1_message().into());
    assert_eq!(serde_json::to_value(&tx).unwrap(), l1_message_json());
}

#[test]
fn l1_message_is_read_with_either_name_of_the_sender() {
    let expected = in_block(l1_message().into());
    for absent in [None, Some("from"), Some("sender")] {
        let mut json = l1_message_json();
        if let Some(name) = absent {
            json.as_object_mut().unwrap().remove(name).unwrap();
        }
        let tx: ScrollTransaction = serde_json::from_value(json).unwrap();
        assert_eq!(tx, expected, "without {absent:?}");
    }
    let mut json = l1_message_json();
    json.as_object_mut().unwrap().retain(|name, _| !["from", "sender"].contains(&name.as_str()));
    assert!(serde_json::from_value::<ScrollTransaction>(json).is_err());
}

#[test]
fn l1_message_is_read_from_text_and_without_what_nodes_leave_out() {
    let mut json = l1_message_json();
    json.as_object_mut().unwrap().remove("yParity").unwrap();
    let tx: ScrollTransaction = serde_json::from_str(&json.to_string()).unwrap();
    assert_eq!(tx, in_block(l1_message().into()));
}

#[test]
fn sender_is_the_name_of_an_l1_message_only() {
    let signed = samples().into_iter().filter(|tx| !tx.is_l1_message());
    for tx in signed {
        let mut json = serde_json::to_value(in_block(tx)).unwrap();
        let object = json.as_object_mut().unwrap();
        assert!(!object.contains_key("sender") && !object.contains_key("queueIndex"));
        let from = object.remove("from").unwrap();
        object.insert("sender".to_owned(), from);
        assert!(serde_json::from_value::<ScrollTransaction>(json).is_err());
    }
}

#[test]
fn every_type_survives_json_and_shows_the_price_it_pays() {
    for tx in samples() {
        let price = tx.effective_gas_price(Some(30));
        let tx = in_block(tx);
        let json = serde_json::to_value(&tx).unwrap();
        assert_eq!(json["gasPrice"], format!("{price:#x}"));
        assert_eq!(json["from"], json!(tx.inner.signer()));
        assert_eq!(serde_json::from_value::<ScrollTransaction>(json).unwrap(), tx);
    }
}

#[test]
fn pending_transaction_has_a_null_place() {
    let tx = samples().remove(0);
    let sender = tx.recover_signer().unwrap();
    let recovered = Recovered::new_unchecked(tx, sender);
    let tx = ScrollTransaction::from_transaction(recovered, TransactionInfo::default());
    let json = serde_json::to_value(&tx).unwrap();
    for key in ["blockHash", "blockNumber", "transactionIndex"] {
        assert!(json[key].is_null(), "{key}");
    }
    assert_eq!(serde_json::from_value::<ScrollTransaction>(json).unwrap(), tx);
}

fn receipt(tx_type: ScrollTxType, l1_fee: U256) -> ScrollTransactionReceipt {
    let receipt = EthereumReceipt::<ScrollTxType, Log> {
        tx_type,
        success: true,
        cumulative_gas_used: 0x5208,
        logs: Vec::new(),
    };
    let effective_gas_price = if tx_type == ScrollTxType::L1Message { 0 } else { 7 };
    ScrollTransactionReceipt {
        inner: TransactionReceipt {
            inner: ReceiptWithBloom { receipt, logs_bloom: Bloom::ZERO },
            transaction_hash: B256::repeat_byte(1),
            transaction_index: Some(0),
            block_hash: Some(BLOCK_HASH),
            block_number: Some(0x10),
            gas_used: 0x5208,
            effective_gas_price,
            blob_gas_used: None,
            blob_gas_price: None,
            from: Address::repeat_byte(2),
            to: Some(TO),
            contract_address: None,
        },
        l1_fee,
    }
}

fn receipt_json(ty: &str, price: &str, l1_fee: &str) -> Value {
    json!({
        "blockHash": BLOCK_HASH,
        "blockNumber": "0x10",
        "contractAddress": null,
        "cumulativeGasUsed": "0x5208",
        "effectiveGasPrice": price,
        "from": Address::repeat_byte(2),
        "gasUsed": "0x5208",
        "l1Fee": l1_fee,
        "logs": [],
        "logsBloom": Bloom::ZERO,
        "status": "0x1",
        "to": TO,
        "transactionHash": B256::repeat_byte(1),
        "transactionIndex": "0x0",
        "type": ty,
    })
}

#[test]
fn receipt_has_exactly_the_specified_keys_and_values() {
    let cases = [
        (receipt(ScrollTxType::L1Message, U256::ZERO), receipt_json("0x7e", "0x0", "0x0")),
        (receipt(ScrollTxType::Legacy, U256::from(0xfee)), receipt_json("0x0", "0x7", "0xfee")),
        (receipt(ScrollTxType::Eip7702, U256::from(1)), receipt_json("0x4", "0x7", "0x1")),
    ];
    for (receipt, json) in cases {
        assert_eq!(serde_json::to_value(&receipt).unwrap(), json);
        assert_eq!(serde_json::from_value::<ScrollTransactionReceipt>(json).unwrap(), receipt);
    }
}

#[test]
fn receipt_needs_its_l1_data_fee() {
    let mut json = receipt_json("0x2", "0x7", "0x1");
    json.as_object_mut().unwrap().remove("l1Fee").unwrap();
    assert!(serde_json::from_value::<ScrollTransactionReceipt>(json).is_err());
}

#[test]
fn receipt_answers_as_its_fields_say() {
    let receipt = receipt(ScrollTxType::Eip1559, U256::from(9));
    assert!(receipt.status());
    assert_eq!((receipt.gas_used(), receipt.cumulative_gas_used()), (0x5208, 0x5208));
    assert_eq!((receipt.block_hash(), receipt.block_number()), (Some(BLOCK_HASH), Some(0x10)));
    assert_eq!((receipt.from(), receipt.to()), (Address::repeat_byte(2), Some(TO)));
    assert_eq!(receipt.transaction_hash(), B256::repeat_byte(1));
    assert_eq!((receipt.transaction_index(), receipt.effective_gas_price()), (Some(0), 7));
    assert_eq!((receipt.blob_gas_used(), receipt.blob_gas_price()), (None, None));
    assert_eq!((receipt.contract_address(), receipt.state_root()), (None, None));
}
