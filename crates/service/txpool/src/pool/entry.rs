//! One transaction in the pool, and the keys that it is ordered by.

use crate::transaction::PoolTransaction;
use alloy_consensus::Transaction;
use alloy_primitives::U256;
use rollup_evm::L1DataFeeBasis;
use std::{cmp::Reverse, sync::Arc, time::Duration};

/// Number that tells which of two transactions came first.
pub(crate) type Arrival = u64;

/// A valid transaction that is not in the pool yet.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    pub(crate) transaction: Arc<PoolTransaction>,
    /// What its L1 data fee is computed from. `None` if the fee does not count.
    pub(crate) fee_basis: Option<L1DataFeeBasis>,
    /// What the sender must have for it in wei: gas, value, and the L1 data fee as often as is
    /// asked for.
    pub(crate) cost: U256,
    /// Whether it was in a block that left the chain. The limit of its sender does not hold then.
    pub(crate) is_returned: bool,
}

/// A transaction in the pool.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) transaction: Arc<PoolTransaction>,
    pub(crate) fee_basis: Option<L1DataFeeBasis>,
    pub(crate) cost: U256,
    pub(crate) arrival: Arrival,
    /// Since when it is not executable, by the clock's `now`. Without meaning while it is.
    pub(crate) queued_since: Duration,
    /// Whether it was executable before.
    pub(crate) was_pending: bool,
}

/// What a block must be like, so that a transaction can be in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Conditions {
    /// Base fee in wei.
    pub(crate) base_fee: u64,
    /// Gas limit of the block.
    pub(crate) gas_limit: u64,
}

/// Place among the executable transactions of other senders; the least is the best.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rank {
    tip: Reverse<u128>,
    arrival: Arrival,
}

/// Place in the order of eviction; the least goes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Worth {
    is_local: bool,
    /// `None` if the fee cap is below the base fee.
    tip: Option<u128>,
    fee_cap: u128,
    arrival: Reverse<Arrival>,
}

impl Entry {
    /// Whether a block by these conditions may hold it.
    pub(crate) fn fits(&self, conditions: Conditions) -> bool {
        let transaction = &self.transaction.transaction;
        transaction.max_fee_per_gas() >= u128::from(conditions.base_fee)
            && transaction.gas_limit() <= conditions.gas_limit
    }

    pub(crate) fn bytes(&self) -> usize {
        self.transaction.encoded_bytes
    }

    pub(crate) fn is_local(&self) -> bool {
        self.transaction.is_local()
    }

    /// `None` if it does not pay the base fee.
    pub(crate) fn rank(&self, base_fee: u64) -> Option<Rank> {
        let tip = self.transaction.effective_tip(base_fee)?;
        Some(Rank { tip: Reverse(tip), arrival: self.arrival })
    }

    pub(crate) fn worth(&self, base_fee: u64) -> Worth {
        Worth {
            is_local: self.is_local(),
            tip: self.transaction.effective_tip(base_fee),
            fee_cap: self.transaction.transaction.max_fee_per_gas(),
            arrival: Reverse(self.arrival),
        }
    }
}
