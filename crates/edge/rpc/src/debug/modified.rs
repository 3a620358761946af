//! Accounts that blocks changed.

use super::error::UnfitError;
use crate::eth::{EthRpc, block_id, error::EthError};
use alloy_eips::BlockId;
use alloy_primitives::Address;
use std::collections::BTreeSet;
use tokio_util::sync::CancellationToken;

/// Blocks that one call looks at.
const MAX_BLOCKS: u64 = 1_000;

/// The accounts that the blocks after `start` up to `end` changed; those of `start` alone if there
/// is no end.
pub(super) fn accounts(
    eth: &EthRpc,
    start: BlockId,
    end: Option<BlockId>,
    cancelled: &CancellationToken,
) -> Result<Vec<Address>, EthError> {
    let view = eth.view()?;
    let start = block_id::require(&view, start)?.number;
    let range = match end {
        None => start..=start,
        Some(end) => {
            let end = block_id::require(&view, end)?.number;
            if start >= end {
                return Err(UnfitError::Reversed { start, end }.into());
            }
            start + 1..=end
        }
    };
    let blocks = range.end() - range.start() + 1;
    if blocks > MAX_BLOCKS {
        return Err(UnfitError::TooManyBlocks { blocks, max: MAX_BLOCKS }.into());
    }
    let mut accounts = BTreeSet::new();
    for number in range {
        if cancelled.is_cancelled() {
            return Err(EthError::Cancelled);
        }
        accounts.extend(view.changed_accounts(number)?);
    }
    Ok(accounts.into_iter().collect())
}
