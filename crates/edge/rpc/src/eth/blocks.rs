//! Blocks as they were asked for lately.
//!
//! All methods that answer from a block take it from here, so that a block is read from the database
//! once and serialised once, however many clients ask for it. What the key names never changes: a
//! reorg makes other hashes. Whether a block that is kept is still of the chain, the view says.

use super::{convert, error::EthError, json::Json};
use alloy_consensus::TxReceipt as _;
use alloy_eips::BlockNumHash;
use alloy_primitives::B256;
use quick_cache::sync::Cache;
use rollup_primitives::{RecoveredBlock, ScrollReceipt};
use rollup_storage::{ChainView, LogFilter, StorageError};
use std::sync::{Arc, OnceLock};

/// Transactions of a block, for which places are kept.
const TRANSACTIONS_OF_BLOCK: usize = 512;

/// The blocks that were asked for last.
#[derive(Debug)]
pub(crate) struct Blocks {
    cache: Cache<B256, Arc<CachedBlock>>,
    /// Hashes of blocks that were kept.
    hashes: Cache<u64, B256>,
    /// Where transactions of blocks that were kept are.
    places: Cache<B256, Place>,
}

/// Where a transaction is.
#[derive(Clone, Copy, Debug)]
struct Place {
    block_hash: B256,
    index: usize,
}

impl Blocks {
    /// Keeps up to `capacity` blocks.
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            cache: Cache::new(capacity),
            hashes: Cache::new(capacity),
            places: Cache::new(capacity.saturating_mul(TRANSACTIONS_OF_BLOCK)),
        }
    }

    /// A block of the chain that `view` sees.
    ///
    /// # Errors
    /// [`StorageError::Missing`] if `view` does not have it, and those of the database.
    pub(crate) fn get(
        &self,
        view: &ChainView,
        id: BlockNumHash,
    ) -> Result<Arc<CachedBlock>, StorageError> {
        self.cache.get_or_insert_with(&id.hash, || {
            let missing = StorageError::Missing { table: "Headers", number: id.number };
            let block = view.block(id.number)?.ok_or(missing)?;
            for (index, transaction) in block.body().transactions.iter().enumerate() {
                self.places.insert(*transaction.hash(), Place { block_hash: id.hash, index });
            }
            self.hashes.insert(id.number, id.hash);
            Ok(Arc::new(CachedBlock::new(block)))
        })
    }

    /// The block at a height of the chain that `view` sees, if it is kept.
    pub(crate) fn kept_at(
        &self,
        view: &ChainView,
        number: u64,
    ) -> Result<Option<Arc<CachedBlock>>, StorageError> {
        match self.hashes.get(&number) {
            Some(hash) => self.kept(view, &hash),
            None => Ok(None),
        }
    }

    /// The block with a hash, if it is kept and `view` sees it.
    ///
    /// This reads which block is at its height: from a page that is in memory, for it was read when
    /// the block was.
    pub(crate) fn kept(
        &self,
        view: &ChainView,
        hash: &B256,
    ) -> Result<Option<Arc<CachedBlock>>, StorageError> {
        let Some(block) = self.cache.get(hash) else { return Ok(None) };
        let is_canonical = view.hash_of(block.block.number)? == Some(*hash);
        Ok(is_canonical.then_some(block))
    }

    /// The block of a transaction and its position there, if the block is kept and `view` sees it.
    pub(crate) fn kept_with(
        &self,
        view: &ChainView,
        transaction: &B256,
    ) -> Result<Option<(Arc<CachedBlock>, usize)>, StorageError> {
        let Some(Place { block_hash, index }) = self.places.get(transaction) else {
            return Ok(None);
        };
        Ok(self.kept(view, &block_hash)?.map(|block| (block, index)))
    }
}

/// A block, and what was made of it.
#[derive(Debug)]
pub(crate) struct CachedBlock {
    block: RecoveredBlock,
    receipts: OnceLock<Vec<ScrollReceipt>>,
    with_hashes_json: OnceLock<Json>,
    full_json: OnceLock<Json>,
    receipts_json: OnceLock<Json>,
    /// One place for each transaction.
    single: Vec<Single>,
    logs: OnceLock<Vec<CachedLog>>,
}

/// A transaction and its receipt, once they were asked for.
#[derive(Debug, Default)]
struct Single {
    transaction_json: OnceLock<Json>,
    receipt_json: OnceLock<Json>,
}

/// A log, ready to be given.
#[derive(Debug)]
struct CachedLog {
    /// Position of its transaction.
    transaction: usize,
    /// Position among the logs of its transaction.
    index: usize,
    json: Json,
}

