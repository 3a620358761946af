//! Metadata, forkchoice, headers, bodies and receipts.

use super::super::fixture::{BATCH, change, findings, healthy, report};
use super::{Case, HASH, STRANGER, assert_found, block_id, delete, edit, put};
use alloy_primitives::{Bytes, U256};
use rollup_db::{
    BlockBatches, BlockBodyIndex, BlockBodyIndices, CanonicalHeaders, Forkchoice, ForkchoiceKey,
    HeaderNumbers, Headers, Metadata, MetadataKey, NextQueueIndices, Receipts, Senders, Signatures,
    TransactionNumbers, Transactions, WriteTx,
};
use rollup_primitives::ScrollTxEnvelope;

fn metadata(tx: &WriteTx, key: MetadataKey, bytes: &[u8]) {
    put::<Metadata>(tx, key, Bytes::copy_from_slice(bytes));
}

#[test]
fn metadata_of_another_chain_or_form_are_found() {
    assert_found(&[
        (
            |tx| metadata(tx, MetadataKey::ChainId, &1_u64.to_be_bytes()),
            &["Metadata ChainId is 1, the configured chain has 1337"],
        ),
        (|tx| delete::<Metadata>(tx, MetadataKey::ChainId), &["Metadata ChainId is missing"]),
        (
            |tx| metadata(tx, MetadataKey::GenesisHash, HASH.as_slice()),
            &["Metadata GenesisHash is 0xeeee"],
        ),
        (
            |tx| delete::<Metadata>(tx, MetadataKey::GenesisHash),
            &["Metadata GenesisHash is missing"],
        ),
        (
            |tx| metadata(tx, MetadataKey::StateRoot, &[1; 31]),
            &["Metadata StateRoot has 31 bytes instead of 32"],
        ),
        (
            |tx| metadata(tx, MetadataKey::StateRoot, HASH.as_slice()),
            &["Metadata StateRoot is 0xeeee"],
        ),
        (|tx| delete::<Metadata>(tx, MetadataKey::StateRoot), &["Metadata StateRoot is missing"]),
        (
            |tx| metadata(tx, MetadataKey::SchemaVersion, &99_u32.to_be_bytes()),
            &["Metadata SchemaVersion is 99, this program has 1"],
        ),
        (
            |tx| metadata(tx, MetadataKey::HistoryStart, &[]),
            &["Metadata HistoryStart has 0 bytes instead of 8"],
        ),
        (
            |tx| metadata(tx, MetadataKey::LogSequence, &[1; 7]),
            &["Metadata LogSequence has 7 bytes instead of 8"],
        ),
        (
            |tx| metadata(tx, MetadataKey::SignedSequence, &[1; 9]),
            &["Metadata SignedSequence has 9 bytes instead of 8"],
        ),
        (
            |tx| metadata(tx, MetadataKey::L1Processed, &[1; 9]),
            &["Metadata L1Processed has 9 bytes instead of 8"],
        ),
    ]);
}

#[test]
fn a_forkchoice_that_is_not_of_the_chain_is_found() {
    assert_found(&[
        (|tx| delete::<Forkchoice>(tx, ForkchoiceKey::Head), &["Forkchoice Head is missing"]),
        (|tx| delete::<Forkchoice>(tx, ForkchoiceKey::Safe), &["Forkchoice Safe is missing"]),
        (
            |tx| edit::<Forkchoice>(tx, ForkchoiceKey::Safe, |block| block.hash = HASH),
            &["Forkchoice Safe is block 5 0xeeee"],
        ),
        (
            |tx| edit::<Forkchoice>(tx, ForkchoiceKey::Head, |block| block.number = 9),
            &["Forkchoice Head is block 9 0x"],
        ),
        (
            |tx| edit::<Forkchoice>(tx, ForkchoiceKey::Head, |block| block.number = u64::MAX),
            &["Forkchoice Head is block 18446744073709551615 0x"],
        ),
        (
            |tx| put::<Forkchoice>(tx, ForkchoiceKey::Finalized, block_id(tx, 6)),
            &["Forkchoice Finalized is block 6, above Safe, which is block 5"],
        ),
        (
            |tx| put::<Forkchoice>(tx, ForkchoiceKey::Head, block_id(tx, 4)),
            &["Forkchoice Safe is block 5, above Head, which is block 4"],
        ),
    ]);
}

// As if an append had been written but for the head, or an unwind only half.
#[test]
fn what_is_above_the_head_is_found_in_every_table() {
    assert_found(&[(
        |tx| {
            put::<Forkchoice>(tx, ForkchoiceKey::Head, block_id(tx, 5));
            put::<BlockBatches>(tx, 6, BATCH.into());
            put::<NextQueueIndices>(tx, 6, 6);
        },
        &[
            "CanonicalHeaders 6 is above the head",
            "Headers 6 is above the head",
            "BlockBodyIndices 6 is above the head",
            "Signatures 6 is of a block above the head",
            "HeaderNumbers 0x",
            "NextQueueIndices 6 is not a block in the chain",
            "Transactions 11 is in no block",
            "Senders 11 is of a transaction in no block",
            "TransactionNumbers 0x",
            "Receipts 11 is of a transaction in no block",
            "AccountChangesets 6 changes account 0x0404",
            "StorageChangesets 6/0x0404040404040404040404040404040404040404 changes slot 0x",
            "BlockBatches 6 is of a block above the head",
            "Headers 5 has the state root 0x",
        ],
    )]);
}

