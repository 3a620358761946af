//! Hashes and roots of every recorded block, recomputed.

use crate::support::{read_json, transactions_root};
use alloy_consensus::{
    ReceiptWithBloom, proofs::calculate_transaction_root, transaction::SignerRecoverable as _,
};
use alloy_eips::eip2718::{Decodable2718 as _, Encodable2718 as _};
use alloy_primitives::{B256, keccak256};
use rayon::prelude::*;
use rollup_primitives::{ScrollHeader, ScrollReceipt, ScrollTxEnvelope};
use rollup_stateless::BlockWitness;
use rollup_vectors::{TestData, read_block_index, read_witness};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

const BLOCKS: usize = 174;

/// Names of the witnesses below the folder of the index, as the index gives them.
fn present_files(root: &Path) -> BTreeSet<String> {
    let mut files = BTreeSet::new();
    for folder in root.read_dir().unwrap().map(Result::unwrap) {
        if !folder.file_type().unwrap().is_dir() {
            continue;
        }
        for file in folder.path().read_dir().unwrap().map(Result::unwrap) {
            let [folder, file] = [folder.file_name(), file.file_name()];
            files.insert(format!("{}/{}", folder.to_str().unwrap(), file.to_str().unwrap()));
        }
    }
    files
}

#[test]
fn every_file_is_listed_read_and_has_its_hashes() {
    let Some(data) = TestData::find() else { return };
    let index = read_block_index(&data).unwrap();
    let read: BTreeSet<_> = index
        .par_iter()
        .map(|record| {
            let witness = read_witness(&data, &record.file).unwrap();
            check_header(&witness);
            assert_eq!(witness.block_hash, record.block_hash, "{}", record.file);
            assert_eq!(witness.fork, record.fork, "{}", record.file);
            assert_eq!(witness.transactions.len(), record.tx_count, "{}", record.file);
            if !witness.is_ethereum() {
                check_transactions(&witness);
                check_receipts(&witness);
            }
            record.file.clone()
        })
        .collect();
    assert_eq!(read.len(), index.len(), "the index lists a file twice");
    assert_eq!(read, present_files(&data.path("data/blocks")));
    assert_eq!(read.len(), BLOCKS);
}

fn check_header(witness: &BlockWitness) {
    let header = ScrollHeader::from(&witness.header);
    let rlp = alloy_rlp::encode(&header);
    assert_eq!(keccak256(&rlp), witness.block_hash);
    assert_eq!(header.hash_slow(), witness.block_hash);
    assert_eq!(alloy_rlp::decode_exact::<ScrollHeader>(&rlp).unwrap(), header);
    assert_eq!(transactions_root(&witness.transactions), header.transactions_root);
}

fn check_transactions(witness: &BlockWitness) {
    let transactions = witness.body().unwrap().transactions;
    for (tx, raw) in transactions.iter().zip(&witness.transactions) {
        assert_eq!(tx.encoded_2718(), raw.as_ref());
        assert_eq!(*tx.hash(), keccak256(raw));
        let network = alloy_rlp::encode(tx);
        assert_eq!(&alloy_rlp::decode_exact::<ScrollTxEnvelope>(&network).unwrap(), tx);
        let json = serde_json::to_value(tx).unwrap();
        assert_eq!(&serde_json::from_value::<ScrollTxEnvelope>(json).unwrap(), tx);
        tx.recover_signer().unwrap();
    }
    let root = calculate_transaction_root(&transactions);
    assert_eq!(root, witness.header.transactions_root);
}

fn check_receipts(witness: &BlockWitness) {
    let Some(raw) = witness.derived.as_ref().and_then(|derived| derived.receipts.as_ref()) else {
        return;
    };
    let receipts: Vec<_> = raw
        .iter()
        .map(|raw| {
            let receipt = ReceiptWithBloom::<ScrollReceipt>::decode_2718_exact(raw).unwrap();
            assert_eq!(receipt.encoded_2718(), raw.as_ref());
            receipt.receipt
        })
        .collect();
    assert_eq!(ScrollReceipt::receipts_root(&receipts), witness.header.receipts_root);
    assert_eq!(ScrollReceipt::logs_bloom(&receipts), witness.header.logs_bloom);
}

#[test]
fn state_goes_on_where_the_parent_left_it() {
    let Some(data) = TestData::find() else { return };
    let index = read_json(&data, "data/blocks/index.json");
    let blocks = index["blocks"].as_array().unwrap();
    let hash = |block: &serde_json::Value, key: &str| -> B256 {
        serde_json::from_value(block[key].clone()).unwrap()
    };
    let roots: BTreeMap<_, _> =
        blocks.iter().map(|block| (hash(block, "block_hash"), hash(block, "state_root"))).collect();
    let mut linked = 0;
    for block in blocks {
        if let Some(root) = roots.get(&hash(block, "parent_hash")) {
            assert_eq!(hash(block, "parent_state_root"), *root, "{}", block["file"]);
            linked += 1;
        }
    }
    assert!(linked > 60, "only {linked} blocks follow another");
}
