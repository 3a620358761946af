//! Queries for logs.

use super::{EthRpc, block_id, convert, error::EthError};
use alloy_eips::{BlockId, BlockNumberOrTag};
use alloy_rpc_types_eth::{Filter, FilterBlockOption, Log};
use rollup_storage::{ChainView, LogFilter, LogLimits, LogQueryError, MatchedLogs};
use std::ops::RangeInclusive;
use tokio_util::sync::CancellationToken;

impl EthRpc {
    /// The logs that match a filter, in the order of the chain.
    pub(crate) fn matching_logs(
        &self,
        filter: &Filter,
        cancelled: &CancellationToken,
    ) -> Result<Vec<Log>, EthError> {
        let view = self.view()?;
        let blocks = range(&view, &filter.block_option)?;
        let filter = LogFilter {
            addresses: filter.address.iter().copied().collect(),
            topics: filter.topics.each_ref().map(|topics| topics.iter().copied().collect()),
        };
        let limits = LogLimits {
            max_blocks: self.config.max_blocks_per_filter,
            max_results: self.config.max_logs_per_response,
        };
        let is_cancelled = || cancelled.is_cancelled();
        let found = MatchedLogs::new(&view, &filter, blocks, limits, &is_cancelled)?;
        found.map(|log| Ok(convert::log(log?))).collect()
    }
}

/// The blocks of a filter; those that it does not name are the latest.
fn range(view: &ChainView, blocks: &FilterBlockOption) -> Result<RangeInclusive<u64>, EthError> {
    match *blocks {
        FilterBlockOption::AtBlockHash(hash) => {
            let number = block_id::require(view, hash.into())?.number;
            Ok(number..=number)
        }
        FilterBlockOption::Range { from_block, to_block } => {
            let (from, to) = (number(view, from_block)?, number(view, to_block)?);
            if from > to && from_block.is_some_and(|from| from.is_number()) && to_block.is_none() {
                // Above the head, which stands for the end that is not named.
                return Err(LogQueryError::UnknownBlock { number: from }.into());
            }
            Ok(from..=to)
        }
    }
}

fn number(view: &ChainView, block: Option<BlockNumberOrTag>) -> Result<u64, EthError> {
    match block.unwrap_or_default() {
        // It may be above the head, which the query finds out.
        BlockNumberOrTag::Number(number) => Ok(number),
        tag => Ok(block_id::require(view, BlockId::Number(tag))?.number),
    }
}
