//! Block signatures, outside the header and in its extra data.

use crate::support::{CURVE_ORDER, SIGNATURE, high_s_twin, list_items, list_of};
use alloy_primitives::{Address, B64, B256, Bloom, Bytes, Signature, U256, keccak256};
use rollup_primitives::{
    BLOCK_SIGNATURE_LENGTH, BlockSignature, BlockSignatureError, CLIQUE_VANITY_LENGTH,
    ScrollHeader, block_signing_hash, clique_seal_hash, recover_clique_signer,
};

/// Position of the extra data in the RLP of a header.
const EXTRA_DATA: usize = 12;

fn header() -> ScrollHeader {
    ScrollHeader {
        parent_hash: B256::repeat_byte(1),
        ommers_hash: B256::repeat_byte(2),
        beneficiary: Address::repeat_byte(3),
        state_root: B256::repeat_byte(4),
        transactions_root: B256::repeat_byte(5),
        receipts_root: B256::repeat_byte(6),
        logs_bloom: Bloom::repeat_byte(7),
        difficulty: U256::from(2),
        number: 9,
        gas_limit: 10_000_000,
        gas_used: 11_000,
        timestamp: 1_750_000_000,
        extra_data: Bytes::from_static(&[1, 2, 3]),
        mix_hash: B256::repeat_byte(8),
        nonce: B64::repeat_byte(9),
        base_fee_per_gas: Some(120_007),
        ..Default::default()
    }
}

fn clique_header(signature: [u8; BLOCK_SIGNATURE_LENGTH], signers: usize) -> ScrollHeader {
    let vanity = vec![0x76; CLIQUE_VANITY_LENGTH + 20 * signers];
    let extra_data = [vanity, signature.to_vec()].concat().into();
    ScrollHeader { extra_data, base_fee_per_gas: None, ..header() }
}

fn bytes_with_v(v: u8) -> [u8; BLOCK_SIGNATURE_LENGTH] {
    let mut bytes = BlockSignature::new(SIGNATURE).to_bytes();
    bytes[64] = v;
    bytes
}

#[test]
fn signing_hash_is_over_the_header_without_extra_data() {
    for base_fee_per_gas in [None, Some(0), Some(120_007)] {
        let header = ScrollHeader { base_fee_per_gas, ..header() };
        let mut fields = list_items(&alloy_rlp::encode(&header));
        fields.remove(EXTRA_DATA);
        assert_eq!(block_signing_hash(&header), keccak256(list_of(&fields)));
        for extra_data in [Bytes::new(), Bytes::from(vec![0xff; 97])] {
            let other = ScrollHeader { extra_data, ..header.clone() };
            assert_eq!(block_signing_hash(&other), block_signing_hash(&header));
            assert_ne!(other.hash_slow(), header.hash_slow());
        }
    }
}

#[test]
fn signing_hash_covers_every_other_field() {
    let changes: [fn(&mut ScrollHeader); 15] = [
        |header| header.parent_hash = B256::ZERO,
        |header| header.ommers_hash = B256::ZERO,
        |header| header.beneficiary = Address::ZERO,
        |header| header.state_root = B256::ZERO,
        |header| header.transactions_root = B256::ZERO,
        |header| header.receipts_root = B256::ZERO,
        |header| header.logs_bloom = Bloom::ZERO,
        |header| header.difficulty = U256::from(1),
        |header| header.number += 1,
        |header| header.gas_limit += 1,
        |header| header.gas_used += 1,
        |header| header.timestamp += 1,
        |header| header.mix_hash = B256::ZERO,
        |header| header.nonce = B64::ZERO,
        |header| header.base_fee_per_gas = None,
    ];
    let signer = BlockSignature::new(SIGNATURE).recover_signer(&header()).unwrap();
    for (index, change) in changes.into_iter().enumerate() {
        let mut header = header();
        change(&mut header);
        assert_ne!(block_signing_hash(&header), block_signing_hash(&self::header()), "{index}");
        assert_ne!(BlockSignature::new(SIGNATURE).recover_signer(&header).unwrap(), signer);
    }
}

