//! The methods.

use super::{
    Answer, TraceFilterRequest, TraceRpc, bounded, calls, each_of_block, filter, one_of_chain,
    results::results,
};
use crate::{
    api::TraceApiServer,
    eth::{EthRpc, Json, call::Overrides, error::EthError},
};
use alloy_eips::BlockId;
use alloy_primitives::{B256, Bytes, map::HashSet};
use alloy_rpc_types_eth::{BlockOverrides, Index, TransactionRequest, state::StateOverride};
use alloy_rpc_types_trace::parity::{
    LocalizedTransactionTrace, TraceResultsWithTransactionHash, TraceType,
};
use jsonrpsee::core::{RpcResult, async_trait};
use revm_inspectors::tracing::TracingInspectorConfig;
use std::ops::ControlFlow;
use tokio_util::sync::CancellationToken;

/// What records calls.
const CALLS: TracingInspectorConfig = TracingInspectorConfig::default_parity();

#[async_trait]
impl TraceApiServer for TraceRpc {
    async fn call(
        &self,
        request: TransactionRequest,
        types: HashSet<TraceType>,
        block: Option<BlockId>,
        state_overrides: Option<StateOverride>,
        block_overrides: Option<Box<BlockOverrides>>,
    ) -> RpcResult<Json> {
        let overrides = Overrides { state: state_overrides, block: block_overrides };
        let block = block.unwrap_or_default();
        let work = move |eth: &EthRpc, cancelled: &CancellationToken| {
            calls::call(eth, (request, types), block, overrides, cancelled)
        };
        self.eth.trace(work).await
    }

    async fn call_many(
        &self,
        calls: Vec<(TransactionRequest, HashSet<TraceType>)>,
        block: Option<BlockId>,
    ) -> RpcResult<Json> {
        let block = block.unwrap_or_default();
        self.eth.trace(move |eth, cancelled| calls::call_many(eth, calls, block, cancelled)).await
    }

    async fn raw_transaction(
        &self,
        transaction: Bytes,
        types: HashSet<TraceType>,
        block: Option<BlockId>,
    ) -> RpcResult<Json> {
        let block = block.unwrap_or_default();
        let work = move |eth: &EthRpc, cancelled: &CancellationToken| {
            calls::raw_transaction(eth, &transaction, &types, block, cancelled)
        };
        self.eth.trace(work).await
    }

    async fn replay_transaction(&self, hash: B256, types: HashSet<TraceType>) -> RpcResult<Json> {
        let work = move |eth: &EthRpc, cancelled: &CancellationToken| {
            let config = TracingInspectorConfig::from_parity_config(&types);
            let replayed = one_of_chain(eth, hash, config, cancelled, |done| {
                let results = results(done.recorder, &types, done.done, done.before)?;
                bounded(&results, eth.config().max_trace_bytes)
            })?;
            replayed.ok_or(EthError::TransactionNotFound)
        };
        self.eth.trace(work).await
    }

    async fn replay_block_transactions(
        &self,
        block: BlockId,
        types: HashSet<TraceType>,
    ) -> RpcResult<Option<Json>> {
        self.eth.trace(move |eth, cancelled| replay_block(eth, block, &types, cancelled)).await
    }

    async fn block(&self, block: BlockId) -> RpcResult<Option<Json>> {
        self.eth.trace(move |eth, cancelled| calls_of_block(eth, block, cancelled)).await
    }

    async fn transaction(&self, hash: B256) -> RpcResult<Option<Json>> {
        let work = move |eth: &EthRpc, cancelled: &CancellationToken| {
            let traces = calls_of_transaction(eth, hash, cancelled)?;
            traces.map(|traces| bounded(&traces, eth.config().max_trace_bytes)).transpose()
        };
        self.eth.trace(work).await
    }

    async fn get(&self, hash: B256, address: Vec<Index>) -> RpcResult<Option<Json>> {
        let address: Vec<usize> = address.into_iter().map(usize::from).collect();
        let work = move |eth: &EthRpc, cancelled: &CancellationToken| {
            let traces = calls_of_transaction(eth, hash, cancelled)?.unwrap_or_default();
            let found = traces.into_iter().find(|trace| trace.trace.trace_address == address);
            found.map(|trace| bounded(&trace, eth.config().max_trace_bytes)).transpose()
        };
        self.eth.trace(work).await
    }

    async fn filter(&self, filter: TraceFilterRequest) -> RpcResult<Json> {
        self.eth.trace(move |eth, cancelled| filter::filter(eth, &filter, cancelled)).await
    }
}

fn calls_of_transaction(
    eth: &EthRpc,
    hash: B256,
    cancelled: &CancellationToken,
) -> Result<Option<Vec<LocalizedTransactionTrace>>, EthError> {
    one_of_chain(eth, hash, CALLS, cancelled, |done| {
        Ok(done.recorder.into_parity_builder().into_localized_transaction_traces(done.info))
    })
}

fn calls_of_block(
    eth: &EthRpc,
    block: BlockId,
    cancelled: &CancellationToken,
) -> Result<Option<Json>, EthError> {
    let view = eth.view()?;
    let Some(block) = eth.find_block(&view, block)? else { return Ok(None) };
    let mut answer = Answer::new(eth.config().max_trace_bytes);
    each_of_block(eth, &view, block, CALLS, cancelled, |done| {
        let traces = done.recorder.into_parity_builder();
        for trace in traces.into_localized_transaction_traces_iter(done.info) {
            answer.push(&trace)?;
        }
        Ok(ControlFlow::Continue(()))
    })?;
    answer.finish().map(Some)
}

fn replay_block(
    eth: &EthRpc,
    block: BlockId,
    types: &HashSet<TraceType>,
    cancelled: &CancellationToken,
) -> Result<Option<Json>, EthError> {
    let view = eth.view()?;
    let Some(block) = eth.find_block(&view, block)? else { return Ok(None) };
    let config = TracingInspectorConfig::from_parity_config(types);
    let mut answer = Answer::new(eth.config().max_trace_bytes);
    each_of_block(eth, &view, block, config, cancelled, |done| {
        let full_trace = results(done.recorder, types, done.done, done.before)?;
        let transaction_hash = done.info.hash.unwrap_or_default();
        answer.push(&TraceResultsWithTransactionHash { full_trace, transaction_hash })?;
        Ok(ControlFlow::Continue(()))
    })?;
    answer.finish().map(Some)
}
