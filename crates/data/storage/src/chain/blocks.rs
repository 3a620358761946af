//! Reading blocks, transactions and receipts.

use super::{ChainView, head};
use crate::{error::StorageError, prune};
use alloy_primitives::B256;
use rollup_db::{
    BlockBodyIndex, BlockBodyIndices, CanonicalHeaders, HeaderNumbers, Headers, Receipts, Senders,
    Signatures, TransactionNumbers, Transactions,
};
use rollup_primitives::{
    BlockSignature, RecoveredBlock, ScrollBlock, ScrollBlockBody, ScrollHeader, ScrollReceipt,
    ScrollTxEnvelope,
};

impl ChainView {
    /// Hash of the canonical block with this number.
    ///
    /// # Errors
    /// Those of the database.
    pub fn hash_of(&self, number: u64) -> Result<Option<B256>, StorageError> {
        if let Some(executed) = self.layers.block(number) {
            return Ok(Some(executed.block.hash()));
        }
        Ok(self.tx.get::<CanonicalHeaders>(&number)?)
    }

    /// Number of the canonical block with this hash.
    ///
    /// # Errors
    /// Those of the database.
    pub fn number_of(&self, hash: B256) -> Result<Option<u64>, StorageError> {
        if let Some(executed) = self.layers.by_hash(hash) {
            return Ok(Some(executed.block.number));
        }
        Ok(self.tx.get::<HeaderNumbers>(&hash)?)
    }

    /// Header of a block.
    ///
    /// # Errors
    /// Those of the database.
    pub fn header(&self, number: u64) -> Result<Option<ScrollHeader>, StorageError> {
        if let Some(executed) = self.layers.block(number) {
            return Ok(Some(executed.block.header().clone()));
        }
        Ok(self.tx.get::<Headers>(&number)?)
    }

    /// A block with its hash and senders.
    ///
    /// # Errors
    /// Those of the database, and [`StorageError::Missing`] if a part of the block is.
    pub fn block(&self, number: u64) -> Result<Option<RecoveredBlock>, StorageError> {
        if let Some(executed) = self.layers.block(number) {
            return Ok(Some(executed.block.clone()));
        }
        let (Some(hash), Some(header)) = (self.hash_of(number)?, self.header(number)?) else {
            return Ok(None);
        };
        let index = self.body_index(number)?;
        let transactions = self.rows::<Transactions>(index, number)?;
        let senders = self.rows::<Senders>(index, number)?;
        let body = ScrollBlockBody { transactions, ..Default::default() };
        Ok(Some(RecoveredBlock::new(ScrollBlock { header, body }, senders, hash)))
    }

    /// Receipts of a block.
    ///
    /// # Errors
    /// [`StorageError::PrunedReceipts`] if they are no longer there, or as for [`Self::block`].
    pub fn receipts(&self, number: u64) -> Result<Option<Vec<ScrollReceipt>>, StorageError> {
        if let Some(executed) = self.layers.block(number) {
            return Ok(Some(executed.receipts.clone()));
        }
        if self.hash_of(number)?.is_none() {
            return Ok(None);
        }
        prune::ensure_receipts(&self.tx, number)?;
        let index = self.body_index(number)?;
        self.rows::<Receipts>(index, number).map(Some)
    }

    /// A transaction by its hash, with the number of its block and its position there.
    ///
    /// # Errors
    /// As for [`Self::block`].
    pub fn transaction(
        &self,
        hash: B256,
    ) -> Result<Option<(ScrollTxEnvelope, u64, u64)>, StorageError> {
        if let Some((transaction, executed, index)) = self.layers.transaction(hash) {
            return Ok(Some((transaction.clone(), executed.block.number, index)));
        }
        let Some(at) = self.tx.get::<TransactionNumbers>(&hash)? else { return Ok(None) };
        let (number, index) = self.block_of_transaction(at)?;
        let transaction = self
            .tx
            .get::<Transactions>(&at)?
            .ok_or(StorageError::Missing { table: "Transactions", number })?;
        Ok(Some((transaction, number, at - index.first_transaction)))
    }

    /// Signature of the authorized signer over a block, if it is known.
    ///
    /// # Errors
    /// Those of the database.
    pub fn signature(&self, number: u64) -> Result<Option<BlockSignature>, StorageError> {
        if let Some(executed) = self.layers.block(number) {
            return Ok(executed.signature);
        }
        Ok(self.tx.get::<Signatures>(&number)?)
    }

    fn body_index(&self, number: u64) -> Result<BlockBodyIndex, StorageError> {
        let missing = StorageError::Missing { table: "BlockBodyIndices", number };
        self.tx.get::<BlockBodyIndices>(&number)?.ok_or(missing)
    }

    fn rows<T: rollup_db::Table<Key = u64>>(
        &self,
        index: BlockBodyIndex,
        number: u64,
    ) -> Result<Vec<T::Value>, StorageError> {
        let rows = self
            .tx
            .walk::<T>(index.transactions())?
            .map(|entry| entry.map(|(_, value)| value))
            .collect::<Result<Vec<_>, _>>()?;
        if rows.len() as u64 != index.transaction_count {
            return Err(StorageError::Missing { table: T::NAME, number });
        }
        Ok(rows)
    }

    /// The block whose range of transactions holds `at`, by bisection.
    fn block_of_transaction(&self, at: u64) -> Result<(u64, BlockBodyIndex), StorageError> {
        let (mut low, mut high) = (0, head(&self.tx)?.number);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.body_index(middle)?.transactions().end > at {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        Ok((low, self.body_index(low)?))
    }
}
