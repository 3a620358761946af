//! The transaction envelope: encodings of what it accepts, and senders.

use crate::support::{
    EIP155_EXAMPLE_HASH, EIP155_EXAMPLE_SENDER, SIGNATURE, any_transaction, eip155_example,
    high_s_twin, l1_message, list_items, payload, samples, with_signature,
};
use alloy_consensus::{Transaction as _, Typed2718 as _, transaction::SignerRecoverable as _};
use alloy_eips::eip2718::{Decodable2718 as _, Encodable2718 as _};
use alloy_primitives::{Bytes, b256, bytes, keccak256};
use proptest::prelude::*;
use rollup_primitives::{ScrollBlock, ScrollTxEnvelope, ScrollTxType, ScrollTypedTransaction};

fn assert_survives(tx: &ScrollTxEnvelope) {
    let raw = tx.encoded_2718();
    assert_eq!(raw.len(), tx.encode_2718_len());
    assert_eq!(*tx.hash(), keccak256(&raw));
    assert_eq!(tx.trie_hash(), keccak256(&raw));
    assert_eq!(&ScrollTxEnvelope::decode_2718_exact(&raw).unwrap(), tx);

    let network = alloy_rlp::encode(tx);
    let expected = if tx.is_legacy() { raw } else { alloy_rlp::encode(Bytes::from(raw)) };
    assert_eq!(network, expected);
    assert_eq!(&alloy_rlp::decode_exact::<ScrollTxEnvelope>(&network).unwrap(), tx);

    let json = serde_json::to_string(tx).unwrap();
    assert_eq!(&serde_json::from_str::<ScrollTxEnvelope>(&json).unwrap(), tx, "{json}");
}

proptest! {
    #[test]
    fn any_transaction_survives_every_encoding(tx in any_transaction()) {
        assert_survives(&tx);
    }
}

#[test]
fn samples_survive_every_encoding() {
    for tx in samples() {
        assert_survives(&tx);
    }
}

#[test]
fn samples_cover_every_type() {
    let types: Vec<_> = samples().iter().map(|tx| tx.ty()).collect();
    assert_eq!(types, [0, 0, 1, 2, 4, 0x7e]);
    let known: Vec<_> = (0..=u8::MAX).filter(|ty| ScrollTxType::try_from(*ty).is_ok()).collect();
    assert_eq!(known, [0, 1, 2, 4, 0x7e]);
}

#[test]
fn block_survives_rlp_with_every_type_in_it() {
    let mut block = ScrollBlock::default();
    block.header.base_fee_per_gas = Some(7);
    block.body.transactions = samples();
    let rlp = alloy_rlp::encode(&block);
    assert_eq!(alloy_rlp::decode_exact::<ScrollBlock>(&rlp).unwrap(), block);
    // Header, transactions, ommers: no fourth item for withdrawals.
    assert_eq!(list_items(&rlp).len(), 3);
}

// Encoded and hashed by an independent program.
#[test]
fn l1_message_has_the_known_encoding_and_hash() {
    let raw = bytes!(
        "7ef838830e76ab831e848094353535353535353535353535353535353535353505848ef1332e"
        "947885bcbd5cecef1336b5300fb5186a12ddd8c478"
    );
    let hash = b256!("0x39e731a4f6d57af4cfb09aefaf0bc3909991cd8e58a94489116548d14e66a333");
    assert_eq!(l1_message().encoded_2718(), raw);
    assert_eq!(l1_message().tx_hash(), hash);
    let tx = ScrollTxEnvelope::decode_2718_exact(&raw).unwrap();
    assert_eq!(*tx.hash(), hash);
    assert_eq!(tx.as_l1_message().unwrap().inner(), &l1_message());
}

#[test]
fn l1_message_fields_are_in_queue_order() {
    let message = l1_message();
    let fields = list_items(&payload(&message.clone().into()));
    let expected = [
        alloy_rlp::encode(message.queue_index),
        alloy_rlp::encode(message.gas_limit),
        alloy_rlp::encode(message.to),
        alloy_rlp::encode(message.value),
        alloy_rlp::encode(&message.input),
        alloy_rlp::encode(message.sender),
    ];
    assert_eq!(fields, expected);
}