#[test]
fn headers_that_are_no_chain_are_found() {
    assert_found(&[
        (
            |tx| (2..4).for_each(|number| delete::<CanonicalHeaders>(tx, number)),
            &["CanonicalHeaders 2 is missing, and 1 after it"],
        ),
        (|tx| delete::<CanonicalHeaders>(tx, 6), &["CanonicalHeaders 6 is missing"]),
        (|tx| delete::<Headers>(tx, 6), &["Headers 6 is missing"]),
        (|tx| put::<CanonicalHeaders>(tx, 0, HASH), &["CanonicalHeaders 0 is 0xeeee"]),
        (|tx| put::<CanonicalHeaders>(tx, 3, HASH), &["Headers 3 has the hash 0x"]),
        (|tx| edit::<Headers>(tx, 3, |header| header.number = 4), &["Headers 3 has the number 4"]),
        (
            |tx| edit::<Headers>(tx, 3, |header| header.gas_limit = 4),
            &["Headers 3 has the hash 0x"],
        ),
        // A block that is exchanged with all that names it, but is not the parent of the next.
        (
            |tx| {
                edit::<Headers>(tx, 2, |header| header.gas_limit = 4);
                let hash = tx.get::<Headers>(&2).unwrap().unwrap().hash_slow();
                delete::<HeaderNumbers>(tx, block_id(tx, 2).hash);
                put::<HeaderNumbers>(tx, hash, 2);
                put::<CanonicalHeaders>(tx, 2, hash);
            },
            &["Headers 3 has the parent 0x"],
        ),
        (
            |tx| put::<HeaderNumbers>(tx, HASH, 3),
            &["HeaderNumbers {HASH} is not the hash of a block in the chain"],
        ),
        (
            |tx| put::<Signatures>(tx, 7, tx.get::<Signatures>(&1).unwrap().unwrap()),
            &["Signatures 7 is of a block above the head"],
        ),
    ]);
    let (_directory, store) = healthy();
    let hash = change(&store, |tx| {
        edit::<HeaderNumbers>(tx, block_id(tx, 3).hash, |number| *number = 4);
        block_id(tx, 3).hash
    });
    assert_eq!(
        findings(&report(&store)),
        [format!("HeaderNumbers {hash} is block 4, it has to be 3")]
    );
}

#[test]
fn bodies_that_are_not_those_of_the_headers_are_found() {
    assert_found(&[
        (|tx| delete::<BlockBodyIndices>(tx, 2), &["BlockBodyIndices 2 is missing"]),
        (|tx| delete::<BlockBodyIndices>(tx, 6), &["BlockBodyIndices 6 is missing"]),
        (
            |tx| put::<BlockBodyIndices>(tx, 7, BlockBodyIndex::default()),
            &["BlockBodyIndices 7 is above the head"],
        ),
        (
            |tx| edit::<BlockBodyIndices>(tx, 2, |index| index.first_transaction += 1),
            &["BlockBodyIndices 2 begins with transaction 4, the block before ends with 3"],
        ),
        (
            |tx| edit::<BlockBodyIndices>(tx, 2, |index| index.transaction_count -= 1),
            &[
                "BlockBodyIndices 2 has transactions 3 to before 5 with the root 0x",
                "BlockBodyIndices 3 begins with transaction 6, the block before ends with 5",
            ],
        ),
        (
            |tx| edit::<BlockBodyIndices>(tx, 2, |index| index.transaction_count = u64::MAX),
            &[
                "BlockBodyIndices 3 begins with transaction 6, the block before ends with 18446744073709551615",
            ],
        ),
        (
            |tx| edit::<BlockBodyIndices>(tx, 6, |index| index.transaction_count = u64::MAX),
            &[
                "BlockBodyIndices 6 ends before transaction 18446744073709551615, but there is none from 12 on",
                "Transactions 12 is missing",
            ],
        ),
        (|tx| delete::<Transactions>(tx, 4), &["Transactions 4 is missing"]),
        (|tx| delete::<Transactions>(tx, 11), &["Transactions 11 is missing"]),
        (
            |tx| put::<Transactions>(tx, 4, tx.get::<Transactions>(&5).unwrap().unwrap()),
            &["BlockBodyIndices 2 has transactions 3 to before 6 with the root 0x"],
        ),
        (
            |tx| put::<Transactions>(tx, 12, tx.get::<Transactions>(&5).unwrap().unwrap()),
            &["Transactions 12 is in no block"],
        ),
        (
            |tx| {
                let transaction = tx.get::<Transactions>(&4).unwrap().unwrap();
                let ScrollTxEnvelope::Eip1559(signed) = transaction else { return };
                let nobody = alloy_primitives::Signature::new(U256::ZERO, U256::ZERO, false);
                let signed = alloy_consensus::Signed::new_unhashed(signed.tx().clone(), nobody);
                put::<Transactions>(tx, 4, signed.into());
            },
            &["Transactions 4 has a signature that is of nobody"],
        ),
        (|tx| delete::<Senders>(tx, 4), &["Senders 4 is missing"]),
        (|tx| put::<Senders>(tx, 4, STRANGER), &["Senders 4 is 0xeeee"]),
        (|tx| put::<Senders>(tx, 0, STRANGER), &["Senders 0 is 0xeeee"]),
        (|tx| put::<Senders>(tx, 12, STRANGER), &["Senders 12 is of a transaction in no block"]),
        (
            |tx| put::<TransactionNumbers>(tx, HASH, 4),
            &["TransactionNumbers {HASH} is not the hash of a transaction"],
        ),
    ]);
    let (_directory, store) = healthy();
    let hash = change(&store, |tx| {
        let hash = *tx.get::<Transactions>(&4).unwrap().unwrap().hash();
        put::<TransactionNumbers>(tx, hash, 5);
        hash
    });
    let expected = format!("TransactionNumbers {hash} is transaction 5, it has to be 4");
    assert_eq!(findings(&report(&store)), [expected]);
    change(&store, |tx| delete::<TransactionNumbers>(tx, hash));
    let expected = format!("TransactionNumbers {hash} is missing; it is transaction 4");
    assert_eq!(findings(&report(&store)), [expected]);
}

