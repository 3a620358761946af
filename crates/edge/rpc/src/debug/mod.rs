//! `debug`: executions once more with every detail, and what is stored as it is hashed.
//!
//! ```text
//!            ┌─ blocks ─► BlockReplay ─┐                                 ┌─ struct_log   writes JSON
//!  methods ──┤                         ├─► Execution ─► guard ─► tracer ─┤
//!            └─ calls ──► Simulation ──┘        time, bytes              └─ frames ─► limited JSON
//! ```
//! A trace ends when nobody waits for it any more, when the time that the caller gave is over, or
//! when it takes more than `EthConfig::max_trace_bytes`: the guard looks at each step and call, so
//! none of the three has to wait for the contract.

mod blocks;
mod calls;
mod error;
mod limited;
mod modified;
mod raw;
mod struct_log;
mod tracer;
mod witness;

pub(crate) use error::UnfitError;
pub use witness::ExecutionWitness;

use crate::{
    api::DebugApiServer,
    error::not_supported,
    eth::{EthRpc, Json, error::EthError, guard::TraceLimits},
};
use alloy_eips::{BlockId, BlockNumberOrTag};
use alloy_primitives::{Address, B256, Bytes};
use alloy_rpc_types_eth::{Bundle, StateContext, TransactionRequest};
use alloy_rpc_types_trace::geth::{GethDebugTracingCallOptions, GethDebugTracingOptions};
use calls::CallPlace;
use jsonrpsee::core::{RpcResult, async_trait};
use std::time::Instant;
use tracer::Tracer;

/// Methods of `debug`.
#[derive(Clone, Debug)]
pub struct DebugRpc {
    eth: EthRpc,
}

impl DebugRpc {
    /// The methods over what `eth` reads.
    pub const fn new(eth: EthRpc) -> Self {
        Self { eth }
    }

    /// Traces with the tracer that the options name.
    async fn trace(
        &self,
        options: GethDebugTracingOptions,
        work: impl FnOnce(&EthRpc, &Tracer, &TraceLimits) -> Result<Json, EthError> + Send + 'static,
    ) -> RpcResult<Json> {
        let tracer = Tracer::new(options)?;
        // The time counts from here, so that waiting for a thread is a part of it.
        let deadline = tracer.timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let trace = move |eth: &EthRpc, cancelled: &_| {
            work(eth, &tracer, &eth.trace_limits(cancelled, deadline))
        };
        self.eth.trace(trace).await
    }

    async fn witness(&self, block: BlockId) -> RpcResult<ExecutionWitness> {
        let work = move |eth: &EthRpc, cancelled: &_| {
            witness::witness(eth, block, &eth.trace_limits(cancelled, None))
        };
        self.eth.trace(work).await
    }

    async fn modified(&self, start: BlockId, end: Option<BlockId>) -> RpcResult<Vec<Address>> {
        let work =
            move |eth: &EthRpc, cancelled: &_| modified::accounts(eth, start, end, cancelled);
        self.eth.long(work).await
    }
}

#[async_trait]
impl DebugApiServer for DebugRpc {
    async fn trace_transaction(
        &self,
        hash: B256,
        options: Option<GethDebugTracingOptions>,
    ) -> RpcResult<Json> {
        self.trace(options.unwrap_or_default(), move |eth, tracer, limits| {
            blocks::trace_transaction(eth, hash, tracer, limits)
        })
        .await
    }

    async fn trace_block_by_number(
        &self,
        block: BlockNumberOrTag,
        options: Option<GethDebugTracingOptions>,
    ) -> RpcResult<Json> {
        self.trace(options.unwrap_or_default(), move |eth, tracer, limits| {
            blocks::trace_block(eth, block.into(), tracer, limits)
        })
        .await
    }

    async fn trace_block_by_hash(
        &self,
        hash: B256,
        options: Option<GethDebugTracingOptions>,
    ) -> RpcResult<Json> {
        self.trace(options.unwrap_or_default(), move |eth, tracer, limits| {
            blocks::trace_block(eth, hash.into(), tracer, limits)
        })
        .await
    }

