//! Receipts in their consensus, storage and JSON forms.

use crate::support::{TO, list_items, list_of};
use alloy_consensus::{
    EMPTY_ROOT_HASH, EthereumReceipt, ReceiptWithBloom, RlpDecodableReceipt as _,
    RlpEncodableReceipt as _, TxReceipt as _, proofs::ordered_trie_root_with_encoder,
};
use alloy_eips::eip2718::{Decodable2718 as _, Encodable2718 as _};
use alloy_primitives::{B256, Bloom, Bytes, Log, U256};
use rollup_primitives::{ScrollReceipt, ScrollTxType};
use serde_json::json;

const TYPES: [ScrollTxType; 5] = [
    ScrollTxType::Legacy,
    ScrollTxType::Eip2930,
    ScrollTxType::Eip1559,
    ScrollTxType::Eip7702,
    ScrollTxType::L1Message,
];

fn log() -> Log {
    Log::new_unchecked(TO, vec![B256::with_last_byte(3)], Bytes::from_static(&[1, 2]))
}

fn receipt(tx_type: ScrollTxType) -> ScrollReceipt {
    let inner = EthereumReceipt {
        tx_type,
        success: true,
        cumulative_gas_used: 0x1234_5678,
        logs: vec![log()],
    };
    ScrollReceipt { inner, l1_fee: U256::from(0xfee) }
}

fn without_fee(receipt: ScrollReceipt) -> ScrollReceipt {
    ScrollReceipt { l1_fee: U256::ZERO, ..receipt }
}

/// Spec 2.4: status, cumulative gas used, bloom and logs behind the type byte.
fn expected_consensus_bytes(receipt: &ScrollReceipt) -> Vec<u8> {
    let mut bloom = Bloom::ZERO;
    receipt.logs().iter().for_each(|log| bloom.accrue_log(log));
    let list = list_of(&[
        alloy_rlp::encode(receipt.status()),
        alloy_rlp::encode(receipt.cumulative_gas_used()),
        alloy_rlp::encode(bloom),
        alloy_rlp::encode(&receipt.inner.logs),
    ]);
    match receipt.inner.tx_type {
        ScrollTxType::Legacy => list,
        tx_type => [vec![u8::from(tx_type)], list].concat(),
    }
}

#[test]
fn consensus_bytes_leave_the_l1_data_fee_out() {
    for tx_type in TYPES {
        for success in [true, false] {
            let mut receipt = receipt(tx_type);
            receipt.inner.success = success;
            let with_bloom = receipt.clone().into_with_bloom();
            let raw = with_bloom.encoded_2718();
            assert_eq!(raw, expected_consensus_bytes(&receipt));
            assert_eq!(raw.len(), with_bloom.encode_2718_len());

            let decoded = ReceiptWithBloom::<ScrollReceipt>::decode_2718_exact(&raw).unwrap();
            assert_eq!(decoded.receipt, without_fee(receipt.clone()));
            assert_eq!(decoded.logs_bloom, receipt.bloom());
        }
    }
}

#[test]
fn network_bytes_wrap_the_consensus_bytes_of_typed_receipts() {
    for tx_type in TYPES {
        let receipt = receipt(tx_type);
        let raw = expected_consensus_bytes(&receipt);
        let expected = match tx_type {
            ScrollTxType::Legacy => raw,
            _ => alloy_rlp::encode(Bytes::from(raw)),
        };
        let bloom = receipt.bloom();
        let mut network = Vec::new();
        receipt.rlp_encode_with_bloom(&bloom, &mut network);
        assert_eq!(network, expected);
        assert_eq!(network.len(), receipt.rlp_encoded_length_with_bloom(&bloom));

        let mut rest = network.as_slice();
        let decoded = ScrollReceipt::rlp_decode_with_bloom(&mut rest).unwrap();
        assert!(rest.is_empty());
        assert_eq!(decoded.receipt, without_fee(receipt));
    }
}

