//! Blocks, transactions and receipts.

use super::{
    EthRpc, Snapshot, block_id::find, blocks::CachedBlock, convert, error::EthError, json::Json,
};
use alloy_eips::{BlockId, BlockNumHash, Encodable2718 as _};
use alloy_primitives::{B256, Bytes};
use rollup_storage::{ChainView, StorageError};
use std::sync::Arc;

impl EthRpc {
    pub(crate) fn block_json(
        &self,
        chain: &Snapshot,
        block: BlockId,
        full: bool,
    ) -> Result<Option<Json>, EthError> {
        chain.block(block)?.map(|block| block.json(full)).transpose()
    }

    pub(crate) fn transaction_count_in(
        &self,
        chain: &Snapshot,
        block: BlockId,
    ) -> Result<Option<usize>, EthError> {
        Ok(chain.block(block)?.map(|block| block.block().body().transactions.len()))
    }

    pub(crate) fn has_block(&self, block: BlockId) -> Result<bool, EthError> {
        Ok(find(&self.view()?, block)?.is_some())
    }

    pub(crate) fn receipts_json(
        &self,
        chain: &Snapshot,
        block: BlockId,
    ) -> Result<Option<Json>, EthError> {
        chain.block(block)?.map(|block| block.receipts_json(chain.view())).transpose()
    }

    pub(crate) fn transaction_in(
        &self,
        chain: &Snapshot,
        block: BlockId,
        index: usize,
    ) -> Result<Option<Json>, EthError> {
        let Some(block) = chain.block(block)? else { return Ok(None) };
        block.transaction_json(index)
    }

    pub(crate) fn raw_transaction_in(
        &self,
        chain: &Snapshot,
        block: BlockId,
        index: usize,
    ) -> Result<Option<Bytes>, EthError> {
        let encode = |block: Arc<CachedBlock>| {
            let transaction = block.block().body().transactions.get(index)?;
            Some(transaction.encoded_2718().into())
        };
        Ok(chain.block(block)?.and_then(encode))
    }

    /// A transaction of the chain, or else of the pool.
    pub(crate) fn transaction(&self, hash: B256) -> Result<Option<Json>, EthError> {
        let view = self.view()?;
        match self.place_of(&view, hash)? {
            Some((block, index)) => block.transaction_json(index),
            None => {
                let pooled = self.pool.get(&hash);
                Ok(pooled.map(|pooled| Json::new(&convert::pooled(&pooled))).transpose()?)
            }
        }
    }

    pub(crate) fn raw_transaction(&self, hash: B256) -> Result<Option<Bytes>, EthError> {
        if let Some((transaction, ..)) = self.view()?.transaction(hash)? {
            return Ok(Some(transaction.encoded_2718().into()));
        }
        let pooled = self.pool.get(&hash);
        Ok(pooled.map(|pooled| pooled.transaction.encoded_2718().into()))
    }

    pub(crate) fn receipt(&self, hash: B256) -> Result<Option<Json>, EthError> {
        let view = self.view()?;
        let Some((block, index)) = self.place_of(&view, hash)? else { return Ok(None) };
        block.receipt_json(&view, index)
    }

    /// The block of a transaction, and its position there; `None` if the chain does not have it.
    pub(crate) fn place_of(
        &self,
        view: &ChainView,
        hash: B256,
    ) -> Result<Option<(Arc<CachedBlock>, usize)>, EthError> {
        if let Some(kept) = self.blocks.kept_with(view, &hash)? {
            return Ok(Some(kept));
        }
        let Some((_, number, index)) = view.transaction(hash)? else { return Ok(None) };
        let missing = |table| StorageError::Missing { table, number };
        let block_hash = view.hash_of(number)?.ok_or_else(|| missing("CanonicalHeaders"))?;
        let block = self.blocks.get(view, BlockNumHash::new(number, block_hash))?;
        let index = usize::try_from(index).ok();
        let in_block = index.filter(|index| *index < block.block().body().transactions.len());
        Ok(Some((block, in_block.ok_or_else(|| missing("Transactions"))?)))
    }
}
