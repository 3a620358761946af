//! Batches in the local chain.
//!
//! The blocks of consolidated batches are without gap from block 1, so what is no longer
//! consolidated is always the end of them.

use super::{
    batches::{self, FIRST_BATCH, live, live_batch},
    change::ConsolidatedBatch,
    error::RollupError,
    forkchoice, messages,
};
use crate::error::StorageError;
use rollup_db::{
    BatchBlocks, BatchCalldata, BatchId, BatchKey, Batches, BlockBatches, Mode, StoredBatch, Tx,
    WriteTx,
};

/// First block that is in a batch: the one after genesis.
const FIRST_BLOCK: u64 = 1;

pub(super) fn consolidate(tx: &WriteTx, change: &ConsolidatedBatch) -> Result<(), StorageError> {
    let BatchId { index, hash } = change.batch;
    let (key, batch) = live_batch(tx, index, Some(hash))?;
    forkchoice::check_canonical(tx, change.last_block)?;
    let blocks = BatchBlocks { first: change.first_block, last: change.last_block.number };
    match batch.blocks {
        Some(stored) if stored != blocks => return Err(RollupError::OtherBlocks { index }.into()),
        Some(_) => {}
        None => link(tx, &key, blocks)?,
    }
    messages::skip(tx, &change.skipped_messages)?;
    forkchoice::raise_safe(tx, change.last_block)?;
    // After L1 was read again, the blocks may have been final all the time.
    forkchoice::prune_calldata(tx)
}

fn link(tx: &WriteTx, key: &BatchKey, blocks: BatchBlocks) -> Result<(), StorageError> {
    let BatchBlocks { first, last } = blocks;
    let BatchKey { index, hash, .. } = *key;
    let expected = match index.checked_sub(1) {
        Some(before) if before >= FIRST_BATCH => {
            let before = live(tx, before)?.and_then(|(_, batch)| batch.blocks);
            before.map(|blocks| blocks.last.saturating_add(1))
        }
        _ => Some(FIRST_BLOCK),
    };
    if expected != Some(first) || first > last {
        return Err(RollupError::BatchBlocks { index, first, last, expected }.into());
    }
    for number in first..=last {
        tx.append::<BlockBatches>(&number, &BatchId { index, hash })?;
    }
    batches::change(tx, key, |batch| {
        batch.blocks = Some(blocks);
        batch.consolidated = true;
    })
}

/// Takes the batches that have a block above `number` out of the consolidated ones. Called in the
/// transaction that unwinds the chain to that block, which still has to be there.
///
/// # Errors
/// Those of the database.
pub(crate) fn release_batches_above(tx: &WriteTx, number: u64) -> Result<(), StorageError> {
    let Some(above) = number.checked_add(1) else { return Ok(()) };
    let Some((_, id)) = tx.walk::<BlockBatches>(above..)?.next().transpose()? else {
        return Ok(());
    };
    let (_, batch) = consolidated(tx, id)?;
    batch.blocks.map_or(Ok(()), |blocks| release_from(tx, blocks.first))
}

/// Takes the batch that starts with block `first`, and all after it, out of the consolidated ones.
pub(super) fn release_from(tx: &WriteTx, first: u64) -> Result<(), StorageError> {
    let mut links = tx.cursor::<BlockBatches>()?;
    let mut released = None;
    while let Some((number, id)) = links.last()? {
        if number < first {
            break;
        }
        if released != Some(id) {
            let (key, _) = consolidated(tx, id)?;
            batches::change(tx, &key, |batch| {
                batch.blocks = None;
                batch.consolidated = false;
            })?;
            released = Some(id);
        }
        tx.delete::<BlockBatches>(&number)?;
    }
    messages::unskip_from(tx, first)?;
    forkchoice::lower_safe(tx, last_linked(tx)?)
}

/// The batch that a block is linked to.
fn consolidated(tx: &WriteTx, id: BatchId) -> Result<(BatchKey, StoredBatch), StorageError> {
    let missing = StorageError::Missing { table: "Batches", number: id.index };
    live(tx, id.index)?.filter(|(key, _)| key.hash == id.hash).ok_or(missing)
}

/// The highest consolidated block; genesis if there is none.
pub(super) fn last_linked<M: Mode>(tx: &Tx<M>) -> Result<u64, StorageError> {
    Ok(tx.cursor::<BlockBatches>()?.last()?.map_or(0, |(number, _)| number))
}

/// Removes the calldata of batches whose blocks are all at or below a block.
pub(super) fn remove_calldata(tx: &WriteTx, block_number: u64) -> Result<(), StorageError> {
    let Some(link) = tx.walk_back::<BlockBatches>(..=block_number)?.next() else { return Ok(()) };
    let (_, id) = link?;
    let (_, batch) = consolidated(tx, id)?;
    let complete = batch.blocks.is_some_and(|blocks| blocks.last <= block_number);
    let last = if complete { id.index } else { id.index.saturating_sub(1) };
    let mut calldata = tx.cursor::<BatchCalldata>()?;
    while let Some((key, _)) = calldata.first()? {
        if key.index > last {
            break;
        }
        tx.delete::<BatchCalldata>(&key)?;
    }
    Ok(())
}

/// The highest consolidated batch.
pub(super) fn last_consolidated<M: Mode>(
    tx: &Tx<M>,
) -> Result<Option<(BatchKey, StoredBatch)>, StorageError> {
    let Some((_, id)) = tx.cursor::<BlockBatches>()?.last()? else { return Ok(None) };
    Ok(live(tx, id.index)?)
}

/// The batches that are not reverted from an index on, in order.
pub(super) fn live_from<M: Mode>(
    tx: &Tx<M>,
    index: u64,
    limit: usize,
) -> Result<Vec<(BatchId, StoredBatch)>, StorageError> {
    let first = BatchKey { index, l1_block_number: 0, hash: Default::default() };
    let batches = tx.walk::<Batches>(first..)?.filter(batches::is_live).take(limit);
    let batches = batches.map(|entry| entry.map(|(key, batch)| (key.into(), batch)));
    Ok(batches.collect::<Result<_, _>>()?)
}