impl CachedBlock {
    /// A block that nothing was made of yet.
    pub(crate) fn new(block: RecoveredBlock) -> Self {
        let single = block.body().transactions.iter().map(|_| Single::default()).collect();
        Self {
            block,
            single,
            logs: OnceLock::new(),
            receipts: OnceLock::new(),
            with_hashes_json: OnceLock::new(),
            full_json: OnceLock::new(),
            receipts_json: OnceLock::new(),
        }
    }

    /// A block that is in no chain, with the receipts of its transactions.
    pub(crate) fn pending(block: RecoveredBlock, receipts: Vec<ScrollReceipt>) -> Self {
        let cached = Self::new(block);
        cached.receipts.get_or_init(|| receipts);
        cached
    }

    /// The block.
    pub(crate) const fn block(&self) -> &RecoveredBlock {
        &self.block
    }

    /// The block as JSON, with its transactions or their hashes.
    pub(crate) fn json(&self, full: bool) -> Result<Json, EthError> {
        let place = if full { &self.full_json } else { &self.with_hashes_json };
        once(place, || {
            let block = convert::block(&self.block, full);
            if self.block.hash().is_zero() {
                return Ok(Json::new(&convert::unsealed(&block)?)?);
            }
            Ok(Json::new(&block)?)
        })
    }

    /// The transaction at a place, as JSON.
    pub(crate) fn transaction_json(&self, index: usize) -> Result<Option<Json>, EthError> {
        let Some(single) = self.single.get(index) else { return Ok(None) };
        let make = || Ok(Json::new(&convert::transaction(&self.block, index))?);
        once(&single.transaction_json, make).map(Some)
    }

    /// The receipts, in the form in which they are stored.
    ///
    /// # Errors
    /// [`StorageError::PrunedReceipts`] if they are no longer kept, and those of the database.
    pub(crate) fn receipts(&self, view: &ChainView) -> Result<&[ScrollReceipt], EthError> {
        if let Some(receipts) = self.receipts.get() {
            return Ok(receipts);
        }
        let number = self.block.number;
        let missing = StorageError::Missing { table: "Receipts", number };
        let receipts = view.receipts(number)?.ok_or(missing)?;
        Ok(self.receipts.get_or_init(|| receipts))
    }

    /// All receipts as JSON.
    ///
    /// # Errors
    /// As for [`Self::receipts`].
    pub(crate) fn receipts_json(&self, view: &ChainView) -> Result<Json, EthError> {
        let receipts = self.receipts(view)?;
        once(&self.receipts_json, || Ok(Json::new(&convert::receipts(&self.block, receipts))?))
    }

    /// The receipt of the transaction at a place, as JSON.
    ///
    /// # Errors
    /// As for [`Self::receipts`].
    pub(crate) fn receipt_json(
        &self,
        view: &ChainView,
        index: usize,
    ) -> Result<Option<Json>, EthError> {
        let Some(single) = self.single.get(index) else { return Ok(None) };
        let make = || Ok(Json::new(&convert::receipt(&self.block, self.receipts(view)?, index))?);
        once(&single.receipt_json, make).map(Some)
    }

    /// The receipts, if they were read.
    pub(crate) fn read_receipts(&self) -> Option<&[ScrollReceipt]> {
        self.receipts.get().map(Vec::as_slice)
    }

    /// The logs that a filter asks for, in the order of the block.
    ///
    /// # Errors
    /// As for [`Self::receipts`].
    pub(crate) fn logs<'a>(
        &'a self,
        view: &ChainView,
        filter: &'a LogFilter,
    ) -> Result<impl Iterator<Item = Json> + 'a, EthError> {
        let receipts = self.receipts(view)?;
        let logs = match self.logs.get() {
            Some(logs) => logs,
            None => {
                let logs = self.make_logs(receipts)?;
                self.logs.get_or_init(|| logs)
            }
        };
        let is_asked_for = |log: &&CachedLog| {
            let receipt = receipts.get(log.transaction);
            let log = receipt.and_then(|receipt| receipt.logs().get(log.index));
            log.is_some_and(|log| filter.matches(log))
        };
        Ok(logs.iter().filter(is_asked_for).map(|log| log.json.clone()))
    }

    fn make_logs(&self, receipts: &[ScrollReceipt]) -> Result<Vec<CachedLog>, EthError> {
        let mut made = Vec::new();
        for (transaction, logs) in convert::logs(&self.block, receipts).enumerate() {
            for (index, log) in logs.iter().enumerate() {
                made.push(CachedLog { transaction, index, json: Json::new(log)? });
            }
        }
        Ok(made)
    }
}

/// What is at a place, made if nothing is there. Two callers may both make it; one of the results
/// stays.
fn once(
    place: &OnceLock<Json>,
    make: impl FnOnce() -> Result<Json, EthError>,
) -> Result<Json, EthError> {
    match place.get() {
        Some(json) => Ok(json.clone()),
        None => {
            let json = make()?;
            Ok(place.get_or_init(|| json).clone())
        }
    }
}
