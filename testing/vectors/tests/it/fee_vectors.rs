//! Compressed sizes and L1 data fees against published vectors.

use crate::support::{parse, read_json};
use alloy_consensus::Transaction as _;
use alloy_eips::eip2718::Decodable2718 as _;
use alloy_primitives::{B256, Bytes, U256, keccak256};
use rollup_evm::{
    GasPriceOracle, LIBZSTD_VERSION, ScrollSpecId, compressed_size, compression_ratio,
};
use rollup_primitives::ScrollTxEnvelope;
use rollup_stateless::verify;
use rollup_vectors::{TestData, read_witness};
use serde_json::Value;

const VECTORS_FILE: &str = "spec/data/zstd_l1fee_vectors.json";
const VECTORS: usize = 41;
const TRANSACTIONS: usize = 69;

#[test]
fn the_linked_libzstd_is_the_one_that_consensus_is_defined_by() {
    assert_eq!(zstd::zstd_safe::version_number(), 10_507);
    assert_eq!(zstd::zstd_safe::version_number(), LIBZSTD_VERSION);
}

/// Hashes of consecutive big-endian numbers from 0.
fn keccak_counter(length: usize) -> Vec<u8> {
    (0u64..).flat_map(|number| keccak256(number.to_be_bytes()).0).take(length).collect()
}

/// Words of 24 zero bytes and eight bytes of the counter stream, taken from the word's own offset.
fn abi_like(length: usize) -> Vec<u8> {
    let stream = keccak_counter(length);
    let words = (0..length).step_by(32).flat_map(|offset| {
        let chunk = &stream[offset..length.min(offset + 8)];
        [vec![0; 24], chunk.to_vec()].concat()
    });
    words.take(length).collect()
}

fn vector_input(vector: &Value) -> Vec<u8> {
    let length = usize::try_from(vector["len"].as_u64().unwrap()).unwrap();
    if let Some(bytes) = vector.get("bytes") {
        return parse::<Bytes>(bytes).into();
    }
    match vector["name"].as_str().unwrap().rsplit_once('-').unwrap().0 {
        "zeros" => vec![0; length],
        "keccak-counter" => keccak_counter(length),
        "abi-like" => abi_like(length),
        name => panic!("no generator {name}"),
    }
}

fn decimal(value: &Value) -> U256 {
    value.as_str().unwrap().parse().unwrap()
}

#[test]
fn synthetic_inputs_have_the_published_size_and_ratio() {
    let Some(data) = TestData::find() else { return };
    let file = read_json(&data, VECTORS_FILE);
    let vectors = file["vectors"].as_array().unwrap();
    for vector in vectors {
        let input = vector_input(vector);
        assert_eq!(input.len() as u64, vector["len"], "{}", vector["name"]);
        assert_eq!(compressed_size(&input) as u64, vector["size"], "{}", vector["name"]);
        assert_eq!(compression_ratio(&input), decimal(&vector["ratio"]), "{}", vector["name"]);
    }
    assert_eq!(vectors.len(), VECTORS);
}

#[test]
fn real_transactions_have_the_published_size_and_ratio() {
    let Some(data) = TestData::find() else { return };
    let file = read_json(&data, VECTORS_FILE);
    let transactions = file["transactions"].as_array().unwrap();
    for vector in transactions {
        let raw: Bytes = parse(&vector["raw"]);
        let name = &vector["tx_hash"];
        let tx = ScrollTxEnvelope::decode_2718_exact(&raw).unwrap();
        assert_eq!(*tx.hash(), parse::<B256>(name));
        assert_eq!(raw.len() as u64, vector["raw_len"], "{name}");
        assert_eq!(tx.input().len() as u64, vector["input_len"], "{name}");
        assert_eq!(compressed_size(&raw) as u64, vector["compressed_size_raw"], "{name}");
        let ratio = decimal(&vector["compression_ratio_input"]);
        assert_eq!(compression_ratio(tx.input()), ratio, "{name}");
    }
    assert_eq!(transactions.len(), TRANSACTIONS);
}

// One context per thread serves inputs of all sizes.
#[test]
fn size_does_not_depend_on_what_was_compressed_before() {
    let inputs: Vec<_> =
        [120_000, 1, 5_000, 33, 20_000].into_iter().map(abi_like).chain([Vec::new()]).collect();
    let sizes: Vec<_> = inputs.iter().map(|input| compressed_size(input)).collect();
    let reversed: Vec<_> = inputs.iter().rev().map(|input| compressed_size(input)).collect();
    assert!(sizes.iter().eq(reversed.iter().rev()));
    let elsewhere = std::thread::spawn(move || {
        inputs.iter().map(|input| compressed_size(input)).collect::<Vec<_>>()
    });
    assert_eq!(elsewhere.join().unwrap(), sizes);
}

// Spec 4.3, the numbers marked as real.
#[test]
fn simple_transfers_pay_the_published_fees() {
    let Some(data) = TestData::find() else { return };
    let cases = [
        ("euclidv2/14919991.json.zst", vec![754_801_066_123u64]),
        ("euclidv1/12508460.json.zst", vec![2_828_143_457_248]),
        ("euclidv1/12508461.json.zst", vec![2_828_143_457_248]),
        ("feynman/16525002.json.zst", vec![8_645_655_020_400; 2]),
    ];
    for (file, fees) in cases {
        let mut witness = read_witness(&data, file).unwrap();
        // The fees are those of the state root, not those that the file gives beside it.
        witness.derived = None;
        let verified = verify(&witness, witness.hardfork().unwrap()).unwrap();
        assert_eq!(verified.l1_data_fees, U256::from(fees.iter().sum::<u64>()), "{file}");
        assert_eq!(verified.transactions, fees.len(), "{file}");
    }
}

#[test]
fn feynman_fee_of_a_real_transfer_follows_from_its_bytes() {
    let Some(data) = TestData::find() else { return };
    let oracle = GasPriceOracle {
        l1_base_fee: U256::from(2_083_759_635u64),
        l1_blob_base_fee: U256::from(1),
        commit_scalar: U256::from(35_161_571_255u64),
        blob_scalar: U256::from(404_725_192),
        penalty_threshold: U256::from(1_000_000_000),
        penalty_factor: U256::from(1_000_000_000),
        ..Default::default()
    };
    let witness = read_witness(&data, "feynman/16525002.json.zst").unwrap();
    for raw in &witness.transactions {
        let tx = ScrollTxEnvelope::decode_2718_exact(raw).unwrap();
        assert_eq!(raw.len(), 118);
        let fee = oracle.l1_data_fee(raw, tx.input(), ScrollSpecId::Feynman);
        assert_eq!(fee, U256::from(8_645_655_020_400u64));
    }
}
