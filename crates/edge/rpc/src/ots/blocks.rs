//! Headers, blocks, and pages of their transactions.

use crate::{
    eth::{EthRpc, Json, blocks::CachedBlock, convert, error::EthError},
    trace::bounded,
};
use alloy_consensus::TxReceipt as _;
use alloy_eips::{BlockId, Typed2718 as _};
use alloy_primitives::U256;
use alloy_rpc_types_eth::{BlockTransactions, Header};
use alloy_rpc_types_trace::otterscan::{BlockDetails, OtsBlock, OtsReceipt, OtsTransactionReceipt};
use rollup_primitives::{ScrollHeader, ScrollTransaction, ScrollTransactionReceipt};
use rollup_storage::ChainView;
use serde::Serialize;

/// A page of a block.
#[derive(Debug, Serialize)]
struct BlockPage {
    fullblock: OtsBlock<ScrollTransaction, Header<ScrollHeader>>,
    receipts: Vec<Receipt>,
}

/// A receipt without logs, with the time of its block and the L1 data fee.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Receipt {
    #[serde(flatten)]
    receipt: OtsTransactionReceipt,
    l1_fee: U256,
}

impl Receipt {
    fn new(receipt: ScrollTransactionReceipt, timestamp: u64) -> Self {
        let l1_fee = receipt.l1_fee;
        let receipt = receipt.inner.map_inner(|inner| OtsReceipt {
            status: inner.receipt.status(),
            cumulative_gas_used: inner.receipt.cumulative_gas_used(),
            logs: None,
            logs_bloom: None,
            r#type: inner.receipt.tx_type.ty(),
        });
        Self { receipt: OtsTransactionReceipt { receipt, timestamp: Some(timestamp) }, l1_fee }
    }

    /// The receipt at a place in a block.
    pub(super) fn of(
        view: &ChainView,
        block: &CachedBlock,
        index: usize,
    ) -> Result<Option<Self>, EthError> {
        let timestamp = block.block().timestamp;
        let receipt = convert::receipt(block.block(), block.receipts(view)?, index);
        Ok(receipt.map(|receipt| Self::new(receipt, timestamp)))
    }
}

/// A header in the form of `eth_getBlockByNumber`.
pub(super) fn header(eth: &EthRpc, block: BlockId) -> Result<Option<Json>, EthError> {
    let block = eth.find_block(&eth.view()?, block)?;
    let header = |block: &CachedBlock| convert::block(block.block(), false).header;
    Ok(block.map(|block| Json::new(&header(&block))).transpose()?)
}

/// A block without transactions, and the fees that its transactions paid: gas and L1 data.
pub(super) fn details(eth: &EthRpc, block: BlockId) -> Result<Option<Json>, EthError> {
    let view = eth.view()?;
    let Some(block) = eth.find_block(&view, block)? else { return Ok(None) };
    let receipts = convert::receipts(block.block(), block.receipts(&view)?);
    let fees = receipts.iter().fold(U256::ZERO, |fees, receipt| fees.saturating_add(fee(receipt)));
    // Nothing is issued on L2.
    let details = BlockDetails::new(convert::block(block.block(), false), Default::default(), fees);
    Ok(Some(Json::new(&details)?))
}

fn fee(receipt: &ScrollTransactionReceipt) -> U256 {
    let gas = U256::from(receipt.inner.gas_used);
    let execution = gas.saturating_mul(U256::from(receipt.inner.effective_gas_price));
    execution.saturating_add(receipt.l1_fee)
}

/// A block with one page of its transactions; page 0 has the last ones.
pub(super) fn page(
    eth: &EthRpc,
    block: BlockId,
    page: usize,
    page_size: usize,
) -> Result<Option<Json>, EthError> {
    let view = eth.view()?;
    let Some(block) = eth.find_block(&view, block)? else { return Ok(None) };
    let transaction_count = block.block().body().transactions.len();
    let end = transaction_count.saturating_sub(page.saturating_mul(page_size));
    let places = end.saturating_sub(page_size)..end;

    let mut shown = convert::block(block.block(), false);
    let transactions =
        places.clone().filter_map(|index| convert::transaction(block.block(), index));
    shown.transactions = BlockTransactions::Full(transactions.collect());
    let all = convert::receipts(block.block(), block.receipts(&view)?);
    let timestamp = block.block().timestamp;
    let receipts = all.into_iter().take(places.end).skip(places.start);
    let page = BlockPage {
        fullblock: OtsBlock { block: shown, transaction_count },
        receipts: receipts.map(|receipt| Receipt::new(receipt, timestamp)).collect(),
    };
    bounded(&page, eth.config().max_trace_bytes).map(Some)
}
