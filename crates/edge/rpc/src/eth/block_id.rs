//! Which block is meant.

use super::error::EthError;
use alloy_eips::{BlockId, BlockNumHash, BlockNumberOrTag};
use rollup_storage::{ChainView, StateReader, StorageError};

/// The block that is meant, if the chain has it. All blocks that are known are canonical, so a hash
/// that must be is treated as any other.
pub(crate) fn find(view: &ChainView, block: BlockId) -> Result<Option<BlockNumHash>, StorageError> {
    let number = match block {
        BlockId::Hash(hash) => {
            let number = view.number_of(hash.block_hash)?;
            return Ok(number.map(|number| BlockNumHash::new(number, hash.block_hash)));
        }
        BlockId::Number(BlockNumberOrTag::Number(number)) => number,
        BlockId::Number(BlockNumberOrTag::Earliest) => 0,
        BlockId::Number(BlockNumberOrTag::Latest | BlockNumberOrTag::Pending) => {
            return view.head().map(Some);
        }
        BlockId::Number(BlockNumberOrTag::Safe) => return Ok(Some(view.forkchoice()?.safe)),
        BlockId::Number(BlockNumberOrTag::Finalized) => {
            return Ok(Some(view.forkchoice()?.finalized));
        }
    };
    Ok(view.hash_of(number)?.map(|hash| BlockNumHash::new(number, hash)))
}

/// The block that is meant.
///
/// # Errors
/// [`EthError::BlockNotFound`] if the chain does not have it, and those of the database.
pub(crate) fn require(view: &ChainView, block: BlockId) -> Result<BlockNumHash, EthError> {
    find(view, block)?.ok_or(EthError::BlockNotFound(block))
}

/// The state after the block that is meant.
///
/// # Errors
/// As for [`require`], and [`EthError::Pruned`] if the state is no longer kept.
pub(crate) fn state(view: &ChainView, block: BlockId) -> Result<StateReader<'_>, EthError> {
    let id = require(view, block)?;
    if id == view.head()? {
        return Ok(view.latest_state());
    }
    view.state_after(id.number)?.ok_or(EthError::BlockNotFound(block))
}
