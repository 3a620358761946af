//! The pool against a model that recomputes everything from a list.

mod best;
mod cases;
mod model;
mod schedule;

use super::{AccountState, Candidate, Conditions, Limits, Pool, Removal};
use crate::transaction::{PoolTransaction, TransactionOrigin};
use alloy_consensus::{SignableTransaction, TxEip1559, transaction::Recovered};
use alloy_primitives::{Address, Signature, TxHash, TxKind, U256};
use rollup_primitives::ScrollTxEnvelope;
use std::{sync::Arc, time::Duration};

const WIDE: Limits = Limits {
    max_pending: 1_000,
    max_pending_bytes: 1 << 20,
    max_queued: 1_000,
    max_queued_bytes: 1 << 20,
    max_account_slots: 1_000,
    price_bump_percent: 10,
};
const RICH: AccountState = AccountState { nonce: 0, balance: U256::MAX };
const NOW: Duration = Duration::from_secs(100);

/// What tells one transaction from another in these tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Spec {
    sender: u8,
    nonce: u64,
    fee_cap: u128,
    tip: u128,
    gas_limit: u64,
    /// What the sender must have for it.
    cost: u64,
    bytes: usize,
    is_local: bool,
    is_returned: bool,
}

impl Default for Spec {
    fn default() -> Self {
        Self {
            sender: 1,
            nonce: 0,
            fee_cap: 100,
            tip: 10,
            gas_limit: 21_000,
            cost: 1,
            bytes: 100,
            is_local: false,
            is_returned: false,
        }
    }
}

impl Spec {
    fn of(sender: u8, nonce: u64) -> Self {
        Self { sender, nonce, ..Self::default() }
    }

    /// One of these fees.
    fn fees(self, fee_cap: u128, tip: u128) -> Self {
        Self { fee_cap, tip, ..self }
    }

    const fn local(self) -> Self {
        Self { is_local: true, ..self }
    }

    fn candidate(self) -> Candidate {
        let transaction = TxEip1559 {
            nonce: self.nonce,
            max_fee_per_gas: self.fee_cap,
            max_priority_fee_per_gas: self.tip,
            gas_limit: self.gas_limit,
            to: TxKind::Call(Address::ZERO),
            value: U256::from(self.cost),
            ..Default::default()
        };
        // The signature is no sender's, but makes the transaction its own.
        let signature = Signature::new(U256::from(self.sender), U256::from(self.bytes), false);
        let transaction = ScrollTxEnvelope::from(transaction.into_signed(signature));
        let origin =
            if self.is_local { TransactionOrigin::Local } else { TransactionOrigin::External };
        Candidate {
            transaction: Arc::new(PoolTransaction {
                transaction: Recovered::new_unchecked(transaction, address(self.sender)),
                origin,
                encoded_bytes: self.bytes,
                l1_data_fee: U256::ZERO,
                received_at: Duration::ZERO,
            }),
            fee_basis: None,
            cost: U256::from(self.cost),
            is_returned: self.is_returned,
        }
    }

    fn hash(self) -> TxHash {
        self.candidate().transaction.hash()
    }
}

fn address(sender: u8) -> Address {
    Address::repeat_byte(sender)
}

fn pool(limits: Limits) -> Pool {
    Pool::new(limits, Conditions { base_fee: 50, gas_limit: 30_000_000 })
}

/// Adds a transaction of a sender who can pay everything.
fn add(pool: &mut Pool, spec: Spec) {
    pool.insert(spec.candidate(), RICH, NOW).unwrap();
}

/// Nonces of the executable transactions of a sender, and of the others.
fn nonces(pool: &Pool, sender: u8) -> (Vec<u64>, Vec<u64>) {
    let Some(queue) = pool.sender(address(sender)) else { return Default::default() };
    let pending = queue.executables().map(|(nonce, _)| nonce).collect();
    (pending, queue.queued().map(|(nonce, _)| nonce).collect())
}

fn removed(pool: &mut Pool) -> Vec<(TxHash, Removal)> {
    let removed = pool.take_effects().removed;
    removed.into_iter().map(|(transaction, reason)| (transaction.hash(), reason)).collect()
}
