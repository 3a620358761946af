//! Which heights can be asked for.

use crate::eth::{EthError, EthRpc, Json};
use alloy_primitives::U64;
use rollup_storage::{ChainView, StorageError};
use serde_json::{Value, json};

impl EthRpc {
    /// The lowest block of which each thing is kept.
    pub(super) fn available(&self) -> Result<Json, EthError> {
        let view = self.view()?;
        let head = view.head()?;
        let state = oldest(&view, |number| is_kept(view.state_after(number).map(drop)))?;
        let receipts = oldest(&view, |number| is_kept(view.receipts(number).map(drop)))?;
        let window = self.config.proof_window_blocks;
        let proofs = head.number.saturating_sub(window).max(state);
        let from = |oldest: u64| json!({"disabled": false, "oldestBlock": U64::from(oldest)});
        let within = |oldest: u64, blocks: u64| -> Value {
            let strategy = json!({"type": "window", "retentionBlocks": U64::from(blocks)});
            let oldest = U64::from(oldest);
            json!({"disabled": false, "oldestBlock": oldest, "deleteStrategy": strategy})
        };
        Ok(Json::new(&json!({
            "head": {"number": U64::from(head.number), "hash": head.hash},
            "state": from(state),
            "tx": from(0),
            "logs": from(receipts),
            "receipts": from(receipts),
            "blocks": from(0),
            "stateproofs": within(proofs, window),
        }))?)
    }
}

/// The lowest block that is kept, given that all above one that is are, too.
fn oldest(
    view: &ChainView,
    is_kept: impl Fn(u64) -> Result<bool, StorageError>,
) -> Result<u64, StorageError> {
    // INVARIANT: what is below `low` is not kept, and `high` is.
    let (mut low, mut high) = (0, view.head()?.number);
    if is_kept(0)? {
        return Ok(0);
    }
    while low < high {
        let middle = low + (high - low) / 2;
        if is_kept(middle)? { high = middle } else { low = middle + 1 }
    }
    Ok(high)
}

fn is_kept(read: Result<(), StorageError>) -> Result<bool, StorageError> {
    match read {
        Ok(()) => Ok(true),
        Err(StorageError::Pruned { .. } | StorageError::PrunedReceipts { .. }) => Ok(false),
        Err(err) => Err(err),
    }
}
