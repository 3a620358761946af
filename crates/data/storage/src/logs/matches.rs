//! The logs that match, one after the other.

use super::{
    error::LogQueryError,
    filter::{BloomTest, LogFilter},
    source::LogSource,
};
use crate::error::StorageError;
use alloy_eips::BlockNumHash;
use alloy_primitives::{B256, Log};
use rollup_primitives::ScrollReceipt;
use std::{fmt, ops::RangeInclusive, vec};

/// How much one query may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogLimits {
    /// Blocks in the range.
    pub max_blocks: u64,
    /// Logs that match.
    pub max_results: usize,
}

/// A log with its place in the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatchedLog {
    /// The log.
    pub log: Log,
    /// Its block.
    pub block: BlockNumHash,
    /// Time of the block, in seconds since the Unix epoch.
    pub block_timestamp: u64,
    /// Hash of its transaction.
    pub transaction_hash: B256,
    /// Position of the transaction in the block.
    pub transaction_index: u64,
    /// Position of the log among all logs of the block.
    pub log_index: u64,
}

/// The logs of a range of blocks that match a filter, in the order of the chain. Reads on as it is
/// asked for more; ends after the first error.
pub struct MatchedLogs<'a, S: ?Sized> {
    source: &'a S,
    filter: &'a LogFilter,
    bloom_test: BloomTest,
    limits: LogLimits,
    is_cancelled: &'a dyn Fn() -> bool,
    /// First block of the range.
    from: u64,
    /// Blocks that have not been looked at.
    rest: Option<RangeInclusive<u64>>,
    /// Of the block that was read last, and not given yet.
    found: vec::IntoIter<MatchedLog>,
    given: usize,
}

impl<'a, S: LogSource + ?Sized> MatchedLogs<'a, S> {
    /// Starts a query for the logs of `blocks`, both ends included. `is_cancelled` is asked before
    /// each block.
    ///
    /// # Errors
    /// [`LogQueryError::Reversed`], [`LogQueryError::TooManyBlocks`],
    /// [`LogQueryError::UnknownBlock`] if the chain does not reach the last block, and
    /// [`LogQueryError::Storage`]. The items have the others.
    pub fn new(
        source: &'a S,
        filter: &'a LogFilter,
        blocks: RangeInclusive<u64>,
        limits: LogLimits,
        is_cancelled: &'a dyn Fn() -> bool,
    ) -> Result<Self, LogQueryError> {
        let (from, to) = (*blocks.start(), *blocks.end());
        let length = to.checked_sub(from).ok_or(LogQueryError::Reversed { from, to })?;
        let length = length.saturating_add(1);
        if length > limits.max_blocks {
            let limit = limits.max_blocks;
            return Err(LogQueryError::TooManyBlocks { blocks: length, limit });
        }
        if source.block_hash(to)?.is_none() {
            return Err(LogQueryError::UnknownBlock { number: to });
        }
        let (bloom_test, found) = (BloomTest::new(filter), Vec::new().into_iter());
        let rest = Some(blocks);
        Ok(Self { source, filter, bloom_test, limits, is_cancelled, from, rest, found, given: 0 })
    }

    fn step(&mut self) -> Result<Option<MatchedLog>, LogQueryError> {
        let found = loop {
            match self.found.next() {
                Some(found) => break found,
                None if self.read_block()? => {}
                None => return Ok(None),
            }
        };
        let LogLimits { max_results: limit, .. } = self.limits;
        if self.given == limit {
            let (from, block) = (self.from, found.block.number);
            return Err(LogQueryError::TooManyResults { limit, from, block });
        }
        self.given += 1;
        Ok(Some(found))
    }

    /// Reads the next block that may have a log, and gives whether there was one.
    fn read_block(&mut self) -> Result<bool, LogQueryError> {
        let Some(blocks) = self.rest.take() else { return Ok(false) };
        let last = *blocks.end();
        let mut is_cancelled = false;
        let candidate = self.source.first_block(blocks, &mut |bloom| {
            is_cancelled = (self.is_cancelled)();
            is_cancelled || self.bloom_test.passes(bloom)
        })?;
        if is_cancelled {
            return Err(LogQueryError::Cancelled);
        }
        let Some(number) = candidate else { return Ok(false) };
        self.rest = (number < last).then(|| number + 1..=last);
        self.found = self.matches_of(number)?.into_iter();
        Ok(true)
    }

    fn matches_of(&self, number: u64) -> Result<Vec<MatchedLog>, StorageError> {
        let missing = |table| StorageError::Missing { table, number };
        let receipts = self.source.receipts(number)?.ok_or_else(|| missing("Receipts"))?;
        if !receipts.iter().flat_map(logs).any(|log| self.filter.matches(log)) {
            return Ok(Vec::new());
        }
        let header = self.source.header(number)?.ok_or_else(|| missing("Headers"))?;
        let hash = self.source.block_hash(number)?.ok_or_else(|| missing("CanonicalHeaders"))?;
        let hashes =
            self.source.transaction_hashes(number)?.ok_or_else(|| missing("Transactions"))?;
        if hashes.len() != receipts.len() {
            return Err(missing("Receipts"));
        }
        let logs = (0..).zip(hashes).zip(receipts).flat_map(|((index, hash), receipt)| {
            receipt.inner.logs.into_iter().map(move |log| (index, hash, log))
        });
        let matches = (0..).zip(logs).filter(|(_, (_, _, log))| self.filter.matches(log));
        let place = |(log_index, (transaction_index, transaction_hash, log))| MatchedLog {
            log,
            block: BlockNumHash::new(number, hash),
            block_timestamp: header.timestamp,
            transaction_hash,
            transaction_index,
            log_index,
        };
        Ok(matches.map(place).collect())
    }
}

fn logs(receipt: &ScrollReceipt) -> &[Log] {
    &receipt.inner.logs
}

impl<S: LogSource + ?Sized> Iterator for MatchedLogs<'_, S> {
    type Item = Result<MatchedLog, LogQueryError>;

    fn next(&mut self) -> Option<Self::Item> {
        let result = self.step();
        if !matches!(result, Ok(Some(_))) {
            self.rest = None;
            self.found = Vec::new().into_iter();
        }
        result.transpose()
    }
}

impl<S: ?Sized> fmt::Debug for MatchedLogs<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MatchedLogs")
            .field("filter", self.filter)
            .field("rest", &self.rest)
            .finish_non_exhaustive()
    }
}