#[test]
fn signer_is_that_of_the_signing_hash() {
    let expected = SIGNATURE.recover_address_from_prehash(&block_signing_hash(&header())).unwrap();
    let signature = BlockSignature::new(SIGNATURE);
    assert_eq!(signature.recover_signer(&header()).unwrap(), expected);
}

#[test]
fn v_is_written_as_parity_and_read_in_both_forms() {
    for (v, parity) in [(0, 0), (1, 1), (27, 0), (28, 1)] {
        let signature = BlockSignature::try_from(&bytes_with_v(v)[..]).unwrap();
        assert_eq!(signature.to_bytes(), bytes_with_v(parity));
        assert_eq!(signature.v(), parity == 1);
        let json = serde_json::to_string(&signature).unwrap();
        assert_eq!(json, format!("\"{}\"", Bytes::from(bytes_with_v(parity))));
        assert_eq!(serde_json::from_str::<BlockSignature>(&json).unwrap(), signature);
    }
}

#[test]
fn refuses_any_other_v() {
    for v in (0..=u8::MAX).filter(|v| ![0, 1, 27, 28].contains(v)) {
        let result = BlockSignature::try_from(&bytes_with_v(v)[..]);
        assert!(matches!(result, Err(BlockSignatureError::Unrecoverable(_))), "v {v}: {result:?}");
    }
}

#[test]
fn refuses_another_length() {
    for length in [0, 64, 66, 130] {
        let bytes = vec![0; length];
        let Err(BlockSignatureError::Length { length: found }) =
            BlockSignature::try_from(bytes.as_slice())
        else {
            panic!("{length} bytes are accepted");
        };
        assert_eq!(found, length);
        let json = serde_json::to_string(&Bytes::from(bytes)).unwrap();
        assert!(serde_json::from_str::<BlockSignature>(&json).is_err());
    }
}

#[test]
fn refuses_a_high_s() {
    let twin = BlockSignature::new(high_s_twin(&SIGNATURE));
    let result = twin.recover_signer(&header());
    assert!(matches!(result, Err(BlockSignatureError::HighS)), "{result:?}");
    let result = recover_clique_signer(&clique_header(twin.to_bytes(), 0));
    assert!(matches!(result, Err(BlockSignatureError::HighS)), "{result:?}");
}

#[test]
fn finds_no_signer_where_there_is_none() {
    let one = U256::from(1);
    for (r, s) in [(U256::ZERO, one), (one, U256::ZERO), (CURVE_ORDER, one), (U256::MAX, one)] {
        let result = BlockSignature::new(Signature::new(r, s, false)).recover_signer(&header());
        assert!(matches!(result, Err(BlockSignatureError::Unrecoverable(_))), "{r} {s}");
    }
}

#[test]
fn clique_seal_hash_leaves_out_the_signature_only() {
    for signers in [0, 1, 2] {
        let header = clique_header(BlockSignature::new(SIGNATURE).to_bytes(), signers);
        let unsigned = &header.extra_data[..CLIQUE_VANITY_LENGTH + 20 * signers];
        let mut fields = list_items(&alloy_rlp::encode(&header));
        fields[EXTRA_DATA] = alloy_rlp::encode(unsigned);
        let seal_hash = clique_seal_hash(&header).unwrap();
        assert_eq!(seal_hash, keccak256(list_of(&fields)));

        let expected = SIGNATURE.recover_address_from_prehash(&seal_hash).unwrap();
        assert_eq!(recover_clique_signer(&header).unwrap(), expected);
    }
}

#[test]
fn clique_header_needs_room_for_vanity_and_signature() {
    for length in [0, 65, 96] {
        let header = ScrollHeader { extra_data: vec![1; length].into(), ..header() };
        for result in [clique_seal_hash(&header).err(), recover_clique_signer(&header).err()] {
            let Some(BlockSignatureError::ExtraDataTooShort { length: found }) = result else {
                panic!("{length} bytes: {result:?}");
            };
            assert_eq!(found, length);
        }
    }
    let header = ScrollHeader { extra_data: vec![1; 97].into(), ..header() };
    assert!(clique_seal_hash(&header).is_ok());
}
