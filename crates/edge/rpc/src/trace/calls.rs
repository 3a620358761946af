//! What is not in the chain.

use super::{
    Answer, bounded,
    results::{complete, guarded, results},
};
use crate::eth::{
    EthRpc, Json, block_id,
    call::{CallState, Overrides, Simulation, evm_error},
    error::EthError,
};
use alloy_consensus::transaction::SignerRecoverable as _;
use alloy_eips::{BlockId, Decodable2718 as _};
use alloy_evm::{Evm as _, EvmFactory as _, FromRecoveredTx as _};
use alloy_primitives::{Bytes, map::HashSet};
use alloy_rpc_types_eth::TransactionRequest;
use alloy_rpc_types_trace::parity::{TraceResults, TraceType};
use revm::database::CacheDB;
use revm_inspectors::tracing::TracingInspectorConfig;
use rollup_evm::{ScrollEvmFactory, ScrollTxEnv};
use rollup_primitives::{ScrollPooledTransaction, ScrollTxEnvelope};
use rollup_storage::StorageError;
use tokio_util::sync::CancellationToken;

/// A call, and the traces that are asked for.
pub(super) type TracedCall = (TransactionRequest, HashSet<TraceType>);

/// One call after a block.
///
/// # Errors
/// What is wrong with the call, and those of [`Simulation::new`] and of the guard.
pub(super) fn call(
    eth: &EthRpc,
    (request, types): TracedCall,
    block: BlockId,
    overrides: Overrides,
    cancelled: &CancellationToken,
) -> Result<Json, EthError> {
    let (view, gas_cap) = (eth.view()?, eth.config().gas_cap);
    let mut state = Simulation::new(eth.evm(), &view, block, overrides, gas_cap, cancelled)?;
    let results = traced(eth, &mut state, request, &types, cancelled, false)?;
    bounded(&results, eth.config().max_trace_bytes)
}

/// Calls after a block, each on top of those before it.
///
/// # Errors
/// As for [`call`].
pub(super) fn call_many(
    eth: &EthRpc,
    calls: Vec<TracedCall>,
    block: BlockId,
    cancelled: &CancellationToken,
) -> Result<Json, EthError> {
    let (view, gas_cap) = (eth.view()?, eth.config().gas_cap);
    let overrides = Overrides::default();
    let mut state = Simulation::new(eth.evm(), &view, block, overrides, gas_cap, cancelled)?;
    let mut answer = Answer::new(eth.config().max_trace_bytes);
    for (request, types) in calls {
        answer.push(&traced(eth, &mut state, request, &types, cancelled, true)?)?;
    }
    answer.finish()
}

fn traced(
    eth: &EthRpc,
    state: &mut Simulation<'_>,
    request: TransactionRequest,
    types: &HashSet<TraceType>,
    cancelled: &CancellationToken,
    is_kept: bool,
) -> Result<TraceResults, EthError> {
    let tx = state.prepare_call(request)?;
    let config = TracingInspectorConfig::from_parity_config(types);
    let limits = eth.trace_limits(cancelled, None);
    let mut guard = guarded(config, &limits);
    let done = state.inspect(tx, &mut guard)?;
    let results = results(complete(guard, &limits)?, types, &done, state.state())?;
    if is_kept {
        state.commit(done.state);
    }
    Ok(results)
}

/// A signed transaction after a block, in the environment of that block and by all rules of
/// transactions.
///
/// # Errors
/// [`EthError::UndecodableTransaction`], [`EthError::InvalidSignature`],
/// [`EthError::InvalidTransaction`], [`EthError::BlockNotFound`], and those of the guard.
pub(super) fn raw_transaction(
    eth: &EthRpc,
    raw: &Bytes,
    types: &HashSet<TraceType>,
    block: BlockId,
    cancelled: &CancellationToken,
) -> Result<Json, EthError> {
    let transaction = ScrollTxEnvelope::from(ScrollPooledTransaction::decode_2718_exact(raw)?);
    let sender = transaction.recover_signer()?;
    let view = eth.view()?;
    let number = block_id::require(&view, block)?.number;
    let missing = StorageError::Missing { table: "Headers", number };
    let env = eth.evm().evm_env(&view.header(number)?.ok_or(missing)?);
    let mut state = CacheDB::new(CallState::new(block_id::state(&view, block)?, cancelled.clone()));

    let config = TracingInspectorConfig::from_parity_config(types);
    let limits = eth.trace_limits(cancelled, None);
    let mut guard = guarded(config, &limits);
    let done = ScrollEvmFactory::default()
        .create_evm_with_inspector(&mut state, env, &mut guard)
        .transact_raw(ScrollTxEnv::from_recovered_tx(&transaction, sender))
        .map_err(evm_error)?;
    let results = results(complete(guard, &limits)?, types, &done, &state)?;
    bounded(&results, eth.config().max_trace_bytes)
}
