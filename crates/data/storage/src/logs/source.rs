//! Where logs are read from.

use super::scan::first_stored_block;
use crate::{chain::ChainView, error::StorageError};
use alloy_consensus::transaction::TxHashRef;
use alloy_primitives::{B256, Bloom};
use rollup_primitives::{ScrollHeader, ScrollReceipt};
use std::ops::RangeInclusive;

/// A chain of blocks whose logs can be read. It must not change while it is: all methods speak of
/// the same blocks. A block that the chain does not reach is `None`.
pub trait LogSource {
    /// Header of a block.
    ///
    /// # Errors
    /// [`StorageError`] if it cannot be read.
    fn header(&self, number: u64) -> Result<Option<ScrollHeader>, StorageError>;

    /// Hash of a block.
    ///
    /// # Errors
    /// [`StorageError`] if it cannot be read.
    fn block_hash(&self, number: u64) -> Result<Option<B256>, StorageError>;

    /// Receipts of a block.
    ///
    /// # Errors
    /// [`StorageError`] if they cannot be read.
    fn receipts(&self, number: u64) -> Result<Option<Vec<ScrollReceipt>>, StorageError>;

    /// Hashes of the transactions of a block.
    ///
    /// # Errors
    /// [`StorageError`] if they cannot be read.
    fn transaction_hashes(&self, number: u64) -> Result<Option<Vec<B256>>, StorageError>;

    /// The first of `blocks` whose logs bloom passes `test`. The test is called with the bloom of
    /// each block in order up to that one, and with no other. A source that can read blooms without
    /// the rest of the headers does better than this.
    ///
    /// # Errors
    /// [`StorageError::Missing`] if one of the blocks is not there, and that of [`Self::header`].
    fn first_block(
        &self,
        blocks: RangeInclusive<u64>,
        test: &mut dyn FnMut(&Bloom) -> bool,
    ) -> Result<Option<u64>, StorageError> {
        for number in blocks {
            let missing = StorageError::Missing { table: "Headers", number };
            if test(&self.header(number)?.ok_or(missing)?.logs_bloom) {
                return Ok(Some(number));
            }
        }
        Ok(None)
    }
}

impl LogSource for ChainView {
    fn header(&self, number: u64) -> Result<Option<ScrollHeader>, StorageError> {
        self.header(number)
    }

    fn block_hash(&self, number: u64) -> Result<Option<B256>, StorageError> {
        self.hash_of(number)
    }

    fn receipts(&self, number: u64) -> Result<Option<Vec<ScrollReceipt>>, StorageError> {
        self.receipts(number)
    }

    fn transaction_hashes(&self, number: u64) -> Result<Option<Vec<B256>>, StorageError> {
        let Some(block) = self.block(number)? else { return Ok(None) };
        Ok(Some(block.body().transactions.iter().map(|tx| *tx.tx_hash()).collect()))
    }

    /// One walk over the stored headers, then the blocks in memory.
    fn first_block(
        &self,
        blocks: RangeInclusive<u64>,
        test: &mut dyn FnMut(&Bloom) -> bool,
    ) -> Result<Option<u64>, StorageError> {
        let (from, to) = blocks.into_inner();
        let in_memory = self.layers().blocks().first().map_or(u64::MAX, |first| first.block.number);
        let stored = from..=to.min(in_memory.saturating_sub(1));
        if let Some(found) = first_stored_block(self.tx(), stored, test)? {
            return Ok(Some(found));
        }
        for number in from.max(in_memory)..=to {
            let missing = StorageError::Missing { table: "Headers", number };
            if test(&self.layers().block(number).ok_or(missing)?.block.logs_bloom) {
                return Ok(Some(number));
            }
        }
        Ok(None)
    }
}
