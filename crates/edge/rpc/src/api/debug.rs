//! `debug`.

use crate::{debug::ExecutionWitness, eth::Json};
use alloy_eips::{BlockId, BlockNumberOrTag};
use alloy_primitives::{Address, B256, Bytes};
use alloy_rpc_types_eth::{Bundle, StateContext, TransactionRequest};
use alloy_rpc_types_trace::geth::{GethDebugTracingCallOptions, GethDebugTracingOptions};
use jsonrpsee::{core::RpcResult, proc_macros::rpc};

/// Executions once more with every detail, and what is stored as it is hashed.
#[rpc(server, namespace = "debug")]
pub trait DebugApi {
    /// What a transaction of the chain does.
    #[method(name = "traceTransaction")]
    async fn trace_transaction(
        &self,
        hash: B256,
        options: Option<GethDebugTracingOptions>,
    ) -> RpcResult<Json>;

    /// What each transaction of a block does.
    #[method(name = "traceBlockByNumber")]
    async fn trace_block_by_number(
        &self,
        block: BlockNumberOrTag,
        options: Option<GethDebugTracingOptions>,
    ) -> RpcResult<Json>;

    /// What each transaction of a block does.
    #[method(name = "traceBlockByHash")]
    async fn trace_block_by_hash(
        &self,
        hash: B256,
        options: Option<GethDebugTracingOptions>,
    ) -> RpcResult<Json>;

    /// What each transaction of a block does that is given as RLP: one of the chain, or one that
    /// could be the child of such a block. Roots and gas that its header claims are not checked.
    #[method(name = "traceBlock")]
    async fn trace_block(
        &self,
        rlp: Bytes,
        options: Option<GethDebugTracingOptions>,
    ) -> RpcResult<Json>;

    /// What a call would do on the state after a block, or behind some of its transactions.
    #[method(name = "traceCall")]
    async fn trace_call(
        &self,
        request: TransactionRequest,
        block: Option<BlockId>,
        options: Option<GethDebugTracingCallOptions>,
    ) -> RpcResult<Json>;

    /// What calls would do one after the other: a list of traces for each bundle.
    #[method(name = "traceCallMany")]
    async fn trace_call_many(
        &self,
        bundles: Vec<Bundle>,
        place: Option<StateContext>,
        options: Option<GethDebugTracingCallOptions>,
    ) -> RpcResult<Json>;

    /// RLP of the header of a block.
    #[method(name = "getRawHeader")]
    async fn raw_header(&self, block: BlockId) -> RpcResult<Bytes>;

    /// RLP of a block.
    #[method(name = "getRawBlock")]
    async fn raw_block(&self, block: BlockId) -> RpcResult<Bytes>;

    /// A transaction of the chain or the pool in the encoding of EIP-2718, or nothing.
    #[method(name = "getRawTransaction")]
    async fn raw_transaction(&self, hash: B256) -> RpcResult<Option<Bytes>>;

    /// The transactions of a block in the encoding of EIP-2718.
    #[method(name = "getRawTransactions")]
    async fn raw_transactions(&self, block: BlockId) -> RpcResult<Vec<Bytes>>;

    /// The receipts of a block in the encoding of EIP-2718, as in its receipts root.
    #[method(name = "getRawReceipts")]
    async fn raw_receipts(&self, block: BlockId) -> RpcResult<Vec<Bytes>>;

    /// Refused: blocks of this chain have no access list.
    #[method(name = "getRawBlockAccessList")]
    fn raw_block_access_list(&self, block: BlockId) -> RpcResult<Bytes>;

    /// Nothing: invalid blocks are not kept.
    #[method(name = "getBadBlocks")]
    fn bad_blocks(&self) -> RpcResult<Vec<Json>>;

    /// What is needed to execute a block without a database.
    #[method(name = "executionWitness")]
    async fn execution_witness(&self, block: BlockNumberOrTag) -> RpcResult<ExecutionWitness>;

    /// What is needed to execute a block without a database.
    #[method(name = "executionWitnessByBlockHash")]
    async fn execution_witness_by_block_hash(&self, hash: B256) -> RpcResult<ExecutionWitness>;

    /// The accounts that the blocks after `start` up to `end` changed; those of `start` without an
    /// end.
    #[method(name = "getModifiedAccountsByNumber")]
    async fn modified_accounts_by_number(
        &self,
        start: BlockNumberOrTag,
        end: Option<BlockNumberOrTag>,
    ) -> RpcResult<Vec<Address>>;

    /// As by number.
    #[method(name = "getModifiedAccountsByHash")]
    async fn modified_accounts_by_hash(
        &self,
        start: B256,
        end: Option<B256>,
    ) -> RpcResult<Vec<Address>>;

    /// The code with a hash, if a contract of the chain ever had it.
    #[method(name = "codeByHash")]
    async fn code_by_hash(&self, hash: B256, block: Option<BlockId>) -> RpcResult<Option<Bytes>>;
}
