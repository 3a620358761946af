//! Block witnesses: any JSON ends with a verdict.

#![no_main]

use alloy_consensus::proofs::ordered_trie_root_with_encoder;
use libfuzzer_sys::fuzz_target;
use rollup_primitives::ScrollHeader;
use rollup_stateless::{BlockWitness, VerifyError, verify};

fuzz_target!(|data: &[u8]| {
    let Ok(mut witness) = BlockWitness::from_json(data) else {
        return;
    };
    check(&witness);
    // Otherwise hardly a change would get past the hashes.
    let transactions = &witness.transactions;
    witness.header.transactions_root =
        ordered_trie_root_with_encoder(transactions, |raw, out| out.extend_from_slice(raw));
    witness.block_hash = ScrollHeader::from(&witness.header).hash_slow();
    check(&witness);
});

fn check(witness: &BlockWitness) {
    let Ok(fork) = witness.hardfork() else { return };
    if let Err(err) = verify(witness, fork) {
        assert!(!matches!(err, VerifyError::Internal(_)), "{err:?}");
        let _ = err.to_string();
    }
}
