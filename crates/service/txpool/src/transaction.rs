//! A transaction in the pool.

use alloy_consensus::{Transaction, transaction::Recovered};
use alloy_primitives::{Address, TxHash, U256};
use rollup_primitives::ScrollTxEnvelope;
use std::time::Duration;

/// Who handed a transaction in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TransactionOrigin {
    /// A user of this node, over JSON-RPC.
    Local,
    /// Another node.
    External,
    /// A block that left the chain, whoever handed it in before.
    Returned,
}

/// A valid transaction with what the pool needs to know of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolTransaction {
    /// The transaction and its sender. Never an L1 message, never with blobs.
    pub transaction: Recovered<ScrollTxEnvelope>,
    /// Who handed it in.
    pub origin: TransactionOrigin,
    /// Length of its EIP-2718 bytes.
    pub encoded_bytes: usize,
    /// L1 data fee in wei, by the oracle as of when it came.
    pub l1_data_fee: U256,
    /// When it came, by the clock's `now`.
    pub received_at: Duration,
}

impl PoolTransaction {
    /// Its hash.
    pub fn hash(&self) -> TxHash {
        *self.transaction.hash()
    }

    /// Its sender.
    pub const fn sender(&self) -> Address {
        self.transaction.signer()
    }

    /// Its nonce.
    pub fn nonce(&self) -> u64 {
        self.transaction.nonce()
    }

    /// Whether a user of this node handed it in.
    pub fn is_local(&self) -> bool {
        self.origin == TransactionOrigin::Local
    }

    /// Whether the journal keeps it over a restart: what a user was told is taken, also if a block had
    /// it meanwhile.
    pub(crate) const fn is_journaled(&self) -> bool {
        matches!(self.origin, TransactionOrigin::Local | TransactionOrigin::Returned)
    }

    /// What it pays per gas above a base fee (wei), in wei. `None` if it does not pay the base fee.
    pub fn effective_tip(&self, base_fee: u64) -> Option<u128> {
        self.transaction.effective_tip_per_gas(base_fee)
    }
}
