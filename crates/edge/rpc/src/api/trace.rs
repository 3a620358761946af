//! `trace`.

use crate::{eth::Json, trace::TraceFilterRequest};
use alloy_eips::BlockId;
use alloy_primitives::{B256, Bytes, map::HashSet};
use alloy_rpc_types_eth::{BlockOverrides, Index, TransactionRequest, state::StateOverride};
use alloy_rpc_types_trace::parity::TraceType;
use jsonrpsee::{core::RpcResult, proc_macros::rpc};

/// What transactions do, in the form of Parity. Without a block it is the latest.
#[rpc(server, namespace = "trace")]
pub trait TraceApi {
    /// What a call would do after a block. Returns the traces that are asked for.
    #[method(name = "call")]
    async fn call(
        &self,
        request: TransactionRequest,
        types: HashSet<TraceType>,
        block: Option<BlockId>,
        state_overrides: Option<StateOverride>,
        block_overrides: Option<Box<BlockOverrides>>,
    ) -> RpcResult<Json>;

    /// What calls would do after a block, each on top of those before it.
    #[method(name = "callMany")]
    async fn call_many(
        &self,
        calls: Vec<(TransactionRequest, HashSet<TraceType>)>,
        block: Option<BlockId>,
    ) -> RpcResult<Json>;

    /// What a signed transaction would do after a block. It is sent nowhere.
    #[method(name = "rawTransaction")]
    async fn raw_transaction(
        &self,
        transaction: Bytes,
        types: HashSet<TraceType>,
        block: Option<BlockId>,
    ) -> RpcResult<Json>;

    /// What a transaction of the chain did. Fails if the chain does not have it.
    #[method(name = "replayTransaction")]
    async fn replay_transaction(&self, hash: B256, types: HashSet<TraceType>) -> RpcResult<Json>;

    /// What the transactions of a block did; `null` if the chain does not have it.
    #[method(name = "replayBlockTransactions")]
    async fn replay_block_transactions(
        &self,
        block: BlockId,
        types: HashSet<TraceType>,
    ) -> RpcResult<Option<Json>>;

    /// The calls of a block; `null` if the chain does not have it.
    #[method(name = "block")]
    async fn block(&self, block: BlockId) -> RpcResult<Option<Json>>;

    /// The calls of a transaction; `null` if the chain does not have it.
    #[method(name = "transaction")]
    async fn transaction(&self, hash: B256) -> RpcResult<Option<Json>>;

    /// The call of a transaction at a trace address; `null` if there is none.
    #[method(name = "get")]
    async fn get(&self, hash: B256, address: Vec<Index>) -> RpcResult<Option<Json>>;

    /// The calls of a range of blocks that match a filter.
    #[method(name = "filter")]
    async fn filter(&self, filter: TraceFilterRequest) -> RpcResult<Json>;
}
