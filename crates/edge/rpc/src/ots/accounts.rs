//! Where an account came from, and where its nonces went.
//!
//! Nonces and code are looked up after some blocks, by bisection: the store answers each such look by
//! its index, so a search is a few dozen lookups.

use crate::{
    eth::{EthRpc, block_id, error::EthError},
    trace::each_of_block,
};
use alloy_consensus::{Transaction as _, constants::KECCAK_EMPTY};
use alloy_eips::BlockId;
use alloy_primitives::{Address, B256};
use alloy_rpc_types_trace::{
    otterscan::ContractCreator,
    parity::{Action, TransactionTrace},
};
use revm_inspectors::tracing::TracingInspectorConfig;
use rollup_storage::{ChainView, StorageError};
use std::ops::ControlFlow;
use tokio_util::sync::CancellationToken;

/// The transaction with which `sender` used up `nonce`. L1 messages have no nonces.
///
/// # Errors
/// [`EthError::Pruned`] if it came before the start of the history, and those of the database.
pub(super) fn transaction_by_nonce(
    eth: &EthRpc,
    sender: Address,
    nonce: u64,
    cancelled: &CancellationToken,
) -> Result<Option<B256>, EthError> {
    let view = eth.view()?;
    let is_used = |number| {
        let account = block_id::state(&view, BlockId::number(number))?.account(sender)?;
        Ok(account.is_some_and(|account| account.nonce > nonce))
    };
    let Some(number) = first_block(&view, is_used, cancelled)? else { return Ok(None) };
    let missing = StorageError::Missing { table: "Headers", number };
    let block = eth.find_block(&view, BlockId::number(number))?.ok_or(missing)?;
    let block = block.block();
    let mut sent = block.body().transactions.iter().zip(block.senders());
    let found = sent.find(|&(transaction, &from)| {
        from == sender && transaction.nonce() == nonce && !transaction.is_l1_message()
    });
    Ok(found.map(|(transaction, _)| *transaction.hash()))
}

/// Who created a contract. `None` for what has no code, is of genesis, or delegates.
///
/// # Errors
/// [`EthError::Pruned`] if it was created before the start of the history, and as for
/// [`each_of_block`].
pub(super) fn contract_creator(
    eth: &EthRpc,
    address: Address,
    cancelled: &CancellationToken,
) -> Result<Option<ContractCreator>, EthError> {
    let view = eth.view()?;
    let has_code = |number| {
        let account = block_id::state(&view, BlockId::number(number))?.account(address)?;
        Ok(account.is_some_and(|account| account.code_hash != KECCAK_EMPTY))
    };
    let Some(number) = first_block(&view, has_code, cancelled)? else { return Ok(None) };
    let missing = StorageError::Missing { table: "Headers", number };
    let block = eth.find_block(&view, BlockId::number(number))?.ok_or(missing)?;
    let config = TracingInspectorConfig::default_parity().set_record_inputs(false);
    let mut creator = None;
    each_of_block(eth, &view, block, config, cancelled, |done| {
        let account = done.done.state.get(&address);
        if account.is_none_or(|account| account.info.code_hash == KECCAK_EMPTY) {
            return Ok(ControlFlow::Continue(()));
        }
        let traces = done.recorder.into_parity_builder().into_transaction_traces_iter();
        // One that was reverted may come before the one that stays.
        let from = traces.filter_map(|trace| creator_in(&trace, address)).last();
        creator = done.info.hash.zip(from);
        Ok(ControlFlow::Break(()))
    })?;
    Ok(creator.map(|(hash, creator)| ContractCreator { hash, creator }))
}

fn creator_in(trace: &TransactionTrace, address: Address) -> Option<Address> {
    let Action::Create(create) = &trace.action else { return None };
    let created = trace.result.as_ref()?.created_contract()?;
    (created == address).then_some(create.from)
}

/// The first block after which something is so that stays so, if it is so after the head and was not
/// in genesis.
fn first_block(
    view: &ChainView,
    is_so: impl Fn(u64) -> Result<bool, EthError>,
    cancelled: &CancellationToken,
) -> Result<Option<u64>, EthError> {
    let (start, head) = (view.history_start()?, view.head()?.number);
    if !is_so(head)? {
        return Ok(None);
    }
    if is_so(start)? {
        let number = start.checked_sub(1);
        let pruned = number.map(|number| StorageError::Pruned { number, first: start });
        return pruned.map_or(Ok(None), |pruned| Err(pruned.into()));
    }
    // INVARIANT: it is not so after `low`, and is after `high`.
    let (mut low, mut high) = (start, head);
    while high - low > 1 {
        if cancelled.is_cancelled() {
            return Err(EthError::Cancelled);
        }
        let middle = low + (high - low) / 2;
        if is_so(middle)? { high = middle } else { low = middle }
    }
    Ok(Some(high))
}