#[test]
fn plain_rlp_keeps_the_l1_data_fee() {
    for tx_type in TYPES {
        let receipt = receipt(tx_type);
        let rlp = alloy_rlp::encode(&receipt);
        assert_eq!(alloy_rlp::decode_exact::<ScrollReceipt>(&rlp).unwrap(), receipt);
        assert_eq!(list_items(&rlp).pop().unwrap(), alloy_rlp::encode(receipt.l1_fee));
    }
}

#[test]
fn refuses_a_receipt_of_an_unknown_type() {
    let raw = expected_consensus_bytes(&receipt(ScrollTxType::Eip1559));
    for ty in (0..=u8::MAX).filter(|ty| ![1, 2, 4, 0x7e].contains(ty)) {
        let raw = [vec![ty], raw[1..].to_vec()].concat();
        let decoded = ReceiptWithBloom::<ScrollReceipt>::decode_2718_exact(&raw);
        assert!(decoded.is_err(), "{ty:#04x}");
    }
}

#[test]
fn refuses_malformed_receipts() {
    let raw = expected_consensus_bytes(&receipt(ScrollTxType::L1Message));
    let decode = ReceiptWithBloom::<ScrollReceipt>::decode_2718_exact;
    for length in 0..raw.len() {
        assert!(decode(&raw[..length]).is_err(), "{length} bytes");
    }
    assert!(decode(&[raw.clone(), vec![0]].concat()).is_err());
    let fields = list_items(&raw[1..]);
    for count in [3, 5] {
        let fields: Vec<_> = fields.iter().cycle().take(count).cloned().collect();
        assert!(decode(&[vec![0x7e], list_of(&fields)].concat()).is_err(), "{count} fields");
    }
}

#[test]
fn receipts_root_is_that_of_the_consensus_bytes() {
    let receipts: Vec<_> = TYPES.into_iter().map(receipt).collect();
    let raw: Vec<_> = receipts.iter().map(expected_consensus_bytes).collect();
    let expected = ordered_trie_root_with_encoder(&raw, |raw, out| out.extend_from_slice(raw));
    assert_eq!(ScrollReceipt::receipts_root(&receipts), expected);

    let without_fees: Vec<_> = receipts.iter().cloned().map(without_fee).collect();
    assert_eq!(ScrollReceipt::receipts_root(&without_fees), expected);
    let reversed: Vec<_> = receipts.into_iter().rev().collect();
    assert_ne!(ScrollReceipt::receipts_root(&reversed), expected);
    assert_eq!(ScrollReceipt::receipts_root(&[]), EMPTY_ROOT_HASH);
}

#[test]
fn block_bloom_joins_those_of_the_receipts() {
    let mut other = receipt(ScrollTxType::Legacy);
    other.inner.logs[0].address = alloy_primitives::Address::ZERO;
    let receipts = [receipt(ScrollTxType::Legacy), other];
    let joined = ScrollReceipt::logs_bloom(&receipts);
    for receipt in &receipts {
        assert!(joined.contains(&receipt.bloom()) && joined != receipt.bloom());
    }
    assert_eq!(ScrollReceipt::logs_bloom(&[]), Bloom::ZERO);
}

#[test]
fn json_has_the_l1_data_fee() {
    for tx_type in TYPES {
        let receipt = receipt(tx_type);
        let json = serde_json::to_value(&receipt).unwrap();
        let expected = json!({
            "type": format!("{:#x}", u8::from(tx_type)),
            "status": "0x1",
            "cumulativeGasUsed": "0x12345678",
            "logs": [{
                "address": "0x3535353535353535353535353535353535353535",
                "topics": [B256::with_last_byte(3)],
                "data": "0x0102",
            }],
            "l1Fee": "0xfee",
        });
        assert_eq!(json, expected);
        assert_eq!(serde_json::from_value::<ScrollReceipt>(json).unwrap(), receipt);
    }
}
