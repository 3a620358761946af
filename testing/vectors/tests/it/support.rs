//! Recorded blocks, and what a forger would do to them.

use alloy_eips::eip2718::Encodable2718 as _;
use alloy_primitives::{B256, Bytes};
use alloy_rlp::BufMut;
use rollup_primitives::{ScrollHeader, ScrollTxEnvelope};
use rollup_stateless::{BlockWitness, VerifiedBlock, VerifyError, verify};
use rollup_vectors::{TestData, read_witness};
use serde_json::Value;
use std::fs;

/// Small blocks that between them have every transaction type of the samples: none, an L1 message,
/// legacy, dynamic-fee, set-code; and every fork.
pub(crate) const SMALL_BLOCKS: [&str; 9] = [
    "euclidv1/4.json.zst",
    "euclidv1/27-dd12a434.json.zst",
    "euclidv2/2-988f6cd3.json.zst",
    "euclidv2/5.json.zst",
    "feynman/36.json.zst",
    "feynman/19604677.json.zst",
    "feynman/16525002.json.zst",
    "galileo/20239226.json.zst",
    "validium/348.json.zst",
];

/// The small blocks, each with the name of its file.
pub(crate) fn small_blocks(data: &TestData) -> Vec<(&'static str, BlockWitness)> {
    SMALL_BLOCKS.into_iter().map(|file| (file, read_witness(data, file).unwrap())).collect()
}

/// Parses a JSON file of the test data.
pub(crate) fn read_json(data: &TestData, path: &str) -> Value {
    serde_json::from_slice(&fs::read(data.path(path)).unwrap()).unwrap()
}

/// Parses a value of a JSON file.
pub(crate) fn parse<T: serde::de::DeserializeOwned>(value: &Value) -> T {
    serde_json::from_value(value.clone()).unwrap()
}

/// Verifies by the fork that the witness names.
pub(crate) fn verify_own(witness: &BlockWitness) -> Result<VerifiedBlock, VerifyError> {
    verify(witness, witness.hardfork()?)
}

/// Root over transactions as raw bytes, which need not be transactions.
pub(crate) fn transactions_root(raw: &[Bytes]) -> B256 {
    alloy_consensus::proofs::ordered_trie_root_with_encoder(raw, |raw, out: &mut Vec<u8>| {
        out.put_slice(raw);
    })
}

/// Makes header and block hash fit the transactions and the other header fields again.
pub(crate) fn reseal(witness: &mut BlockWitness) {
    witness.header.transactions_root = transactions_root(&witness.transactions);
    witness.block_hash = ScrollHeader::from(&witness.header).hash_slow();
}

/// `witness` after `change`, resealed.
pub(crate) fn forged(
    witness: &BlockWitness,
    change: impl FnOnce(&mut BlockWitness),
) -> BlockWitness {
    let mut witness = witness.clone();
    change(&mut witness);
    reseal(&mut witness);
    witness
}

/// Replaces a transaction of the witness by what `change` makes of it.
pub(crate) fn replace_transaction(
    witness: &mut BlockWitness,
    index: usize,
    change: impl FnOnce(ScrollTxEnvelope) -> ScrollTxEnvelope,
) {
    let tx = witness.body().unwrap().transactions.swap_remove(index);
    witness.transactions[index] = change(tx).encoded_2718().into();
}
