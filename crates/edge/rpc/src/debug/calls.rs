//! Traces of calls that are in no block.

use super::{blocks::json_of, error::UnfitError, tracer::Tracer};
use crate::eth::{
    EthRpc, Json, block_id,
    call::{CallState, Overrides, Simulation},
    error::EthError,
    execute::WorkState,
    guard::TraceLimits,
    replay::BlockReplay,
};
use alloy_eips::BlockId;
use alloy_rpc_types_eth::{
    BlockOverrides, Bundle, TransactionIndex, TransactionRequest, state::StateOverride,
};
use revm::database::CacheDB;
use revm_inspectors::tracing::TransactionContext;
use rollup_primitives::ScrollHeader;
use rollup_storage::{ChainView, StorageError};

/// Where a call is executed.
#[derive(Debug)]
pub(super) struct CallPlace {
    pub(super) block: BlockId,
    /// Transactions of the block that are executed before; all without one.
    pub(super) transactions: Option<u64>,
    pub(super) state: Option<StateOverride>,
    pub(super) overrides: Option<Box<BlockOverrides>>,
}

/// The trace of one call.
pub(super) fn trace_call(
    eth: &EthRpc,
    request: TransactionRequest,
    place: CallPlace,
    tracer: &Tracer,
    limits: &TraceLimits,
) -> Result<Json, EthError> {
    let view = eth.view()?;
    let (header, database) = state_at(eth, &view, &place, limits)?;
    let overrides = Overrides { state: place.state, block: place.overrides };
    let mut simulation =
        Simulation::on_state(eth.evm(), database, &header, overrides, eth.gas_cap())?;
    let tx = simulation.prepare_call(request)?;
    let execution = simulation.execution(tx);
    let (json, _) = tracer.trace(execution, TransactionContext::default(), limits)?;
    json_of(json)
}

/// The traces of calls of which each sees what those before it did: a list for each bundle.
pub(super) fn trace_call_many(
    eth: &EthRpc,
    bundles: Vec<Bundle>,
    place: CallPlace,
    tracer: &Tracer,
    limits: &TraceLimits,
) -> Result<Json, EthError> {
    if bundles.is_empty() {
        return Err(UnfitError::NoBundles.into());
    }
    let view = eth.view()?;
    let (header, database) = state_at(eth, &view, &place, limits)?;
    let overrides = Overrides { state: place.state, block: None };
    let mut simulation =
        Simulation::on_state(eth.evm(), database, &header, overrides, eth.gas_cap())?;
    let mut all = b"[".to_vec();
    for bundle in bundles {
        // What the call says of the block holds for every bundle that does not say it better.
        let block = bundle.block_override.map(Box::new).or_else(|| place.overrides.clone());
        simulation.override_with(eth.evm(), &header, Overrides { state: None, block })?;
        separate(&mut all);
        all.push(b'[');
        for request in bundle.transactions {
            let limits = TraceLimits { used_bytes: all.len(), ..limits.clone() };
            let tx = simulation.prepare_call(request)?;
            let execution = simulation.execution(tx);
            let (json, changes) =
                tracer.trace(execution, TransactionContext::default(), &limits)?;
            simulation.commit(changes);
            separate(&mut all);
            all.extend_from_slice(&json);
        }
        all.push(b']');
    }
    all.push(b']');
    json_of(all)
}

/// A comma, unless it is the first item of a list.
fn separate(json: &mut Vec<u8>) {
    if !json.ends_with(b"[") {
        json.push(b',');
    }
}

/// The header of the block that is meant, and the state in or after it.
fn state_at<'view>(
    eth: &EthRpc,
    view: &'view ChainView,
    place: &CallPlace,
    limits: &TraceLimits,
) -> Result<(ScrollHeader, WorkState<'view>), EthError> {
    let id = block_id::require(view, place.block)?;
    let Some(index) = place.transactions else {
        let missing = StorageError::Missing { table: "Headers", number: id.number };
        let header = view.header(id.number)?.ok_or(missing)?;
        let state = block_id::state(view, id.number.into())?;
        return Ok((header, CacheDB::new(CallState::new(state, limits.cancelled.clone()))));
    };
    let block = eth.find_block(view, place.block)?.ok_or(EthError::BlockNotFound(place.block))?;
    let count = block.block().body().transactions.len();
    let before = usize::try_from(index).ok().filter(|before| *before <= count);
    let before = before.ok_or(UnfitError::Index { index, count })?;
    let header = block.block().header().clone();
    let mut replay = BlockReplay::new(eth.evm(), view, block, limits)?;
    replay.skip_to(before)?;
    Ok((header, replay.into_state()))
}

/// How many transactions of the block come before the bundles.
pub(super) fn transactions_before(index: Option<TransactionIndex>) -> Option<u64> {
    // No memory is larger than 2^64 bytes.
    index.and_then(|index| index.index()).map(|index| index as u64)
}
