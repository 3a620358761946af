//! What the state says of a transaction's sender.

use super::{CheckedTransaction, Head, Rules};
use crate::{
    error::PoolError,
    pool::{AccountState, Candidate},
    transaction::PoolTransaction,
};
use alloy_consensus::Transaction;
use alloy_eips::eip2718::Encodable2718;
use alloy_primitives::{Address, B256, KECCAK256_EMPTY, U256};
use revm::DatabaseRef;
use rollup_evm::L1DataFeeBasis;
use rollup_primitives::ScrollTxEnvelope;
use rollup_storage::{StateReader, StorageError};
use std::{sync::Arc, time::Duration};

/// What the state says of a sender.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SenderState {
    /// Nonce and balance.
    pub(crate) account: AccountState,
    /// Hash of its code, if that keeps it from sending transactions (EIP-3607).
    contract: Option<B256>,
}

impl SenderState {
    /// Reads an account.
    ///
    /// # Errors
    /// Those of the database.
    pub(crate) fn read(state: &StateReader<'_>, address: Address) -> Result<Self, StorageError> {
        let Some(account) = state.account(address)? else {
            return Ok(Self { account: AccountState::default(), contract: None });
        };
        let code_hash = account.code_hash;
        let may_send =
            code_hash == KECCAK256_EMPTY || state.code_by_hash_ref(code_hash)?.is_eip7702();
        Ok(Self {
            account: AccountState { nonce: account.nonce, balance: account.balance },
            contract: (!may_send).then_some(code_hash),
        })
    }
}

/// Checks a transaction against the state of its sender. `now` is by the clock.
///
/// # Errors
/// The variant of the rule that is broken.
pub(crate) fn admit(
    rules: &Rules,
    head: &Head,
    checked: CheckedTransaction,
    sender: SenderState,
    now: Duration,
) -> Result<Candidate, PoolError> {
    let CheckedTransaction { transaction, encoded_bytes, fee_basis, origin, is_returned } = checked;
    if let Some(code_hash) = sender.contract {
        return Err(PoolError::SenderIsContract { sender: transaction.signer(), code_hash });
    }
    let AccountState { nonce: next, balance } = sender.account;
    let nonce = transaction.nonce();
    if nonce < next {
        return Err(PoolError::NonceTooLow { next, nonce });
    }
    let l1_data_fee = l1_data_fee(head, fee_basis);
    // The formulas end at the largest number of 64 bits.
    if l1_data_fee >= U256::from(u64::MAX) {
        return Err(PoolError::L1DataFeeOverflow);
    }
    let cost = cost(rules, &transaction, l1_data_fee);
    if cost > balance {
        return Err(PoolError::InsufficientFunds {
            balance: Box::new(balance),
            cost: Box::new(cost),
        });
    }
    let received_at = now;
    let transaction =
        PoolTransaction { transaction, origin, encoded_bytes, l1_data_fee, received_at };
    Ok(Candidate { transaction: Arc::new(transaction), fee_basis, cost, is_returned })
}

/// Basis of the L1 data fee and cost of a transaction that is in the pool, for a new head. Under
/// other rules than those of `old_head` the basis is another one too.
pub(crate) fn reprice(
    rules: &Rules,
    head: &Head,
    old_head: &Head,
    transaction: &PoolTransaction,
    basis: Option<L1DataFeeBasis>,
) -> (Option<L1DataFeeBasis>, U256) {
    let transaction = &transaction.transaction;
    let basis = basis.map(|basis| {
        if head.spec == old_head.spec {
            return basis;
        }
        L1DataFeeBasis::new(&transaction.encoded_2718(), transaction.input(), head.spec)
    });
    (basis, cost(rules, transaction, l1_data_fee(head, basis)))
}

fn l1_data_fee(head: &Head, basis: Option<L1DataFeeBasis>) -> U256 {
    basis.map(|basis| head.oracle.l1_data_fee_of(basis)).unwrap_or_default()
}

/// What the sender must have, in wei. A sum that overflows is more than anybody has.
fn cost(rules: &Rules, transaction: &ScrollTxEnvelope, l1_data_fee: U256) -> U256 {
    let gas = U256::from(transaction.gas_limit()) * U256::from(transaction.max_fee_per_gas());
    gas.saturating_add(transaction.value())
        .saturating_add(l1_data_fee * U256::from(rules.l1_data_fees))
}
