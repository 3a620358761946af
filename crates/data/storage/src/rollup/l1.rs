//! L1 blocks: how far they are known, and what each of them did.

use super::{
    batches,
    change::{L1Block, L1Event},
    error::RollupError,
    messages,
};
use crate::error::StorageError;
use alloy_primitives::Bytes;
use rollup_db::{L1Blocks, Metadata, MetadataKey, Mode, Tx, WriteTx};
use std::cmp::{max, min};

/// Why L1 blocks are unwound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unwind {
    /// They are no longer part of L1.
    Reorg,
    /// They are to be read again.
    Reread,
}

/// A number of the metadata.
pub(super) fn number<M: Mode>(tx: &Tx<M>, key: MetadataKey) -> Result<Option<u64>, StorageError> {
    let Some(bytes) = tx.get::<Metadata>(&key)? else { return Ok(None) };
    let bytes = bytes.as_ref().try_into().ok();
    let missing = StorageError::Missing { table: "Metadata", number: 0 };
    bytes.map(u64::from_be_bytes).ok_or(missing).map(Some)
}

fn set(tx: &WriteTx, key: MetadataKey, number: u64) -> Result<(), StorageError> {
    Ok(tx.put::<Metadata>(&key, &Bytes::copy_from_slice(&number.to_be_bytes()))?)
}

fn raise(tx: &WriteTx, key: MetadataKey, to: u64) -> Result<(), StorageError> {
    let stored = number(tx, key)?;
    set(tx, key, stored.map_or(to, |stored| max(stored, to)))
}

fn lower(tx: &WriteTx, key: MetadataKey, to: u64) -> Result<(), StorageError> {
    number(tx, key)?.map_or(Ok(()), |stored| set(tx, key, min(stored, to)))
}

pub(super) fn set_latest(tx: &WriteTx, number: u64) -> Result<(), StorageError> {
    raise(tx, MetadataKey::L1Latest, number)
}

pub(super) fn set_processed(tx: &WriteTx, number: u64) -> Result<(), StorageError> {
    raise(tx, MetadataKey::L1Processed, number)
}

/// Final blocks are not compared with L1 any more.
pub(super) fn set_finalized(tx: &WriteTx, number: u64) -> Result<(), StorageError> {
    raise(tx, MetadataKey::L1Finalized, number)?;
    let mut blocks = tx.cursor::<L1Blocks>()?;
    while let Some((first, _)) = blocks.first()? {
        if first > number {
            break;
        }
        tx.delete::<L1Blocks>(&first)?;
    }
    Ok(())
}

pub(super) fn apply_block(tx: &WriteTx, block: &L1Block) -> Result<(), StorageError> {
    let finalized = number(tx, MetadataKey::L1Finalized)?;
    let kept = !block.events.is_empty() && finalized.is_none_or(|number| block.number > number);
    if number(tx, MetadataKey::L1Processed)?.is_some_and(|processed| block.number <= processed) {
        return check_applied(tx, block, kept);
    }
    for event in &block.events {
        apply_event(tx, block, event)?;
    }
    if kept {
        tx.put::<L1Blocks>(&block.number, &block.hash)?;
    }
    set(tx, MetadataKey::L1Processed, block.number)
}

/// Whether a block that was applied before is still the same, as far as that is known.
fn check_applied(tx: &WriteTx, block: &L1Block, kept: bool) -> Result<(), StorageError> {
    let L1Block { number, hash: found, .. } = *block;
    match tx.get::<L1Blocks>(&number)? {
        Some(hash) if hash == found => Ok(()),
        None if !kept => Ok(()),
        stored => Err(RollupError::L1BlockChanged { number, stored, found }.into()),
    }
}

fn apply_event(tx: &WriteTx, block: &L1Block, event: &L1Event) -> Result<(), StorageError> {
    match event {
        L1Event::MessageEnqueued(message) => messages::enqueue(tx, block.number, message),
        L1Event::BatchCommitted(batch) => batches::commit(tx, block, batch),
        L1Event::BatchReverted(batch) => {
            batches::revert(tx, block.number, batch.index, Some(batch.hash))
        }
        L1Event::BatchesReverted { first, last } => {
            // From the last one, as they are unstacked: the blocks of each are the highest then.
            (*first..=*last).rev().try_for_each(|at| batches::revert(tx, block.number, at, None))
        }
        L1Event::BatchFinalized { batch, roots } => {
            batches::finalize(tx, block.number, *batch, *roots)
        }
    }
}

/// Undoes what L1 blocks above `to` did.
pub(super) fn unwind(tx: &WriteTx, to: u64, why: Unwind) -> Result<(), StorageError> {
    if why == Unwind::Reorg {
        match number(tx, MetadataKey::L1Finalized)? {
            Some(finalized) if to < finalized => {
                return Err(RollupError::BelowL1Finalized { to, finalized }.into());
            }
            _ => lower(tx, MetadataKey::L1Latest, to)?,
        }
    }
    lower(tx, MetadataKey::L1Processed, to)?;
    let mut blocks = tx.cursor::<L1Blocks>()?;
    while let Some((last, _)) = blocks.last()? {
        if last <= to {
            break;
        }
        tx.delete::<L1Blocks>(&last)?;
    }
    messages::remove_above(tx, to)?;
    batches::unwind(tx, to)
}
