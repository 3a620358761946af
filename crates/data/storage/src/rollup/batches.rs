//! Batches on L1: committed, finalized, reverted.

use super::{
    change::{CommittedBatch, L1Block},
    consolidation,
    error::RollupError,
};
use crate::error::StorageError;
use alloy_primitives::B256;
use rollup_db::{
    BatchCalldata, BatchCommit, BatchId, BatchKey, BatchRoots, Batches, DbError, Mode, StoredBatch,
    Tx, WriteTx,
};
use std::ops::RangeInclusive;

/// Index of the first batch that is recorded: the one after the genesis batch.
pub(super) const FIRST_BATCH: u64 = 1;

/// Keys of all commits of an index.
const fn commits_of(index: u64) -> RangeInclusive<BatchKey> {
    BatchKey { index, l1_block_number: 0, hash: B256::ZERO }..=end_of(index)
}

/// At or behind every commit of an index.
pub(super) const fn end_of(index: u64) -> BatchKey {
    BatchKey { index, l1_block_number: u64::MAX, hash: B256::repeat_byte(0xff) }
}

/// The commit of an index that is not reverted.
pub(crate) fn live<M: Mode>(
    tx: &Tx<M>,
    index: u64,
) -> Result<Option<(BatchKey, StoredBatch)>, DbError> {
    let mut commits = tx.walk_back::<Batches>(commits_of(index))?;
    commits.find(is_live).transpose()
}

/// Whether it is not reverted; an error passes too, so that it is seen.
pub(super) fn is_live(entry: &Result<(BatchKey, StoredBatch), DbError>) -> bool {
    entry.as_ref().map_or(true, |(_, batch)| batch.reverted_l1_block.is_none())
}

/// The commit of a batch that is not reverted.
pub(super) fn live_batch(
    tx: &WriteTx,
    index: u64,
    hash: Option<B256>,
) -> Result<(BatchKey, StoredBatch), StorageError> {
    let found = live(tx, index)?.filter(|(key, _)| hash.is_none_or(|hash| key.hash == hash));
    Ok(found.ok_or(RollupError::UnknownBatch { index, hash })?)
}

/// The last commit of a batch, reverted or not.
pub(super) fn last_commit<M: Mode>(
    tx: &Tx<M>,
    id: BatchId,
) -> Result<Option<(BatchKey, StoredBatch)>, DbError> {
    let mut commits = tx.walk_back::<Batches>(commits_of(id.index))?;
    commits.find(|entry| entry.as_ref().map_or(true, |(key, _)| key.hash == id.hash)).transpose()
}

pub(super) fn commit(
    tx: &WriteTx,
    block: &L1Block,
    committed: &CommittedBatch,
) -> Result<(), StorageError> {
    let BatchId { index, hash } = committed.batch;
    if let Some((BatchKey { hash: stored, .. }, _)) = live(tx, index)? {
        return Err(RollupError::BatchExists { index, stored, found: hash }.into());
    }
    let follows = match index.checked_sub(1) {
        None => false,
        Some(before) => before < FIRST_BATCH || live(tx, before)?.is_some(),
    };
    if !follows {
        return Err(RollupError::BatchGap { index }.into());
    }
    let key = BatchKey { index, l1_block_number: block.number, hash };
    let batch = StoredBatch {
        commit: BatchCommit {
            l1_block_number: block.number,
            l1_timestamp: block.timestamp,
            l1_transaction_hash: committed.l1_transaction_hash,
            blob_hash: committed.blob_hash,
        },
        blocks: None,
        finalized_l1_block: None,
        finalized_roots: None,
        reverted_l1_block: None,
        consolidated: false,
    };
    tx.put::<Batches>(&key, &batch)?;
    Ok(tx.put::<BatchCalldata>(&key, &committed.calldata)?)
}

pub(super) fn revert(
    tx: &WriteTx,
    l1_block_number: u64,
    index: u64,
    hash: Option<B256>,
) -> Result<(), StorageError> {
    let (key, batch) = live_batch(tx, index, hash)?;
    if batch.finalized_l1_block.is_some() {
        return Err(RollupError::FinalizedBatch { index }.into());
    }
    if let Some(blocks) = batch.blocks {
        consolidation::release_from(tx, blocks.first)?;
    }
    change(tx, &key, |batch| batch.reverted_l1_block = Some(l1_block_number))
}

/// A finalization covers every batch up to the one it names.
pub(super) fn finalize(
    tx: &WriteTx,
    l1_block_number: u64,
    id: BatchId,
    roots: BatchRoots,
) -> Result<(), StorageError> {
    let (named, batch) = live_batch(tx, id.index, Some(id.hash))?;
    if batch.finalized_l1_block.is_some() {
        return Ok(());
    }
    let mut covered = Vec::new();
    for entry in tx.walk_back::<Batches>(..=end_of(id.index))?.filter(is_live) {
        let (key, batch) = entry?;
        if batch.finalized_l1_block.is_some() {
            break;
        }
        covered.push(key);
    }
    for key in covered {
        change(tx, &key, |batch| {
            batch.finalized_l1_block = Some(l1_block_number);
            batch.finalized_roots = (key == named).then_some(roots);
        })?;
    }
    Ok(())
}

/// Undoes commits, finalizations and reverts above an L1 block.
pub(super) fn unwind(tx: &WriteTx, to: u64) -> Result<(), StorageError> {
    let mut touched = Vec::new();
    let mut first_block = None;
    for entry in tx.walk_back::<Batches>(..)? {
        let (key, batch) = entry?;
        // Nothing happens to what is before a finalized batch after its finalization.
        if batch.finalized_l1_block.is_some_and(|number| number <= to) {
            break;
        }
        if key.l1_block_number > to {
            first_block = batch.blocks.map(|blocks| blocks.first).or(first_block);
        }
        touched.push(key);
    }
    if let Some(number) = first_block {
        consolidation::release_from(tx, number)?;
    }
    for key in touched {
        if key.l1_block_number > to {
            tx.delete::<Batches>(&key)?;
            tx.delete::<BatchCalldata>(&key)?;
        } else {
            change(tx, &key, |batch| unwind_batch(batch, to))?;
        }
    }
    Ok(())
}

fn unwind_batch(batch: &mut StoredBatch, to: u64) {
    let remains = |number: &u64| *number <= to;
    batch.finalized_l1_block = batch.finalized_l1_block.filter(remains);
    batch.reverted_l1_block = batch.reverted_l1_block.filter(remains);
    if batch.finalized_l1_block.is_none() {
        batch.finalized_roots = None;
    }
}

/// Changes a batch that must be there.
pub(super) fn change(
    tx: &WriteTx,
    key: &BatchKey,
    change: impl FnOnce(&mut StoredBatch),
) -> Result<(), StorageError> {
    let missing = StorageError::Missing { table: "Batches", number: key.index };
    let mut batch = tx.get::<Batches>(key)?.ok_or(missing)?;
    change(&mut batch);
    Ok(tx.put::<Batches>(key, &batch)?)
}
