//! Traces of transactions that are in blocks.

use super::{error::UnfitError, tracer::Tracer};
use crate::eth::{
    EthRpc, Json, blocks::CachedBlock, error::EthError, guard::TraceLimits, replay::BlockReplay,
};
use alloy_eips::BlockId;
use alloy_primitives::{B256, Bytes};
use reth_primitives_traits::Block as _;
use revm_inspectors::tracing::TransactionContext;
use rollup_consensus::{
    recover_senders, validate_body, validate_header, validate_header_against_parent,
};
use rollup_primitives::{ScrollBlock, SealedHeader};
use rollup_storage::{ChainView, StorageError};
use std::sync::Arc;

/// The trace of a transaction of the chain.
pub(super) fn trace_transaction(
    eth: &EthRpc,
    hash: B256,
    tracer: &Tracer,
    limits: &TraceLimits,
) -> Result<Json, EthError> {
    let view = eth.view()?;
    let place = eth.place_of(&view, hash)?;
    let (block, index) = place.ok_or(EthError::TransactionNotFound)?;
    let mut replay = BlockReplay::new(eth.evm(), &view, block, limits)?;
    replay.skip_to(index)?;
    let trace = trace_next(&mut replay, tracer, limits)?;
    let (json, _) = trace.ok_or(EthError::TransactionNotFound)?;
    json_of(json)
}

/// The traces of all transactions of a block of the chain.
pub(super) fn trace_block(
    eth: &EthRpc,
    block: BlockId,
    tracer: &Tracer,
    limits: &TraceLimits,
) -> Result<Json, EthError> {
    let view = eth.view()?;
    let found = eth.find_block(&view, block)?.ok_or(EthError::BlockNotFound(block))?;
    trace_all(eth, &view, found, tracer, limits)
}

/// The traces of all transactions of a block that is given whole.
pub(super) fn trace_raw_block(
    eth: &EthRpc,
    rlp: &Bytes,
    tracer: &Tracer,
    limits: &TraceLimits,
) -> Result<Json, EthError> {
    let view = eth.view()?;
    let block = decode_block(eth, &view, rlp)?;
    trace_all(eth, &view, block, tracer, limits)
}

fn trace_all(
    eth: &EthRpc,
    view: &ChainView,
    block: Arc<CachedBlock>,
    tracer: &Tracer,
    limits: &TraceLimits,
) -> Result<Json, EthError> {
    let hashes: Vec<_> = block.block().body().transactions.iter().map(|tx| *tx.hash()).collect();
    let mut replay = BlockReplay::new(eth.evm(), view, block, limits)?;
    let mut all = b"[".to_vec();
    for hash in hashes {
        let limits = TraceLimits { used_bytes: all.len(), ..limits.clone() };
        let Some((json, changes)) = trace_next(&mut replay, tracer, &limits)? else { break };
        replay.commit(changes);
        if all.len() > 1 {
            all.push(b',');
        }
        all.extend_from_slice(format!(r#"{{"txHash":"{hash}","result":"#).as_bytes());
        all.extend_from_slice(&json);
        all.push(b'}');
    }
    all.push(b']');
    json_of(all)
}

fn trace_next(
    replay: &mut BlockReplay<'_>,
    tracer: &Tracer,
    limits: &TraceLimits,
) -> Result<Option<(Vec<u8>, revm::state::EvmState)>, EthError> {
    let index = replay.next_index();
    let block = replay.block().block();
    let Some(transaction) = block.body().transactions.get(index) else { return Ok(None) };
    let place = TransactionContext {
        block_hash: Some(block.hash()),
        tx_index: Some(index),
        tx_hash: Some(*transaction.hash()),
    };
    let Some(execution) = replay.execution() else { return Ok(None) };
    tracer.trace(execution, place, limits).map(Some)
}

/// What is written as JSON as an answer.
pub(super) fn json_of(bytes: Vec<u8>) -> Result<Json, EthError> {
    Ok(Json::from_text(String::from_utf8(bytes)?)?)
}

/// A block of the chain, or one that could follow on a block of it.
fn decode_block(eth: &EthRpc, view: &ChainView, rlp: &Bytes) -> Result<Arc<CachedBlock>, EthError> {
    let block: ScrollBlock = alloy_rlp::decode_exact(rlp).map_err(UnfitError::from)?;
    let sealed = block.seal_slow();
    if let Some(known) = eth.find_block(view, sealed.hash().into())? {
        return Ok(known);
    }
    let number = view.number_of(sealed.parent_hash)?.ok_or(UnfitError::UnknownParent)?;
    let missing = StorageError::Missing { table: "Headers", number };
    let parent = SealedHeader::new(view.header(number)?.ok_or(missing)?, sealed.parent_hash);
    let spec = eth.evm().chain_spec();
    validate_header(sealed.header(), spec).map_err(UnfitError::from)?;
    validate_header_against_parent(sealed.header(), &parent).map_err(UnfitError::from)?;
    validate_body(&sealed, spec).map_err(UnfitError::from)?;
    let recovered = recover_senders(sealed).map_err(UnfitError::from)?;
    Ok(Arc::new(CachedBlock::new(recovered)))
}
