//! Limits of the pool.

use std::{path::PathBuf, time::Duration};

/// Limits of the pool and rules of what it takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TxpoolConfig {
    /// Executable transactions in total, at most.
    pub max_pending: usize,
    /// Bytes of executable transactions in total, at most.
    pub max_pending_bytes: usize,
    /// Transactions that wait for a nonce, for balance or for a lower base fee, in total, at most.
    pub max_queued: usize,
    /// Bytes of those, at most.
    pub max_queued_bytes: usize,
    /// Transactions of one sender, at most. Local ones are not counted.
    pub max_account_slots: usize,
    /// By how many percent fee cap and tip of a replacement must be above those of what it
    /// replaces, at least.
    pub price_bump_percent: u64,
    /// Fee cap of a transaction, at least, in wei.
    pub min_fee_cap_wei: u64,
    /// Tip of a transaction that is not local, at least, in wei.
    pub min_priority_fee_wei: u64,
    /// Gas limit of a transaction, at most; that of a block if it is lower.
    pub max_tx_gas: Option<u64>,
    /// How long a transaction waits that is not executable. Local ones wait as long as they must.
    pub lifetime: Duration,
    /// Whether a transaction from this node's own users is treated as any other.
    pub no_locals: bool,
    /// Whether a sender must afford twice the L1 data fee.
    pub require_l1_data_fee_buffer: bool,
    /// Whether the L1 data fee need not be affordable at all, as on the development chain.
    pub ignore_l1_data_fee: bool,
    /// File that keeps the local transactions over a restart.
    pub journal: Option<PathBuf>,
    /// Transactions that wait for validation, at most.
    pub max_waiting_validations: usize,
}

impl Default for TxpoolConfig {
    fn default() -> Self {
        Self {
            max_pending: 10_000,
            max_pending_bytes: 20 << 20,
            max_queued: 10_000,
            max_queued_bytes: 20 << 20,
            max_account_slots: 16,
            price_bump_percent: 10,
            min_fee_cap_wei: 7,
            min_priority_fee_wei: 0,
            max_tx_gas: None,
            lifetime: Duration::from_secs(10_800),
            no_locals: false,
            require_l1_data_fee_buffer: false,
            ignore_l1_data_fee: false,
            journal: None,
            max_waiting_validations: 4096,
        }
    }
}
