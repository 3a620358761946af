//! What is in the pool, for those who look at it.

use crate::transaction::PoolTransaction;
use alloy_primitives::Address;
use std::{collections::BTreeMap, sync::Arc};

/// How much is in the pool.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PoolSize {
    /// Executable transactions.
    pub pending: usize,
    /// Bytes of their EIP-2718 encodings.
    pub pending_bytes: usize,
    /// Transactions that wait for a nonce, for balance, or for a lower base fee.
    pub queued: usize,
    /// Bytes of their EIP-2718 encodings.
    pub queued_bytes: usize,
}

/// Transactions by sender and nonce.
pub type TransactionsBySender = BTreeMap<Address, BTreeMap<u64, Arc<PoolTransaction>>>;

/// What is in the pool.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PoolContent {
    /// Executable transactions.
    pub pending: TransactionsBySender,
    /// Transactions that wait for a nonce, for balance, or for a lower base fee.
    pub queued: TransactionsBySender,
}
