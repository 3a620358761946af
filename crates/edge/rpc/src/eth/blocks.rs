//! Blocks as they were asked for lately.
//!
//! All methods that answer from a block take it from here, so that a block is read from the database
//! once and serialised once, however many clients ask for it. What the key names never changes: a
//! reorg makes other hashes.

use super::{convert, error::EthError, json::Json};
use alloy_eips::BlockNumHash;
use alloy_primitives::B256;
use quick_cache::sync::Cache;
use rollup_primitives::{
    RecoveredBlock, ScrollReceipt, ScrollTransaction, ScrollTransactionReceipt,
};
use rollup_storage::{ChainView, StorageError};
use std::sync::{Arc, OnceLock};

/// The blocks that were asked for last.
#[derive(Debug)]
pub(crate) struct Blocks {
    cache: Cache<B256, Arc<CachedBlock>>,
}

impl Blocks {
    /// Keeps up to `capacity` blocks.
    pub(crate) fn new(capacity: usize) -> Self {
        Self { cache: Cache::new(capacity) }
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
            Ok(Arc::new(CachedBlock::new(block)))
        })
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
}

impl CachedBlock {
    const fn new(block: RecoveredBlock) -> Self {
        Self {
            block,
            receipts: OnceLock::new(),
            with_hashes_json: OnceLock::new(),
            full_json: OnceLock::new(),
            receipts_json: OnceLock::new(),
        }
    }

    /// The block.
    pub(crate) const fn block(&self) -> &RecoveredBlock {
        &self.block
    }

    /// The block as JSON, with its transactions or their hashes.
    pub(crate) fn json(&self, full: bool) -> Result<Json, EthError> {
        let place = if full { &self.full_json } else { &self.with_hashes_json };
        once(place, || Ok(Json::new(&convert::block(&self.block, full))?))
    }

    /// The transaction at a place.
    pub(crate) fn transaction(&self, index: usize) -> Option<ScrollTransaction> {
        convert::transaction(&self.block, index)
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

    /// The receipt of the transaction at a place.
    ///
    /// # Errors
    /// As for [`Self::receipts`].
    pub(crate) fn receipt(
        &self,
        view: &ChainView,
        index: usize,
    ) -> Result<Option<ScrollTransactionReceipt>, EthError> {
        Ok(convert::receipt(&self.block, self.receipts(view)?, index))
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
