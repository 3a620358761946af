//! Batches against the blocks.

use super::{
    read::{Found, Rows, entries},
    run::Run,
};
use crate::{error::StorageError, rollup::live_commit};
use rollup_db::{
    BatchBlocks, BatchCalldata, BatchId, BatchKey, Batches, BlockBatches, DbError, Key, StoredBatch,
};
use std::{ops::RangeInclusive, rc::Rc};

/// Each batch has blocks that make sense, and each block the batch that has it.
pub(super) fn check(run: &mut Run<'_>) -> Result<(), StorageError> {
    let tx = Rc::clone(&run.tx);
    run.begin(tx.entry_count::<Batches>()? + tx.entry_count::<BlockBatches>()?);
    for entry in entries::<Batches>(&tx)? {
        let (key, batch) = entry?;
        run.step();
        check_batch(run, &key, &batch)?;
    }
    for entry in entries::<BatchCalldata>(&tx)? {
        let (key, _) = entry?;
        if !tx.contains::<Batches>(&key)? {
            run.find::<BatchCalldata>(&key, "is of a batch that Batches does not have");
        }
    }
    for entry in entries::<BlockBatches>(&tx)? {
        let (number, batch) = entry?;
        run.step();
        check_block_batch(run, number, batch)?;
    }
    Ok(())
}

fn check_batch(run: &mut Run<'_>, key: &BatchKey, batch: &StoredBatch) -> Result<(), StorageError> {
    match batch.blocks {
        Some(BatchBlocks { first, last }) if first > last => {
            run.find::<Batches>(key, format!("has the blocks from {first} to {last}"));
        }
        _ if !batch.consolidated => {}
        None => run.find::<Batches>(key, "is consolidated, but its blocks are not known"),
        Some(BatchBlocks { last, .. }) if last > run.safe_block => {
            let problem = format!("is consolidated, but its block {last} is above the safe one");
            run.find::<Batches>(key, problem);
        }
        Some(BatchBlocks { first, last }) => return check_consolidated(run, key, first..=last),
    }
    Ok(())
}

/// Each block of a consolidated batch names it.
fn check_consolidated(
    run: &mut Run<'_>,
    key: &BatchKey,
    blocks: RangeInclusive<u64>,
) -> Result<(), StorageError> {
    let batch = BatchId { index: key.index, hash: key.hash };
    let tx = Rc::clone(&run.tx);
    let mut rows = Rows::<BlockBatches>::new(&tx)?;
    for number in blocks {
        match rows.at(&number)? {
            Found::Here(found) if found != batch => {
                let problem = format!("names batch {}, it is in batch {}", found.index, key.text());
                run.find::<BlockBatches>(&number, problem);
            }
            Found::Missing => {
                let problem = format!("is missing; the block is in batch {}", key.text());
                run.find::<BlockBatches>(&number, problem);
            }
            Found::Here(_) | Found::Damaged => {}
        }
    }
    Ok(())
}

fn check_block_batch(
    run: &mut Run<'_>,
    number: u64,
    BatchId { index, hash }: BatchId,
) -> Result<(), StorageError> {
    if number >= run.end_block {
        run.find::<BlockBatches>(&number, "is of a block above the head");
    }
    let commit = match live_commit(&run.tx, index) {
        Ok(commit) => commit.filter(|(key, _)| key.hash == hash),
        // Found with the entries.
        Err(DbError::DecodeKey { .. } | DbError::DecodeValue { .. }) => return Ok(()),
        Err(err) => return Err(err.into()),
    };
    let problem = match commit {
        None => format!("names batch {index} ({hash}), of which Batches has no commit in force"),
        Some((key, StoredBatch { blocks: None, .. })) => {
            format!("names batch {}, whose blocks are not known", key.text())
        }
        Some((key, StoredBatch { blocks: Some(BatchBlocks { first, last }), .. }))
            if !(first..=last).contains(&number) =>
        {
            format!("names batch {}, which has the blocks from {first} to {last}", key.text())
        }
        Some(_) => return Ok(()),
    };
    run.find::<BlockBatches>(&number, problem);
    Ok(())
}
