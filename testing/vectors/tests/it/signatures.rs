//! Signatures and hashes that public networks produced.

use crate::support::{parse, read_json};
use alloy_eips::eip2718::{Decodable2718 as _, Encodable2718 as _};
use alloy_primitives::{Address, B256, Bytes, address, keccak256};
use rollup_primitives::{
    BlockSignature, CLIQUE_VANITY_LENGTH, ScrollHeader, ScrollTxEnvelope, block_signing_hash,
    recover_clique_signer,
};
use rollup_vectors::{TestData, read_witness};
use std::collections::BTreeMap;

/// The Clique signer that mainnet started with; the extra data of its genesis names it.
const MAINNET_GENESIS_SIGNER: Address = address!("0xd2ACF5d16a983DB0d909d9D761B8337Fabd6cBd1");
/// The Clique signer of mainnet at the time of Bernoulli: the set of signers is voted on.
const MAINNET_BERNOULLI_SIGNER: Address = address!("0x2448e8BB66F2e79163a6AfE95A91Fc024e59dfb2");
/// The Clique signer of the devnets, which share a key.
const DEVNET_SIGNER: Address = address!("0x756EA06BDEe36de11F22DCca45a31d8a178eF3c6");

#[test]
fn clique_headers_are_sealed_by_the_signers_of_their_chains() {
    let Some(data) = TestData::find() else { return };
    let index = read_json(&data, "data/blocks/index.json");
    let mut sealed = BTreeMap::new();
    for block in index["blocks"].as_array().unwrap() {
        let file = block["file"].as_str().unwrap();
        let witness = read_witness(&data, file).unwrap();
        let header = ScrollHeader::from(&witness.header);
        if witness.is_ethereum() || header.extra_data.is_empty() {
            assert!(recover_clique_signer(&header).is_err(), "{file}");
            continue;
        }
        let signer = recover_clique_signer(&header).unwrap();
        let (expected, is_sealed) = match (block["origin"].as_str().unwrap(), header.number) {
            ("canonical", 1) => (MAINNET_GENESIS_SIGNER, true),
            ("canonical", _) => (MAINNET_BERNOULLI_SIGNER, true),
            ("devnet", _) => (DEVNET_SIGNER, true),
            // Rebuilt over another state root, under the signature of the original.
            _ => (MAINNET_BERNOULLI_SIGNER, false),
        };
        assert_eq!(signer == expected, is_sealed, "{file}: {signer}");
        if is_sealed {
            *sealed.entry(signer).or_insert(0) += 1;
        }
    }
    let expected =
        [(MAINNET_GENESIS_SIGNER, 1), (MAINNET_BERNOULLI_SIGNER, 1), (DEVNET_SIGNER, 24)];
    assert_eq!(sealed, expected.into());
}

#[test]
fn genesis_extra_data_names_the_clique_signer() {
    let mainnet = rollup_chainspec::scroll_mainnet();
    let extra_data = &mainnet.genesis().extra_data;
    assert_eq!(extra_data[CLIQUE_VANITY_LENGTH..][..20], MAINNET_GENESIS_SIGNER.0);
}

#[test]
fn block_signature_of_mainnet_names_the_authorized_signer() {
    let Some(data) = TestData::find() else { return };
    let vector = &read_json(&data, "data/l1/expected.json")["signed_block"];
    let rlp: Bytes = parse(&vector["header_rlp"]);
    let header: ScrollHeader = alloy_rlp::decode_exact(&rlp).unwrap();
    assert_eq!(alloy_rlp::encode(&header), rlp);
    assert_eq!(header.hash_slow(), parse::<B256>(&vector["block_hash"]));
    assert_eq!(block_signing_hash(&header), parse::<B256>(&vector["signing_hash"]));

    let signature: BlockSignature = parse(&vector["signature"]);
    let signer: Address = parse(&vector["signer"]);
    assert_eq!(signature.recover_signer(&header).unwrap(), signer);
    assert_eq!(rollup_chainspec::scroll_mainnet().config().default_authorized_signer, Some(signer));
    let hinted = ScrollHeader { extra_data: vec![7; 32].into(), ..header };
    assert_eq!(signature.recover_signer(&hinted).unwrap(), signer);
    let other = ScrollHeader { gas_used: header.gas_used + 1, ..header };
    assert_ne!(signature.recover_signer(&other).unwrap(), signer);
}

#[test]
fn l1_messages_have_the_hashes_of_the_networks() {
    let Some(data) = TestData::find() else { return };
    let files = [
        "data/codec/v4_mainnet_314189.l1_messages.json",
        "data/derivation/v0_mainnet_12.l1_messages.json",
        "data/derivation/v0_sepolia_100.l1_messages.json",
        "data/derivation/bench/l1_messages.json",
    ];
    let mut checked = 0;
    for file in files {
        for message in read_json(&data, file).as_array().unwrap() {
            let raw: Bytes = parse(&message["encoded"]);
            let tx = ScrollTxEnvelope::decode_2718_exact(&raw).unwrap();
            assert_eq!(tx.encoded_2718(), raw);
            assert_eq!(*tx.hash(), parse::<B256>(&message["tx_hash"]));
            assert_eq!(*tx.hash(), keccak256(&raw));
            let fields = tx.as_l1_message().unwrap().inner();
            assert_eq!(fields.sender, parse::<Address>(&message["sender"]));
            assert_eq!(fields.to, parse::<Address>(&message["to"]));
            assert_eq!(fields.input, parse::<Bytes>(&message["data"]));
            let text = |value: &serde_json::Value| value.to_string().replace('"', "");
            assert_eq!(fields.queue_index.to_string(), text(&message["queueIndex"]));
            assert_eq!(fields.gas_limit.to_string(), text(&message["gasLimit"]));
            assert_eq!(fields.value.to_string(), text(&message["value"]));
            checked += 1;
        }
    }
    assert!(checked >= 13, "{checked}");
}