#[test]
fn l1_message_has_no_fee_nonce_or_chain() {
    let tx = ScrollTxEnvelope::from(l1_message());
    assert_eq!(tx.chain_id(), None);
    assert_eq!((tx.nonce(), tx.gas_limit()), (0, 2_000_000));
    assert_eq!((tx.gas_price(), tx.max_fee_per_gas()), (None, 0));
    assert_eq!((tx.max_priority_fee_per_gas(), tx.priority_fee_or_price()), (None, 0));
    for base_fee in [None, Some(7)] {
        assert_eq!(tx.effective_gas_price(base_fee), 0);
    }
    assert_eq!(tx.to(), Some(l1_message().to));
    assert!(!tx.is_create() && tx.access_list().is_none() && tx.authorization_list().is_none());
    assert_eq!((tx.queue_index(), tx.signature()), (Some(0x0e76ab), None));
}

#[test]
fn only_an_l1_message_has_a_queue_index_and_no_signature() {
    for tx in samples() {
        let is_l1_message = tx.ty() == 0x7e;
        assert_eq!(tx.is_l1_message(), is_l1_message);
        assert_eq!(tx.as_l1_message().is_some(), is_l1_message);
        assert_eq!(tx.queue_index().is_some(), is_l1_message);
        assert_eq!(tx.signature().is_none(), is_l1_message);
        let unsigned = ScrollTypedTransaction::from(tx.clone());
        assert_eq!(unsigned.signature_hash().is_none(), is_l1_message);
    }
}

#[test]
fn recovers_the_sender_of_the_eip155_example() {
    let tx = eip155_example();
    assert_eq!(*tx.hash(), EIP155_EXAMPLE_HASH);
    assert_eq!(tx.recover_signer().unwrap(), EIP155_EXAMPLE_SENDER);
    assert_eq!(tx.recover_signer_unchecked().unwrap(), EIP155_EXAMPLE_SENDER);
}

#[test]
fn refuses_the_high_s_twin_of_a_signature() {
    for tx in samples().into_iter().filter(|tx| !tx.is_l1_message()) {
        let sender = tx.recover_signer().unwrap();
        let twin = with_signature(&tx, high_s_twin(tx.signature().unwrap()));
        assert_ne!(twin.hash(), tx.hash());
        assert!(twin.recover_signer().is_err(), "type {}", tx.ty());
        assert_eq!(twin.recover_signer_unchecked().unwrap(), sender);
        assert_eq!(twin.recover_unchecked_with_buf(&mut Vec::new()).unwrap(), sender);
    }
}

#[test]
fn sender_depends_on_the_chain_that_is_signed_for() {
    let ScrollTypedTransaction::Legacy(mut tx) = eip155_example().into() else {
        panic!("the example is a legacy transaction");
    };
    tx.chain_id = Some(2);
    let tx = ScrollTypedTransaction::Legacy(tx).into_signed(SIGNATURE);
    assert_ne!(tx.recover_signer().unwrap(), EIP155_EXAMPLE_SENDER);
}

#[test]
fn sender_of_an_l1_message_is_a_field() {
    let tx = ScrollTxEnvelope::from(l1_message());
    assert_eq!(tx.recover_signer().unwrap(), l1_message().sender);
    assert_eq!(tx.recover_signer_unchecked().unwrap(), l1_message().sender);
    assert_eq!(with_signature(&tx, SIGNATURE), tx);
}

#[test]
fn consensus_json_of_an_l1_message_reads_without_what_nodes_add() {
    let tx = ScrollTxEnvelope::from(l1_message());
    let mut json = serde_json::to_value(&tx).unwrap();
    let object = json.as_object_mut().unwrap();
    assert_eq!(object["gas"], "0x1e8480");
    assert_eq!(object["queueIndex"], "0xe76ab");
    for added in ["nonce", "r", "s", "v", "yParity"] {
        assert_eq!(object.remove(added).unwrap(), "0x0", "{added}");
    }
    assert_eq!(serde_json::from_value::<ScrollTxEnvelope>(json).unwrap(), tx);
}
