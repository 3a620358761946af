//! Queries for logs.

use super::{
    EthRpc, Snapshot, block_id, blocks::CachedBlock, convert, error::EthError, json::Json,
};
use alloy_eips::{BlockId, BlockNumHash, BlockNumberOrTag};
use alloy_rpc_types_eth::{Filter, FilterBlockOption, Log};
use rollup_storage::{ChainView, LogFilter, LogLimits, LogQueryError, MatchedLogs, StorageError};
use serde::Serialize;
use std::{ops::RangeInclusive, sync::Arc};
use tokio_util::sync::CancellationToken;

/// Blocks of a query that is answered from whole blocks, which are kept for the next one. Others go
/// through so many that these would drive each other out.
const MAX_KEPT_BLOCKS: u64 = 16;

/// The logs of a query, in the order of the chain.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum Logs {
    /// In their final form.
    Ready(Vec<Json>),
    /// To be serialised.
    Plain(Vec<Log>),
}

/// The pending block if the filter names it, else another.
pub(super) fn pending_of(filter: &Filter) -> BlockId {
    let names_pending = match filter.block_option {
        FilterBlockOption::AtBlockHash(_) => false,
        FilterBlockOption::Range { from_block, to_block } => {
            is_pending(from_block) || is_pending(to_block)
        }
    };
    if names_pending { BlockId::pending() } else { BlockId::latest() }
}

fn is_pending(block: Option<BlockNumberOrTag>) -> bool {
    block.is_some_and(|block| block.is_pending())
}

impl EthRpc {
    /// The logs that match a filter, if all blocks in which they may be are in memory.
    pub(crate) fn logs_in_memory(&self, filter: &Filter) -> Result<Option<Logs>, EthError> {
        let view = self.view()?;
        let blocks = match filter.block_option {
            FilterBlockOption::AtBlockHash(_) => return Ok(None),
            FilterBlockOption::Range { from_block, to_block } => {
                let head = view.head()?.number;
                match (known_number(from_block, head), known_number(to_block, head)) {
                    (Some(from), Some(to)) => from..=to,
                    _ => return Ok(None),
                }
            }
        };
        if !self.is_short(&blocks) {
            return Ok(None);
        }
        let mut kept = Vec::new();
        for number in blocks.clone() {
            match self.blocks.kept_at(&view, number)? {
                Some(block) if block.read_receipts().is_some() => kept.push(block),
                _ => return Ok(None),
            }
        }
        self.logs_of(&view, &storage_filter(filter), &blocks, kept.into_iter().map(Ok)).map(Some)
    }

    /// The logs that match a filter.
    pub(crate) fn logs_for(
        &self,
        filter: &Filter,
        cancelled: &CancellationToken,
    ) -> Result<Logs, EthError> {
        let view = self.view()?;
        let blocks = range(&view, &filter.block_option)?;
        let is_known = blocks.end() <= &view.head()?.number;
        if !is_known || !self.is_short(&blocks) {
            drop(view);
            return self.matching_logs(filter, cancelled).map(Logs::Plain);
        }
        let filter = storage_filter(filter);
        let read = |number| self.block_that_may_match(&view, &filter, number).transpose();
        let found = blocks.clone().filter_map(read);
        self.logs_of(&view, &filter, &blocks, found)
    }

    /// Whether the blocks of a query are few enough to be kept.
    fn is_short(&self, blocks: &RangeInclusive<u64>) -> bool {
        let limit = MAX_KEPT_BLOCKS.min(self.config.max_blocks_per_filter);
        blocks.end().checked_sub(*blocks.start()).is_some_and(|distance| distance < limit)
    }

    fn block_that_may_match(
        &self,
        view: &ChainView,
        filter: &LogFilter,
        number: u64,
    ) -> Result<Option<Arc<CachedBlock>>, EthError> {
        let missing = |table| StorageError::Missing { table, number };
        let header = view.header(number)?.ok_or_else(|| missing("Headers"))?;
        if !filter.may_match(&header.logs_bloom) {
            return Ok(None);
        }
        let hash = view.hash_of(number)?.ok_or_else(|| missing("CanonicalHeaders"))?;
        Ok(Some(self.blocks.get(view, BlockNumHash::new(number, hash))?))
    }

