//! What the pool knows of one transaction.

use crate::{error::PoolError, transaction::PoolTransaction};
use alloy_eips::BlockNumHash;
use alloy_primitives::{Address, TxHash, U256};
use std::{sync::Arc, time::Duration};

/// Where a transaction of the pool is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The transaction.
    pub transaction: Arc<PoolTransaction>,
    /// Where it is.
    pub place: PoolPlace,
}

/// Where in the pool a transaction is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PoolPlace {
    /// The next block may have it.
    Pending {
        /// Base fee of the next block as far as it is known, in wei.
        base_fee: u64,
    },
    /// No block can have it yet.
    Queued {
        /// Until when not.
        waits_for: WaitsFor,
    },
}

/// What a transaction waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WaitsFor {
    /// A transaction of its sender.
    Nonce {
        /// Nonce of the first that is missing.
        missing: u64,
    },
    /// A lower base fee.
    BaseFee {
        /// What the transaction pays per gas at most, in wei.
        fee_cap: u128,
        /// Base fee of the next block, in wei.
        base_fee: u64,
    },
    /// Blocks with more gas.
    BlockGasLimit {
        /// Gas limit of the transaction.
        gas_limit: u64,
        /// Gas limit of the next block.
        block_gas_limit: u64,
    },
    /// More balance.
    Balance {
        /// What the sender has, in wei.
        balance_wei: U256,
        /// What it needs for this transaction and those before it, in wei: gas, value and L1 data
        /// fee.
        needed_wei: U256,
    },
    /// An earlier transaction of its sender, which is in the pool and waits itself.
    Earlier {
        /// Nonce of that one.
        nonce: u64,
        /// Its hash.
        hash: TxHash,
        /// What it waits for; not [`Self::Earlier`].
        waits_for: Box<Self>,
    },
}

/// What the pool remembers of a transaction that is not in it, or was not at some time. It
/// remembers so many of each kind, and nothing over a restart.
#[derive(Clone, Debug, Default)]
pub struct TransactionHistory {
    /// How it left the pool last, other than into a block.
    pub departure: Option<Departure>,
    /// Why it was not taken, when it was handed in last.
    pub rejection: Option<Rejection>,
    /// The block that held it last of those that left the chain.
    pub reorged: Option<Reorged>,
}

/// How a transaction left the pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Departure {
    /// Why.
    pub reason: DepartureReason,
    /// Its sender.
    pub sender: Address,
    /// Its nonce.
    pub nonce: u64,
    /// When, since the Unix epoch.
    pub at: Duration,
}

/// Why a transaction left the pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DepartureReason {
    /// Another one with its nonce is in a block, or it is itself.
    NonceUsed {
        /// The one in the block, if it is known.
        by: Option<TxHash>,
    },
    /// Another one with its nonce pays more.
    Replaced {
        /// That one.
        by: TxHash,
    },
    /// The pool was full of better ones.
    Full,
    /// Its sender had too many, this one with the highest nonce.
    AccountLimit,
    /// It was not executable for too long.
    Expired,
    /// Whoever makes the blocks refused it.
    Refused,
}

/// Why a transaction was not taken.
#[derive(Clone, Debug)]
pub struct Rejection {
    /// Why.
    pub error: PoolError,
    /// When, since the Unix epoch.
    pub at: Duration,
}

/// That a block of a transaction left the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reorged {
    /// The block.
    pub block: BlockNumHash,
    /// When, since the Unix epoch.
    pub at: Duration,
}
