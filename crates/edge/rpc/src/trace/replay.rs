//! Transactions of the chain, executed once more while something looks on.

use super::results::{complete, guarded};
use crate::eth::{
    EthRpc,
    blocks::CachedBlock,
    error::EthError,
    guard::TraceLimits,
    replay::{BlockReplay, ReplayState},
};
use alloy_primitives::B256;
use alloy_rpc_types_eth::TransactionInfo;
use revm::context_interface::result::ResultAndState;
use revm_inspectors::tracing::{TracingInspector, TracingInspectorConfig};
use rollup_storage::ChainView;
use std::{ops::ControlFlow, sync::Arc};
use tokio_util::sync::CancellationToken;

/// What a transaction of the chain did.
#[derive(Debug)]
pub(crate) struct Replayed<'r, 'view> {
    /// Which one it is.
    pub(crate) info: TransactionInfo,
    /// What was recorded.
    pub(crate) recorder: TracingInspector,
    /// Its result, and what it changed.
    pub(crate) done: &'r ResultAndState,
    /// The state before it.
    pub(crate) before: &'r ReplayState<'view>,
}

/// Executes the transaction with this hash again, and those of its block before it. `None` if the
/// chain does not have it.
///
/// # Errors
/// [`EthError::Pruned`], [`EthError::TraceTooLarge`], [`EthError::Cancelled`], those of `then`, and
/// those of the database.
pub(crate) fn one_of_chain<T>(
    eth: &EthRpc,
    hash: B256,
    config: TracingInspectorConfig,
    cancelled: &CancellationToken,
    then: impl FnOnce(Replayed<'_, '_>) -> Result<T, EthError>,
) -> Result<Option<T>, EthError> {
    let view = eth.view()?;
    let Some((block, index)) = eth.place_of(&view, hash)? else { return Ok(None) };
    let limits = eth.trace_limits(cancelled, None);
    let mut replay = BlockReplay::new(eth.evm(), &view, block, &limits)?;
    replay.skip_to(index)?;
    let Some((recorder, done)) = recorded(&mut replay, config, &limits)? else { return Ok(None) };
    let info = info(replay.block(), index);
    then(Replayed { info, recorder, done: &done, before: replay.state() }).map(Some)
}

/// Executes the transactions of a block again, one after the other, until `then` breaks off.
///
/// # Errors
/// As for [`one_of_chain`].
pub(crate) fn each_of_block(
    eth: &EthRpc,
    view: &ChainView,
    block: Arc<CachedBlock>,
    config: TracingInspectorConfig,
    cancelled: &CancellationToken,
    mut then: impl FnMut(Replayed<'_, '_>) -> Result<ControlFlow<()>, EthError>,
) -> Result<(), EthError> {
    let limits = eth.trace_limits(cancelled, None);
    let mut replay = BlockReplay::new(eth.evm(), view, block, &limits)?;
    while let Some((recorder, done)) = recorded(&mut replay, config, &limits)? {
        let info = info(replay.block(), replay.next_index());
        let replayed = Replayed { info, recorder, done: &done, before: replay.state() };
        if then(replayed)?.is_break() {
            break;
        }
        replay.commit(done.state);
    }
    Ok(())
}

fn recorded(
    replay: &mut BlockReplay<'_>,
    config: TracingInspectorConfig,
    limits: &TraceLimits,
) -> Result<Option<(TracingInspector, ResultAndState)>, EthError> {
    let mut guard = guarded(config, limits);
    let Some(done) = replay.inspect(&mut guard)? else { return Ok(None) };
    Ok(Some((complete(guard, limits)?, done)))
}

fn info(block: &CachedBlock, index: usize) -> TransactionInfo {
    let block = block.block();
    TransactionInfo {
        hash: block.body().transactions.get(index).map(|transaction| *transaction.hash()),
        index: Some(index as u64),
        block_hash: Some(block.hash()),
        block_number: Some(block.number),
        base_fee: block.base_fee_per_gas,
        block_timestamp: Some(block.timestamp),
    }
}