#[test]
fn receipts_that_are_not_those_of_the_headers_are_found() {
    assert_found(&[
        (|tx| delete::<Receipts>(tx, 4), &["Receipts 4 is missing; the transaction is in block 2"]),
        (
            |tx| edit::<Receipts>(tx, 4, |receipt| receipt.inner.success = false),
            &["Receipts 3 begins block 2, whose receipts 3 to before 6 have the root 0x"],
        ),
        (
            |tx| edit::<Receipts>(tx, 5, |receipt| receipt.inner.cumulative_gas_used += 1),
            &["Receipts 3 begins block 2, whose receipts 3 to before 6 have the gas used 63001"],
        ),
        (
            |tx| edit::<Receipts>(tx, 3, |receipt| receipt.inner.logs.clear()),
            &["Receipts 3 begins block 2, whose receipts 3 to before 6 have the logs bloom 0x"],
        ),
        (
            |tx| edit::<Receipts>(tx, 3, |receipt| receipt.l1_fee = U256::from(1)),
            &["Receipts 3 has the L1 data fee 1, an L1 message pays none"],
        ),
        (
            |tx| put::<Receipts>(tx, 12, tx.get::<Receipts>(&5).unwrap().unwrap()),
            &["Receipts 12 is of a transaction in no block"],
        ),
    ]);
}

// What follows from damage that is reported is reported only where it contradicts something else.
#[test]
fn one_damage_has_few_findings() {
    let cases: &[Case] = &[
        (
            |tx| edit::<BlockBodyIndices>(tx, 2, |index| index.transaction_count = u64::MAX),
            &[
                "BlockBodyIndices 3 begins with transaction 6, the block before ends with 18446744073709551615",
            ],
        ),
        (
            |tx| edit::<BlockBodyIndices>(tx, 2, |index| index.first_transaction += 1),
            &[
                "BlockBodyIndices 2 begins with transaction 4, the block before ends with 3",
                "BlockBodyIndices 3 begins with transaction 6, the block before ends with 7",
                "L1Messages 2 is in block 2, which does not have it",
            ],
        ),
        (
            |tx| edit::<BlockBodyIndices>(tx, 2, |index| index.first_transaction -= 1),
            &[
                "BlockBodyIndices 2 begins with transaction 2, the block before ends with 3",
                "BlockBodyIndices 3 begins with transaction 6, the block before ends with 5",
            ],
        ),
        (
            |tx| delete::<CanonicalHeaders>(tx, 1),
            &["CanonicalHeaders 1 is missing", "HeaderNumbers 0x"],
        ),
        (
            |tx| edit::<Forkchoice>(tx, ForkchoiceKey::Head, |block| block.number = 9),
            &["Forkchoice Head is block 9 0x"],
        ),
    ];
    for (corrupt, expected) in cases {
        let (_directory, store) = healthy();
        change(&store, corrupt);
        let sentences = findings(&report(&store));
        let is_expected = sentences.len() == expected.len()
            && sentences.iter().zip(*expected).all(|(sentence, start)| sentence.starts_with(start));
        assert!(is_expected, "{expected:#?}: {sentences:#?}");
    }
}
