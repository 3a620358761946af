//! What has come since a client last asked.

use super::FilterKind;
use crate::eth::{
    EthRpc, Json, Logs,
    changes::{Path, PendingUpdate, removed_logs},
    convert,
    error::EthError,
    live_logs::LiveLogs,
};
use crate::feed::FeedReader;
use alloy_eips::BlockNumHash;
use alloy_primitives::{B256, U128};
use alloy_rpc_types_eth::Log;
use rollup_storage::{ChainView, LogLimits, MatchedLogs, StorageError};
use tokio_util::sync::CancellationToken;

/// Transactions that are given at once, at most. The others wait for the next time.
const MAX_TRANSACTIONS: usize = 10_000;

/// What is new of the chain: blocks above `from`, up to and with `to`.
struct NewBlocks {
    view: ChainView,
    path: Path,
    to: u64,
}

impl NewBlocks {
    /// The last of them, or what they would stand on.
    fn end(&self) -> Result<BlockNumHash, EthError> {
        self.id_of(self.to)
    }

    fn id_of(&self, number: u64) -> Result<BlockNumHash, EthError> {
        let missing = StorageError::Missing { table: "CanonicalHeaders", number };
        let hash = self.view.hash_of(number)?.ok_or(missing)?;
        Ok(BlockNumHash::new(number, hash))
    }
}

impl EthRpc {
    /// What has come since this was last called. A filter that cannot say is removed.
    pub(super) fn changes_of(
        &self,
        id: U128,
        filter: &FilterKind,
        cancelled: &CancellationToken,
    ) -> Result<Json, EthError> {
        let changes = match filter {
            FilterKind::Blocks { seen } => {
                self.new_blocks(&mut *seen.try_lock().ok_or(EthError::FilterInUse)?)
            }
            FilterKind::Logs { live, seen, .. } => {
                let mut seen = seen.try_lock().ok_or(EthError::FilterInUse)?;
                self.new_logs(&mut seen, live, cancelled)
            }
            FilterKind::Pending { full, reader } => {
                new_transactions(&mut *reader.try_lock().ok_or(EthError::FilterInUse)?, *full)
            }
        };
        if matches!(changes, Err(EthError::FilterNotFound)) {
            self.filters.remove(id);
        }
        changes
    }

    /// Hashes of the blocks above the one that was seen.
    fn new_blocks(&self, seen: &mut BlockNumHash) -> Result<Json, EthError> {
        let mut hashes: Vec<B256> = Vec::new();
        if let Some(new) = self.since(*seen)? {
            for number in new.path.fork.number + 1..=new.to {
                hashes.push(new.id_of(number)?.hash);
            }
            *seen = new.end()?;
        }
        Ok(Json::new(&hashes)?)
    }

    /// Logs that match, in blocks that have left the chain and in those that have come.
    fn new_logs(
        &self,
        seen: &mut BlockNumHash,
        live: &LiveLogs,
        cancelled: &CancellationToken,
    ) -> Result<Json, EthError> {
        let Some(new) = self.since(*seen)? else { return Ok(Json::new::<[Log; 0]>(&[])?) };
        let mut logs: Vec<Log> =
            new.path.removed.iter().flat_map(|block| removed_logs(block)).collect();
        logs.retain(|log| live.matches(log));
        let mut end = new.to;
        if new.path.fork.number < new.to {
            // Both are seen to here: what is too much waits for the next time.
            let limits = LogLimits { max_blocks: u64::MAX, max_results: usize::MAX };
            let blocks = new.path.fork.number + 1..=new.to;
            let is_cancelled = || cancelled.is_cancelled();
            let found = MatchedLogs::new(&new.view, &live.filter, blocks, limits, &is_cancelled)?;
            let (mut given, mut last) = (0_usize, None);
            for log in found {
                let log = log?;
                let number = log.block.number;
                if given >= self.config.max_logs_per_response && last != Some(number) {
                    end = number - 1;
                    break;
                }
                last = Some(number);
                let log = convert::log(log);
                if live.matches(&log) {
                    logs.push(log);
                    given += 1;
                }
            }
        }
        let json = Json::new(&logs)?;
        *seen = new.id_of(end)?;
        Ok(json)
    }

    /// The blocks after the one that was seen; `None` if their changes have not been heard of yet.
    fn since(&self, seen: BlockNumHash) -> Result<Option<NewBlocks>, EthError> {
        let path = self.changes.path_from(seen);
        let view = self.view()?;
        if view.hash_of(path.head.number)? != Some(path.head.hash) {
            // The stored chain is ahead: it is a moment until this one is where it is.
            return Ok(None);
        }
        if view.hash_of(path.fork.number)? != Some(path.fork.hash) {
            // What has left the chain is no longer remembered.
            return Err(EthError::FilterNotFound);
        }
        let limit = path.fork.number.saturating_add(self.config.max_blocks_per_filter.max(1));
        let to = path.head.number.min(limit);
        Ok(Some(NewBlocks { view, path, to }))
    }

    /// All logs of the chain that match a filter of logs.
    pub(super) fn all_logs_of(
        &self,
        filter: &FilterKind,
        cancelled: &CancellationToken,
    ) -> Result<Logs, EthError> {
        match filter {
            FilterKind::Logs { query, .. } => self.logs_for(query, cancelled),
            FilterKind::Blocks { .. } | FilterKind::Pending { .. } => Err(EthError::FilterNotFound),
        }
    }

    /// The head of the chain, from which on a filter gives blocks.
    pub(super) fn seen_now(&self) -> BlockNumHash {
        self.changes.head()
    }
}

fn new_transactions(reader: &mut FeedReader<PendingUpdate>, full: bool) -> Result<Json, EthError> {
    let mut transactions = Vec::new();
    while transactions.len() < MAX_TRANSACTIONS {
        let next = reader.try_next().map_err(|_behind| EthError::FilterNotFound)?;
        let Some(update) = next else { break };
        transactions.push(update.json(full)?);
    }
    Ok(Json::new(&transactions)?)
}
