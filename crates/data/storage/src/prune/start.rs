//! Where the history begins.

use crate::error::StorageError;
use rollup_db::{DbError, Metadata, MetadataKey, Mode, Tx, WriteTx};

/// The lowest block after which the state can be read, and to which the chain can be unwound.
/// Receipts are there of the blocks above it; of all blocks if it is genesis.
pub(crate) fn history_start<M: Mode>(tx: &Tx<M>) -> Result<u64, StorageError> {
    let Some(bytes) = tx.get::<Metadata>(&MetadataKey::HistoryStart)? else { return Ok(0) };
    let damaged = |_| StorageError::Missing { table: "Metadata", number: 0 };
    Ok(u64::from_be_bytes(bytes.as_ref().try_into().map_err(damaged)?))
}

pub(super) fn put_history_start(tx: &WriteTx, number: u64) -> Result<(), DbError> {
    tx.put::<Metadata>(&MetadataKey::HistoryStart, &number.to_be_bytes().into())
}

/// Fails with [`StorageError::Pruned`] if the state after `number` is no longer there.
pub(crate) fn ensure_state<M: Mode>(tx: &Tx<M>, number: u64) -> Result<(), StorageError> {
    let first = history_start(tx)?;
    if number < first {
        return Err(StorageError::Pruned { number, first });
    }
    Ok(())
}

/// Fails with [`StorageError::PrunedReceipts`] if the receipts of `number` are no longer there.
pub(crate) fn ensure_receipts<M: Mode>(tx: &Tx<M>, number: u64) -> Result<(), StorageError> {
    let start = history_start(tx)?;
    if start > 0 && number <= start {
        return Err(StorageError::PrunedReceipts { number, first: start.saturating_add(1) });
    }
    Ok(())
}
