//! From what is stored to what is answered. Nothing is hashed or recovered here.

use alloy_consensus::{
    EthereumReceipt, ReceiptWithBloom, Transaction as _, TxReceipt as _,
    transaction::{Recovered, TransactionInfo},
};
use alloy_primitives::{B256, U256};
use alloy_rpc_types_eth::{Block, BlockTransactions, Header, Log, TransactionReceipt};
use rollup_primitives::{
    RecoveredBlock, ScrollHeader, ScrollReceipt, ScrollTransaction, ScrollTransactionReceipt,
    ScrollTxEnvelope,
};
use rollup_storage::MatchedLog;
use rollup_txpool::PoolTransaction;
use serde_json::Value;

/// A block with its transactions, or with their hashes.
pub(crate) fn block(
    block: &RecoveredBlock,
    full: bool,
) -> Block<ScrollTransaction, Header<ScrollHeader>> {
    let header = header(block);
    let transactions = if full {
        let count = block.body().transactions.len();
        BlockTransactions::Full((0..count).filter_map(|at| transaction(block, at)).collect())
    } else {
        let transactions = &block.body().transactions;
        BlockTransactions::Hashes(transactions.iter().map(|tx| *tx.hash()).collect())
    };
    Block { header, uncles: Vec::new(), transactions, withdrawals: None }
}

/// A header.
pub(crate) fn header(block: &RecoveredBlock) -> Header<ScrollHeader> {
    Header {
        hash: block.hash(),
        inner: block.header().clone(),
        total_difficulty: None,
        size: Some(U256::from(block.rlp_length())),
    }
}

/// As other clients show a block that is not sealed: what is not decided is `null`.
pub(crate) fn unsealed(
    block: &Block<ScrollTransaction, Header<ScrollHeader>>,
) -> Result<Value, serde_json::Error> {
    let mut object = serde_json::to_value(block)?;
    for field in ["hash", "nonce", "miner"] {
        object[field] = Value::Null;
    }
    Ok(object)
}

/// The hash; none if the block is not sealed.
fn hash_of(block: &RecoveredBlock) -> Option<B256> {
    Some(block.hash()).filter(|hash| !hash.is_zero())
}

/// The transaction at a place in a block.
pub(crate) fn transaction(block: &RecoveredBlock, index: usize) -> Option<ScrollTransaction> {
    let transaction = block.body().transactions.get(index)?;
    let sender = *block.senders().get(index)?;
    let info = TransactionInfo {
        hash: Some(*transaction.hash()),
        index: Some(index as u64),
        block_hash: hash_of(block),
        block_number: Some(block.number),
        base_fee: block.base_fee_per_gas,
        block_timestamp: Some(block.timestamp),
    };
    let transaction = Recovered::new_unchecked(transaction.clone(), sender);
    Some(ScrollTransaction::from_transaction(transaction, info))
}

/// A transaction that is in no block yet.
pub(crate) fn pooled(transaction: &PoolTransaction) -> ScrollTransaction {
    waiting(transaction.transaction.clone())
}

/// A transaction that is in no block.
pub(crate) fn waiting(transaction: Recovered<ScrollTxEnvelope>) -> ScrollTransaction {
    ScrollTransaction::from_transaction(transaction, TransactionInfo::default())
}

/// The receipt at a place in a block, whose receipts are `receipts`.
pub(crate) fn receipt(
    block: &RecoveredBlock,
    receipts: &[ScrollReceipt],
    index: usize,
) -> Option<ScrollTransactionReceipt> {
    let before = receipts.get(..index)?;
    let first_log: usize = before.iter().map(|receipt| receipt.logs().len()).sum();
    receipt_after(block, receipts, index, first_log as u64)
}

/// The receipts of a block.
pub(crate) fn receipts(
    block: &RecoveredBlock,
    receipts: &[ScrollReceipt],
) -> Vec<ScrollTransactionReceipt> {
    let mut first_log = 0;
    let convert = |index: usize| {
        let receipt = receipt_after(block, receipts, index, first_log)?;
        first_log += receipt.inner.inner.receipt.logs.len() as u64;
        Some(receipt)
    };
    (0..receipts.len()).filter_map(convert).collect()
}

/// The logs of each transaction of a block, whose receipts are `receipts`.
pub(crate) fn logs<'a>(
    block: &'a RecoveredBlock,
    receipts: &'a [ScrollReceipt],
) -> impl Iterator<Item = Vec<Log>> + 'a {
    let transactions = block.body().transactions.iter().zip(receipts);
    let mut first_log = 0;
    (0..).zip(transactions).map(move |(transaction_index, (transaction, receipt))| {
        let transaction_hash = *transaction.hash();
        let place = Place { block, transaction_index, transaction_hash, first_log };
        first_log += receipt.logs().len() as u64;
        place.logs(receipt.logs())
    })
}

fn receipt_after(
    block: &RecoveredBlock,
    receipts: &[ScrollReceipt],
    index: usize,
    first_log: u64,
) -> Option<ScrollTransactionReceipt> {
    let receipt = receipts.get(index)?;
    let transaction = block.body().transactions.get(index)?;
    let from = *block.senders().get(index)?;
    let place = Place {
        block,
        transaction_index: index as u64,
        transaction_hash: *transaction.hash(),
        first_log,
    };
    let cumulative_gas_used = receipt.cumulative_gas_used();
    let used_before = index
        .checked_sub(1)
        .and_then(|before| receipts.get(before))
        .map_or(0, |receipt| receipt.cumulative_gas_used());
    let inner = EthereumReceipt {
        tx_type: receipt.inner.tx_type,
        success: receipt.status(),
        cumulative_gas_used,
        logs: place.logs(receipt.logs()),
    };
    Some(ScrollTransactionReceipt {
        inner: TransactionReceipt {
            inner: ReceiptWithBloom { receipt: inner, logs_bloom: receipt.bloom() },
            transaction_hash: place.transaction_hash,
            transaction_index: Some(place.transaction_index),
            block_hash: hash_of(block),
            block_number: Some(block.number),
            gas_used: cumulative_gas_used.saturating_sub(used_before),
            effective_gas_price: transaction.effective_gas_price(block.base_fee_per_gas),
            blob_gas_used: None,
            blob_gas_price: None,
            from,
            to: transaction.to(),
            contract_address: transaction.is_create().then(|| from.create(transaction.nonce())),
        },
        l1_fee: receipt.l1_fee,
    })
}

/// Where logs come from.
struct Place<'a> {
    block: &'a RecoveredBlock,
    transaction_index: u64,
    transaction_hash: B256,
    /// Position of the first log of the transaction in the block.
    first_log: u64,
}

impl Place<'_> {
    fn logs(&self, logs: &[alloy_primitives::Log]) -> Vec<Log> {
        let convert = |(index, log): (u64, &alloy_primitives::Log)| Log {
            inner: log.clone(),
            block_hash: hash_of(self.block),
            block_number: Some(self.block.number),
            block_timestamp: Some(self.block.timestamp),
            transaction_hash: Some(self.transaction_hash),
            transaction_index: Some(self.transaction_index),
            log_index: Some(index),
            removed: false,
        };
        (self.first_log..).zip(logs).map(convert).collect()
    }
}

/// A log of a query.
pub(crate) fn log(found: MatchedLog) -> Log {
    Log {
        inner: found.log,
        block_hash: Some(found.block.hash),
        block_number: Some(found.block.number),
        block_timestamp: Some(found.block_timestamp),
        transaction_hash: Some(found.transaction_hash),
        transaction_index: Some(found.transaction_index),
        log_index: Some(found.log_index),
        removed: false,
    }
}
