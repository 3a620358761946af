//! Why a transaction waits.

use super::{Conditions, Pool, SenderQueue};
use crate::explanation::{Explanation, PoolPlace, WaitsFor};
use alloy_consensus::Transaction;
use alloy_primitives::TxHash;
use std::sync::Arc;

impl Pool {
    /// Where a transaction of the pool is, and what it waits for.
    pub(crate) fn explain(&self, hash: &TxHash) -> Option<Explanation> {
        let transaction = self.get(hash)?;
        let nonce = transaction.nonce();
        let queue = self.sender(transaction.sender())?;
        let base_fee = self.conditions.base_fee;
        let place = if nonce < queue.pending_end() {
            PoolPlace::Pending { base_fee }
        } else {
            PoolPlace::Queued { waits_for: queue.waits_for(nonce, self.conditions) }
        };
        Some(Explanation { transaction: Arc::clone(transaction), place })
    }
}

impl SenderQueue {
    /// What the transaction with this nonce, which is not executable, waits for: for what the first
    /// one does that is not executable.
    fn waits_for(&self, nonce: u64, conditions: Conditions) -> WaitsFor {
        let first = self.pending_end();
        let Some(entry) = self.get(first) else { return WaitsFor::Nonce { missing: first } };
        let transaction = &entry.transaction.transaction;
        let needed_wei = self.pending_cost().saturating_add(entry.cost);
        let balance_wei = self.account().balance;
        // In the order in which it is decided what is executable.
        let waits_for = if needed_wei > balance_wei {
            WaitsFor::Balance { balance_wei, needed_wei }
        } else if transaction.max_fee_per_gas() < u128::from(conditions.base_fee) {
            WaitsFor::BaseFee {
                fee_cap: transaction.max_fee_per_gas(),
                base_fee: conditions.base_fee,
            }
        } else {
            WaitsFor::BlockGasLimit {
                gas_limit: transaction.gas_limit(),
                block_gas_limit: conditions.gas_limit,
            }
        };
        if first == nonce {
            return waits_for;
        }
        let hash = entry.transaction.hash();
        WaitsFor::Earlier { nonce: first, hash, waits_for: Box::new(waits_for) }
    }
}
