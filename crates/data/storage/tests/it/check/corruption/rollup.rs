//! L1 messages and batches.

use super::super::fixture::{BATCH, batch, change, findings, healthy, message, report};
use super::{HASH, assert_found, delete, edit, put};
use alloy_primitives::{B256, Bytes, U256};
use rollup_db::{
    BatchBlocks, BatchCalldata, BatchId, BatchKey, Batches, BlockBatches, L1MessageIndices,
    L1Messages, NextQueueIndices, StoredBatch, Transactions, WriteTx,
};

#[test]
fn messages_that_are_not_those_of_the_blocks_are_found() {
    assert_found(&[
        (
            |tx| edit::<L1Messages>(tx, 1, |stored| stored.message.queue_index = 9),
            &["L1Messages 1 has the queue index 9"],
        ),
        (
            |tx| edit::<L1Messages>(tx, 1, |stored| stored.message.value = U256::from(1)),
            &["L1Messages 1 has the hash 0x"],
        ),
        (
            |tx| edit::<L1Messages>(tx, 1, |stored| stored.hash = HASH),
            &[
                "L1Messages 1 has the hash 0xeeee",
                "L1Messages 1 is in block 1, which does not have it",
            ],
        ),
        // Another message than the block has, in itself sound.
        (
            |tx| {
                edit::<L1Messages>(tx, 1, |stored| {
                    stored.message.value = U256::from(1);
                    stored.hash = stored.message.tx_hash();
                });
            },
            &["L1Messages 1 has the hash 0x", "L1Messages 1 is in block 1, which does not have it"],
        ),
        (
            |tx| edit::<L1Messages>(tx, 1, |stored| stored.l2_block_number = Some(2)),
            &[
                "L1Messages 1 is in block 2, which does not have it",
                "L1Messages 1 is in block 2, but block 1 has it",
            ],
        ),
        (
            |tx| edit::<L1Messages>(tx, 1, |stored| stored.l2_block_number = None),
            &["L1Messages 1 is in no block, but block 1 has it"],
        ),
        (
            |tx| edit::<L1Messages>(tx, 5, |stored| stored.l2_block_number = Some(6)),
            &["L1Messages 5 is in block 6, which does not have it"],
        ),
        (
            |tx| edit::<L1Messages>(tx, 5, |stored| stored.l2_block_number = Some(7)),
            &["L1Messages 5 is in block 7, which is above the head"],
        ),
        (|tx| delete::<L1Messages>(tx, 2), &["L1Messages 2 is missing"]),
        // The queue begins with message 0.
        (
            |tx| [0, 1].into_iter().for_each(|at| delete::<L1Messages>(tx, at)),
            &["L1Messages 0 is missing, and 1 after it"],
        ),
    ]);
}

fn queue_hash(tx: &WriteTx, queue_index: u64) -> B256 {
    tx.get::<L1Messages>(&queue_index).unwrap().unwrap().queue_hash.unwrap()
}

#[test]
fn indices_that_are_not_those_of_the_messages_are_found() {
    assert_found(&[
        (
            |tx| delete::<L1MessageIndices>(tx, message(5).tx_hash()),
            &["L1MessageIndices {MESSAGE} is missing; it is of L1 message 5"],
        ),
        (
            |tx| put::<L1MessageIndices>(tx, message(5).tx_hash(), 4),
            &["L1MessageIndices {MESSAGE} is of L1 message 4, it has to be 5"],
        ),
        (
            |tx| put::<L1MessageIndices>(tx, HASH, 5),
            &["L1MessageIndices {HASH} is not a hash of an L1 message"],
        ),
        // As if the message had been removed without its indices.
        (
            |tx| delete::<L1Messages>(tx, 5),
            &["L1MessageIndices {MESSAGE} is not a hash of an L1 message"],
        ),
        (
            |tx| edit::<L1Messages>(tx, 5, |stored| stored.queue_hash = Some(HASH)),
            &["L1MessageIndices {HASH} is missing; it is of L1 message 5", "L1MessageIndices 0x"],
        ),
    ]);

    let (_directory, store) = healthy();
    let hash = change(&store, |tx| {
        let hash = queue_hash(tx, 3);
        delete::<L1MessageIndices>(tx, hash);
        hash
    });
    let expected = format!("L1MessageIndices {hash} is missing; it is of L1 message 3");
    assert_eq!(findings(&report(&store)), [expected]);

    // Without the queue hash of a message there is nothing that its index is of.
    let (_directory, store) = healthy();
    let hash = change(&store, |tx| {
        let hash = queue_hash(tx, 3);
        edit::<L1Messages>(tx, 3, |stored| stored.queue_hash = None);
        hash
    });
    let expected = format!("L1MessageIndices {hash} is not a hash of an L1 message");
    assert_eq!(findings(&report(&store)), [expected]);
}

