//! Blocks in RLP.

#![no_main]

use alloy_consensus::Typed2718 as _;
use libfuzzer_sys::fuzz_target;
use rollup_primitives::{
    BlockSignature, ScrollBlock, ScrollHeader, block_signing_hash, recover_clique_signer,
};

fuzz_target!(|data: &[u8]| {
    if let Ok(block) = alloy_rlp::decode_exact::<ScrollBlock>(data) {
        // Not the same bytes: see the `transaction` target.
        let rlp = alloy_rlp::encode(&block);
        assert_eq!(alloy_rlp::decode_exact::<ScrollBlock>(&rlp).unwrap(), block);
        let is_legacy = block.body.transactions.iter().all(|tx| tx.is_legacy());
        assert!(!is_legacy || rlp == data);
        check_header(&block.header);
    }
    if let Ok(header) = alloy_rlp::decode_exact::<ScrollHeader>(data) {
        assert_eq!(alloy_rlp::encode(&header), data);
        check_header(&header);
    }
});

fn check_header(header: &ScrollHeader) {
    let _ = recover_clique_signer(header);
    let extra_data = header.extra_data.as_ref();
    let tail = &extra_data[extra_data.len().saturating_sub(65)..];
    if let Ok(signature) = BlockSignature::try_from(tail) {
        let _ = signature.recover_signer(header);
    }
    let bare = ScrollHeader { extra_data: Default::default(), ..header.clone() };
    assert_eq!(block_signing_hash(&bare), block_signing_hash(header));
}