    async fn trace_block(
        &self,
        rlp: Bytes,
        options: Option<GethDebugTracingOptions>,
    ) -> RpcResult<Json> {
        self.trace(options.unwrap_or_default(), move |eth, tracer, limits| {
            blocks::trace_raw_block(eth, &rlp, tracer, limits)
        })
        .await
    }

    async fn trace_call(
        &self,
        request: TransactionRequest,
        block: Option<BlockId>,
        options: Option<GethDebugTracingCallOptions>,
    ) -> RpcResult<Json> {
        let options = options.unwrap_or_default();
        let place = CallPlace {
            block: block.unwrap_or_default(),
            transactions: options.tx_index,
            state: options.state_overrides,
            overrides: options.block_overrides.map(Box::new),
        };
        self.trace(options.tracing_options, move |eth, tracer, limits| {
            calls::trace_call(eth, request, place, tracer, limits)
        })
        .await
    }

    async fn trace_call_many(
        &self,
        bundles: Vec<Bundle>,
        place: Option<StateContext>,
        options: Option<GethDebugTracingCallOptions>,
    ) -> RpcResult<Json> {
        let (options, context) = (options.unwrap_or_default(), place.unwrap_or_default());
        let place = CallPlace {
            block: context.block_number.unwrap_or_default(),
            transactions: calls::transactions_before(context.transaction_index),
            state: options.state_overrides,
            overrides: options.block_overrides.map(Box::new),
        };
        self.trace(options.tracing_options, move |eth, tracer, limits| {
            calls::trace_call_many(eth, bundles, place, tracer, limits)
        })
        .await
    }

    async fn raw_header(&self, block: BlockId) -> RpcResult<Bytes> {
        self.eth.read(move |eth| raw::header(eth, block)).await
    }

    async fn raw_block(&self, block: BlockId) -> RpcResult<Bytes> {
        self.eth.read(move |eth| raw::block(eth, block)).await
    }

    async fn raw_transaction(&self, hash: B256) -> RpcResult<Option<Bytes>> {
        self.eth.read(move |eth| eth.raw_transaction(hash)).await
    }

    async fn raw_transactions(&self, block: BlockId) -> RpcResult<Vec<Bytes>> {
        self.eth.read(move |eth| raw::transactions(eth, block)).await
    }

    async fn raw_receipts(&self, block: BlockId) -> RpcResult<Vec<Bytes>> {
        self.eth.read(move |eth| raw::receipts(eth, block)).await
    }

    fn raw_block_access_list(&self, _block: BlockId) -> RpcResult<Bytes> {
        Err(not_supported("blocks of this chain have no access list (EIP-7928 is not active)"))
    }

    fn bad_blocks(&self) -> RpcResult<Vec<Json>> {
        Ok(Vec::new())
    }

    async fn execution_witness(&self, block: BlockNumberOrTag) -> RpcResult<ExecutionWitness> {
        self.witness(block.into()).await
    }

    async fn execution_witness_by_block_hash(&self, hash: B256) -> RpcResult<ExecutionWitness> {
        self.witness(hash.into()).await
    }

    async fn modified_accounts_by_number(
        &self,
        start: BlockNumberOrTag,
        end: Option<BlockNumberOrTag>,
    ) -> RpcResult<Vec<Address>> {
        self.modified(start.into(), end.map(Into::into)).await
    }

    async fn modified_accounts_by_hash(
        &self,
        start: B256,
        end: Option<B256>,
    ) -> RpcResult<Vec<Address>> {
        self.modified(start.into(), end.map(Into::into)).await
    }

    async fn code_by_hash(&self, hash: B256, block: Option<BlockId>) -> RpcResult<Option<Bytes>> {
        self.eth.read(move |eth| raw::code(eth, hash, block.unwrap_or_default())).await
    }
}
