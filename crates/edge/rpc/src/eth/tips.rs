//! The tip that is suggested (execution specification 8.3): the least there is while blocks have
//! room, a little more than others pay when they have not.

use super::config::EthConfig;
use alloy_consensus::{Transaction as _, TxReceipt as _};
use alloy_eips::Encodable2718 as _;
use rollup_primitives::{RecoveredBlock, ScrollReceipt, ScrollTxEnvelope};

/// A tip, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SuggestedTip {
    /// Wei per gas.
    pub(crate) wei: u128,
    /// Whether another transaction as large as the largest one would not have fitted in the block.
    pub(crate) is_at_capacity: bool,
}

impl SuggestedTip {
    /// What the latest block suggests. Without its receipts, which may be pruned, it suggests the
    /// least.
    pub(crate) fn after(
        block: &RecoveredBlock,
        receipts: Option<&[ScrollReceipt]>,
        max_block_bytes: u64,
        config: &EthConfig,
    ) -> Self {
        let least = config.suggested_tip_wei;
        let is_at_capacity = receipts.is_some_and(|receipts| {
            is_gas_used_up(block, receipts) || are_bytes_used_up(block, max_block_bytes)
        });
        if !is_at_capacity {
            return Self { wei: least.min(config.max_suggested_tip_wei), is_at_capacity };
        }
        let median = median_tip(block);
        let wei = median.saturating_add(median / 10).max(least).min(config.max_suggested_tip_wei);
        Self { wei, is_at_capacity }
    }
}

/// Tip of a transaction in wei per gas; zero for an L1 message.
pub(crate) fn effective_tip(transaction: &ScrollTxEnvelope, base_fee: Option<u64>) -> u128 {
    transaction.effective_tip_per_gas(base_fee.unwrap_or_default()).unwrap_or_default()
}

/// Gas that each transaction used.
pub(crate) fn gas_used(receipts: &[ScrollReceipt]) -> impl Iterator<Item = u64> {
    let mut before = 0;
    receipts.iter().map(move |receipt| {
        let used = receipt.cumulative_gas_used().saturating_sub(before);
        before = receipt.cumulative_gas_used();
        used
    })
}

fn is_gas_used_up(block: &RecoveredBlock, receipts: &[ScrollReceipt]) -> bool {
    let largest = gas_used(receipts).max().unwrap_or_default();
    // More than a block holds cannot be: the data is of no use then.
    largest <= block.gas_limit && block.gas_used.saturating_add(largest) > block.gas_limit
}

/// L1 messages take no part of the bytes: they are on L1 already.
fn are_bytes_used_up(block: &RecoveredBlock, max_block_bytes: u64) -> bool {
    let transactions = block.body().transactions.iter().filter(|tx| !tx.is_l1_message());
    let (mut total, mut largest) = (0_u64, 0_u64);
    for transaction in transactions {
        let bytes = transaction.encode_2718_len() as u64;
        total = total.saturating_add(bytes);
        largest = largest.max(bytes);
    }
    largest <= max_block_bytes && total.saturating_add(largest) > max_block_bytes
}

fn median_tip(block: &RecoveredBlock) -> u128 {
    let transactions = &block.body().transactions;
    let mut tips: Vec<u128> =
        transactions.iter().map(|tx| effective_tip(tx, block.base_fee_per_gas)).collect();
    tips.sort_unstable();
    tips.get(tips.len() / 2).copied().unwrap_or_default()
}
