//! Blocks, transactions and receipts as the roots of the header see them.

use crate::eth::{EthRpc, block_id, blocks::CachedBlock, error::EthError};
use alloy_consensus::TxReceipt as _;
use alloy_eips::{BlockId, Encodable2718 as _};
use alloy_primitives::{B256, Bytes};
use rollup_storage::ChainView;
use std::sync::Arc;

pub(super) fn header(eth: &EthRpc, block: BlockId) -> Result<Bytes, EthError> {
    let found = require(eth, &eth.view()?, block)?;
    Ok(alloy_rlp::encode(found.block().header()).into())
}

pub(super) fn block(eth: &EthRpc, block: BlockId) -> Result<Bytes, EthError> {
    let found = require(eth, &eth.view()?, block)?;
    Ok(alloy_rlp::encode(found.block().sealed_block()).into())
}

pub(super) fn transactions(eth: &EthRpc, block: BlockId) -> Result<Vec<Bytes>, EthError> {
    let found = require(eth, &eth.view()?, block)?;
    let transactions = &found.block().body().transactions;
    Ok(transactions.iter().map(|transaction| transaction.encoded_2718().into()).collect())
}

pub(super) fn receipts(eth: &EthRpc, block: BlockId) -> Result<Vec<Bytes>, EthError> {
    let view = eth.view()?;
    let found = require(eth, &view, block)?;
    let receipts = found.receipts(&view)?;
    let encode =
        |receipt: &rollup_primitives::ScrollReceipt| receipt.with_bloom_ref().encoded_2718().into();
    Ok(receipts.iter().map(encode).collect())
}

pub(super) fn require(
    eth: &EthRpc,
    view: &ChainView,
    block: BlockId,
) -> Result<Arc<CachedBlock>, EthError> {
    eth.find_block(view, block)?.ok_or(EthError::BlockNotFound(block))
}

/// The code with this hash. That `block` is there is checked, but not that it had the code.
pub(super) fn code(eth: &EthRpc, hash: B256, block: BlockId) -> Result<Option<Bytes>, EthError> {
    let view = eth.view()?;
    Ok(block_id::state(&view, block)?.code(hash)?)
}
