//! Safe and finalized block.

use super::{consolidation, error::RollupError};
use crate::{chain::point, error::StorageError};
use alloy_eips::BlockNumHash;
use rollup_db::{CanonicalHeaders, Forkchoice, ForkchoiceKey, WriteTx};
use std::cmp::max;

/// Moves safe and finalized.
pub(super) fn update(
    tx: &WriteTx,
    safe: Option<BlockNumHash>,
    finalized: Option<BlockNumHash>,
) -> Result<(), StorageError> {
    for block in [safe, finalized].into_iter().flatten() {
        check_canonical(tx, block)?;
    }
    let old_finalized = point(tx, ForkchoiceKey::Finalized)?;
    let new_safe = safe.map_or_else(|| point(tx, ForkchoiceKey::Safe), Ok)?;
    let new_finalized = finalized.unwrap_or(old_finalized);
    if new_finalized.number < old_finalized.number {
        let (to, finalized) = (new_finalized.number, old_finalized.number);
        return Err(RollupError::FinalizedGoesBack { to, finalized }.into());
    }
    let lowest = max(new_finalized.number, consolidation::last_linked(tx)?);
    if new_safe.number < lowest {
        return Err(RollupError::SafeTooLow { safe: new_safe.number, lowest }.into());
    }
    tx.put::<Forkchoice>(&ForkchoiceKey::Safe, &new_safe)?;
    tx.put::<Forkchoice>(&ForkchoiceKey::Finalized, &new_finalized)?;
    prune_calldata(tx)
}

/// Whether a block is in the chain, and so at or below the head.
pub(super) fn check_canonical(tx: &WriteTx, block: BlockNumHash) -> Result<(), StorageError> {
    let canonical = tx.get::<CanonicalHeaders>(&block.number)?;
    if canonical == Some(block.hash) {
        return Ok(());
    }
    Err(RollupError::NotCanonical { block, canonical }.into())
}

/// Moves safe up to a block, if it is below.
pub(super) fn raise_safe(tx: &WriteTx, block: BlockNumHash) -> Result<(), StorageError> {
    if point(tx, ForkchoiceKey::Safe)?.number < block.number {
        tx.put::<Forkchoice>(&ForkchoiceKey::Safe, &block)?;
    }
    Ok(())
}

/// Moves safe down to a block, if it is above, but not below the finalized one.
pub(super) fn lower_safe(tx: &WriteTx, number: u64) -> Result<(), StorageError> {
    let number = max(number, point(tx, ForkchoiceKey::Finalized)?.number);
    if point(tx, ForkchoiceKey::Safe)?.number <= number {
        return Ok(());
    }
    let missing = StorageError::Missing { table: "CanonicalHeaders", number };
    let hash = tx.get::<CanonicalHeaders>(&number)?.ok_or(missing)?;
    Ok(tx.put::<Forkchoice>(&ForkchoiceKey::Safe, &BlockNumHash::new(number, hash))?)
}

/// Removes the calldata of batches that are never derived again.
pub(super) fn prune_calldata(tx: &WriteTx) -> Result<(), StorageError> {
    consolidation::remove_calldata(tx, point(tx, ForkchoiceKey::Finalized)?.number)
}
