//! Answers that need no page of the database that may have to be fetched from the disk: they are given
//! at once, where others are handed to a thread that may wait, which costs as much as the answer.
//!
//! A view is opened all the same. What that reads, every commit has just written.

use super::{EthRpc, block_id, blocks::CachedBlock, error::EthError, json::Json};
use alloy_eips::{BlockId, BlockNumberOrTag};
use alloy_primitives::{Address, B256, U256};
use rollup_storage::{ChainView, StateReader};
use std::sync::Arc;

impl EthRpc {
    /// A block as JSON, if it is kept.
    pub(crate) fn block_in_memory(
        &self,
        block: BlockId,
        full: bool,
    ) -> Result<Option<Json>, EthError> {
        let view = self.view()?;
        self.kept_block(&view, block)?.map(|block| block.json(full)).transpose()
    }

    /// The receipts of a block, if they are kept.
    pub(crate) fn receipts_in_memory(&self, block: BlockId) -> Result<Option<Json>, EthError> {
        let view = self.view()?;
        let kept = self.kept_block(&view, block)?.filter(|block| block.read_receipts().is_some());
        kept.map(|block| block.receipts_json(&view)).transpose()
    }

    /// A transaction, if its block is kept.
    pub(crate) fn transaction_in_memory(&self, hash: B256) -> Result<Option<Json>, EthError> {
        match self.blocks.kept_with(&self.view()?, &hash)? {
            Some((block, index)) => block.transaction_json(index),
            None => Ok(None),
        }
    }

    /// A receipt, if those of its block are kept.
    pub(crate) fn receipt_in_memory(&self, hash: B256) -> Result<Option<Json>, EthError> {
        let view = self.view()?;
        match self.blocks.kept_with(&view, &hash)? {
            Some((block, index)) if block.read_receipts().is_some() => {
                block.receipt_json(&view, index)
            }
            _ => Ok(None),
        }
    }

    /// A balance of the latest state, if it is in memory.
    pub(crate) fn balance_in_memory(
        &self,
        address: Address,
        block: BlockId,
    ) -> Result<Option<U256>, EthError> {
        self.latest(block, |state| {
            let account = state.account_in_memory(address)?;
            Some(account.map(|account| account.balance).unwrap_or_default())
        })
    }

    /// A nonce of the latest state, if it is in memory.
    pub(crate) fn nonce_in_memory(
        &self,
        address: Address,
        block: BlockId,
    ) -> Result<Option<u64>, EthError> {
        self.latest(block, |state| {
            let account = state.account_in_memory(address)?;
            Some(account.map(|account| account.nonce).unwrap_or_default())
        })
    }

    /// A slot of the latest state, if it is in memory.
    pub(crate) fn slot_in_memory(
        &self,
        address: Address,
        slot: B256,
        block: BlockId,
    ) -> Result<Option<B256>, EthError> {
        let value = self.latest(block, |state| state.storage_in_memory(address, slot.into()))?;
        Ok(value.map(B256::from))
    }

    /// What the latest state gives, if that is meant.
    fn latest<T>(
        &self,
        block: BlockId,
        read: impl FnOnce(StateReader<'_>) -> Option<T>,
    ) -> Result<Option<T>, EthError> {
        Ok(if block.is_latest() { read(self.view()?.latest_state()) } else { None })
    }

    fn kept_block(
        &self,
        view: &ChainView,
        block: BlockId,
    ) -> Result<Option<Arc<CachedBlock>>, EthError> {
        Ok(match block {
            BlockId::Hash(hash) => self.blocks.kept(view, &hash.block_hash)?,
            BlockId::Number(BlockNumberOrTag::Number(number)) => {
                self.blocks.kept_at(view, number)?
            }
            BlockId::Number(BlockNumberOrTag::Latest) => {
                self.blocks.kept(view, &block_id::require(view, block)?.hash)?
            }
            BlockId::Number(_) => None,
        })
    }
}
