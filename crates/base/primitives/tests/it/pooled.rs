//! The form that travels between peers.

use crate::support::{high_s_twin, l1_message, samples, with_signature};
use alloy_consensus::{
    Typed2718 as _,
    transaction::{SignerRecoverable as _, TxHashRef as _},
};
use alloy_eips::eip2718::{Decodable2718 as _, Encodable2718 as _};
use rollup_primitives::{ScrollPooledTransaction, ScrollPooledTxType, ScrollTxEnvelope};

fn signed_samples() -> impl Iterator<Item = ScrollTxEnvelope> {
    samples().into_iter().filter(|tx| !tx.is_l1_message())
}

#[test]
fn signed_transactions_keep_their_encoding_hash_and_sender() {
    for tx in signed_samples() {
        let pooled = ScrollPooledTransaction::try_from(tx.clone()).unwrap();
        assert_eq!(pooled.encoded_2718(), tx.encoded_2718());
        assert_eq!(alloy_rlp::encode(&pooled), alloy_rlp::encode(&tx));
        assert_eq!(pooled.tx_hash(), tx.hash());
        assert_eq!(Some(pooled.signature()), tx.signature());
        assert_eq!(pooled.recover_signer().unwrap(), tx.recover_signer().unwrap());

        let decoded = ScrollPooledTransaction::decode_2718_exact(&tx.encoded_2718()).unwrap();
        assert_eq!(decoded, pooled);
        let decoded: ScrollPooledTransaction =
            alloy_rlp::decode_exact(alloy_rlp::encode(&tx)).unwrap();
        assert_eq!(decoded, pooled);
        let json = serde_json::to_value(&tx).unwrap();
        assert_eq!(serde_json::to_value(&pooled).unwrap(), json);
        assert_eq!(serde_json::from_value::<ScrollPooledTransaction>(json).unwrap(), pooled);
        assert_eq!(ScrollTxEnvelope::from(pooled), tx);
    }
}

#[test]
fn an_l1_message_is_given_back() {
    let tx = ScrollTxEnvelope::from(l1_message());
    let refused = ScrollPooledTransaction::try_from(tx.clone()).unwrap_err();
    assert_eq!(refused.into_value(), tx);
}

#[test]
fn an_l1_message_is_refused_in_every_encoding() {
    let tx = ScrollTxEnvelope::from(l1_message());
    let raw = tx.encoded_2718();
    assert!(ScrollPooledTransaction::decode_2718(&mut raw.as_slice()).is_err());
    assert!(ScrollPooledTransaction::decode_2718_exact(&raw).is_err());
    let network = alloy_rlp::encode(&tx);
    assert!(alloy_rlp::decode_exact::<ScrollPooledTransaction>(&network).is_err());
    let json = serde_json::to_value(&tx).unwrap();
    assert!(serde_json::from_value::<ScrollPooledTransaction>(json).is_err());
}

#[test]
fn knows_four_types() {
    let known: Vec<_> =
        (0..=u8::MAX).filter(|ty| ScrollPooledTxType::try_from(*ty).is_ok()).collect();
    assert_eq!(known, [0, 1, 2, 4]);
}

#[test]
fn refuses_the_high_s_twin_of_a_signature() {
    for tx in signed_samples() {
        let twin = with_signature(&tx, high_s_twin(tx.signature().unwrap()));
        let pooled = twin.try_into_pooled().unwrap();
        assert!(pooled.recover_signer().is_err(), "type {}", tx.ty());
        let sender = tx.recover_signer().unwrap();
        assert_eq!(pooled.recover_signer_unchecked().unwrap(), sender);
    }
}