#[test]
fn next_queue_indices_that_are_not_those_of_the_blocks_are_found() {
    assert_found(&[
        (
            |tx| delete::<NextQueueIndices>(tx, 4),
            &["NextQueueIndices 4 is missing; it has to be 4"],
        ),
        (|tx| put::<NextQueueIndices>(tx, 4, 5), &["NextQueueIndices 4 is 5, it has to be 4"]),
        // A block without transactions, one without L1 messages, and none at all.
        (
            |tx| put::<NextQueueIndices>(tx, 3, 3),
            &["NextQueueIndices 3 is not a block in the chain that has L1 messages"],
        ),
        (
            |tx| put::<NextQueueIndices>(tx, 6, 5),
            &["NextQueueIndices 6 is not a block in the chain that has L1 messages"],
        ),
        (
            |tx| put::<NextQueueIndices>(tx, 7, 5),
            &["NextQueueIndices 7 is not a block in the chain that has L1 messages"],
        ),
        // Block 4 has the message of block 2 once more.
        (
            |tx| {
                put::<Transactions>(tx, 6, message(2).into());
                put::<NextQueueIndices>(tx, 4, 3);
            },
            &["NextQueueIndices 4 has to be 3, an earlier block has 3"],
        ),
    ]);
}

#[test]
fn the_index_of_a_block_that_is_not_whole_is_passed_over() {
    let (_directory, store) = healthy();
    change(&store, |tx| delete::<Transactions>(tx, 6));
    let sentences = findings(&report(&store));
    assert!(sentences.contains(&"Transactions 6 is missing".into()), "{sentences:#?}");
    let of_indices = |sentence: &String| sentence.starts_with("NextQueueIndices");
    assert!(!sentences.iter().any(of_indices), "{sentences:#?}");
}

#[test]
fn batches_that_are_not_those_of_the_blocks_are_found() {
    const OTHER: BatchKey = BatchKey { index: 3, l1_block_number: 51, hash: HASH };
    assert_found(&[
        (
            |tx| delete::<Batches>(tx, BATCH),
            &["BlockBatches 2 names batch 2 (0xbaba", "BatchCalldata 2/50/0xbaba"],
        ),
        (
            |tx| put::<BlockBatches>(tx, 3, BatchId { index: 3, hash: HASH }),
            &[
                "BlockBatches 3 names batch 3 (0xeeee",
                "BlockBatches 3 names batch 3, it is in batch 2/50/0xbaba",
            ],
        ),
        (
            |tx| put::<BlockBatches>(tx, 5, BatchId { index: BATCH.index, hash: BATCH.hash }),
            &["BlockBatches 5 names batch 2/50/{BATCH}, which has the blocks from 2 to 4"],
        ),
        (
            |tx| delete::<BlockBatches>(tx, 3),
            &["BlockBatches 3 is missing; the block is in batch 2/50/0xbaba"],
        ),
        (
            |tx| {
                put::<Batches>(tx, OTHER, StoredBatch { blocks: None, ..batch() });
                put::<BlockBatches>(tx, 5, BatchId { index: 3, hash: HASH });
            },
            &[
                "BlockBatches 5 names batch 3/51/{HASH}, whose blocks are not known",
                "Batches 3/51/{HASH} is consolidated, but its blocks are not known",
            ],
        ),
        (
            |tx| {
                put::<Batches>(
                    tx,
                    OTHER,
                    StoredBatch { blocks: Some(BatchBlocks { first: 5, last: 6 }), ..batch() },
                )
            },
            &["Batches 3/51/{HASH} is consolidated, but its block 6 is above the safe one"],
        ),
        (
            |tx| {
                put::<Batches>(
                    tx,
                    OTHER,
                    StoredBatch {
                        blocks: Some(BatchBlocks { first: 6, last: 5 }),
                        consolidated: false,
                        ..batch()
                    },
                )
            },
            &["Batches 3/51/{HASH} has the blocks from 6 to 5"],
        ),
        (
            |tx| put::<BatchCalldata>(tx, OTHER, Bytes::new()),
            &["BatchCalldata 3/51/{HASH} is of a batch that Batches does not have"],
        ),
    ]);
}