    fn logs_of(
        &self,
        view: &ChainView,
        filter: &LogFilter,
        range: &RangeInclusive<u64>,
        blocks: impl Iterator<Item = Result<Arc<CachedBlock>, EthError>>,
    ) -> Result<Logs, EthError> {
        let limit = self.config.max_logs_per_response;
        let mut found = Vec::new();
        for block in blocks {
            let block = block?;
            found.extend(block.logs(view, filter)?);
            if found.len() > limit {
                let (from, block) = (*range.start(), block.block().number);
                return Err(LogQueryError::TooManyResults { limit, from, block }.into());
            }
        }
        Ok(Logs::Ready(found))
    }

    /// The logs that match a filter, in the order of the chain.
    pub(crate) fn matching_logs(
        &self,
        filter: &Filter,
        cancelled: &CancellationToken,
    ) -> Result<Vec<Log>, EthError> {
        self.stored_logs(&self.view()?, filter, &filter.block_option, cancelled)
    }

    /// The logs that match a filter, those of the pending block last.
    pub(super) fn logs_up_to_pending(
        &self,
        chain: &Snapshot,
        filter: &Filter,
        cancelled: &CancellationToken,
    ) -> Result<Vec<Log>, EthError> {
        let view = chain.view();
        let FilterBlockOption::Range { from_block, to_block } = filter.block_option else {
            return self.stored_logs(view, filter, &filter.block_option, cancelled);
        };
        let Some(pending) = chain.pending(BlockId::pending()).map(|pending| pending.block()) else {
            return self.stored_logs(view, filter, &filter.block_option, cancelled);
        };
        let number = pending.block().number;
        if !is_pending(to_block) && to_block.is_some() {
            let to = self::number(view, to_block)?;
            return Err(LogQueryError::Reversed { from: number, to }.into());
        }
        let mut logs = if is_pending(from_block) {
            Vec::new()
        } else {
            let blocks = FilterBlockOption::Range { from_block, to_block: None };
            self.stored_logs(view, filter, &blocks, cancelled)?
        };
        let matcher = storage_filter(filter);
        let receipts = convert::receipts(pending.block(), pending.receipts(view)?);
        let own = receipts.into_iter().flat_map(|receipt| receipt.inner.inner.receipt.logs);
        logs.extend(own.filter(|log| matcher.matches(&log.inner)));
        let limit = self.config.max_logs_per_response;
        if logs.len() > limit {
            let from = self::number(view, from_block.filter(|_| !is_pending(from_block)))?;
            return Err(LogQueryError::TooManyResults { limit, from, block: number }.into());
        }
        Ok(logs)
    }

    fn stored_logs(
        &self,
        view: &ChainView,
        filter: &Filter,
        blocks: &FilterBlockOption,
        cancelled: &CancellationToken,
    ) -> Result<Vec<Log>, EthError> {
        let blocks = range(view, blocks)?;
        let filter = storage_filter(filter);
        let limits = LogLimits {
            max_blocks: self.config.max_blocks_per_filter,
            max_results: self.config.max_logs_per_response,
        };
        let is_cancelled = || cancelled.is_cancelled();
        let found = MatchedLogs::new(view, &filter, blocks, limits, &is_cancelled)?;
        found.map(|log| Ok(convert::log(log?))).collect()
    }
}

/// What a filter asks for, whatever the blocks.
pub(crate) fn storage_filter(filter: &Filter) -> LogFilter {
    LogFilter {
        addresses: filter.address.iter().copied().collect(),
        topics: filter.topics.each_ref().map(|topics| topics.iter().copied().collect()),
    }
}

/// The number of a block, if it is known without a look at the chain.
fn known_number(block: Option<BlockNumberOrTag>, head: u64) -> Option<u64> {
    match block.unwrap_or_default() {
        BlockNumberOrTag::Number(number) => Some(number),
        BlockNumberOrTag::Latest => Some(head),
        BlockNumberOrTag::Earliest => Some(0),
        _ => None,
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
