//! Transactions in their EIP-2718, network and pooled forms.

#![no_main]

use alloy_consensus::{Typed2718 as _, transaction::SignerRecoverable as _};
use alloy_eips::eip2718::{Decodable2718 as _, Encodable2718 as _};
use alloy_primitives::keccak256;
use libfuzzer_sys::fuzz_target;
use rollup_primitives::{ScrollPooledTransaction, ScrollTxEnvelope};

fuzz_target!(|data: &[u8]| {
    let tx = ScrollTxEnvelope::decode_2718_exact(data).ok();
    let pooled = ScrollPooledTransaction::decode_2718_exact(data).ok();
    check_pooled(tx.as_ref(), pooled);
    if let Some(tx) = tx {
        assert_eq!(tx.encoded_2718(), data);
        assert_eq!(*tx.hash(), keccak256(data));
        check(&tx);
    }

    let tx = alloy_rlp::decode_exact::<ScrollTxEnvelope>(data).ok();
    let pooled = alloy_rlp::decode_exact::<ScrollPooledTransaction>(data).ok();
    check_pooled(tx.as_ref(), pooled);
    if let Some(tx) = tx {
        // Not the same bytes: the string header around a typed transaction may be missing or wrong.
        let network = alloy_rlp::encode(&tx);
        assert_eq!(alloy_rlp::decode_exact::<ScrollTxEnvelope>(&network).unwrap(), tx);
        assert!(!tx.is_legacy() || network == data);
        check(&tx);
    }
});

fn check_pooled(tx: Option<&ScrollTxEnvelope>, pooled: Option<ScrollPooledTransaction>) {
    let expected = tx.filter(|tx| !tx.is_l1_message()).cloned();
    assert_eq!(pooled.map(ScrollTxEnvelope::from), expected);
}

fn check(tx: &ScrollTxEnvelope) {
    // High s values are refused by the first, not by the second.
    if let Ok(sender) = tx.recover_signer() {
        assert_eq!(tx.recover_signer_unchecked().unwrap(), sender);
    }
    let json = serde_json::to_string(tx).unwrap();
    assert_eq!(&serde_json::from_str::<ScrollTxEnvelope>(&json).unwrap(), tx);
}
