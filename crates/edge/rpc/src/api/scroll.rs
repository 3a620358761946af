//! `scroll`, as l2geth has it.

use crate::{
    eth::{Json, Number},
    scroll::ScrollSyncStatus,
};
use alloy_eips::{BlockId, BlockNumberOrTag};
use alloy_primitives::{B256, U256};
use alloy_rpc_types_eth::TransactionRequest;
use jsonrpsee::{core::RpcResult, proc_macros::rpc};
use rollup_primitives::TxL1Message;

/// What only this chain has. Numbers are JSON numbers, amounts are in hex.
#[rpc(server, namespace = "scroll")]
pub trait ScrollApi {
    /// L1 data fee in wei that a transaction would pay after a block, with a signature of the usual
    /// length.
    #[method(name = "estimateL1DataFee")]
    async fn estimate_l1_data_fee(
        &self,
        request: TransactionRequest,
        block: Option<BlockId>,
    ) -> RpcResult<U256>;

    /// How far L1 and L2 are known.
    #[method(name = "syncStatus")]
    async fn sync_status(&self) -> RpcResult<ScrollSyncStatus>;

    /// An L1 message by its place in the queue; `null` if L1 has none there that is known.
    #[method(name = "getL1MessageByIndex")]
    async fn l1_message_by_index(&self, queue_index: Number) -> RpcResult<Option<TxL1Message>>;

    /// The L1 block up to which messages are known; `null` before the first one.
    #[method(name = "getL1SyncHeight")]
    async fn l1_sync_height(&self) -> RpcResult<Option<u64>>;

    /// The queue index of the first message that no block up to this one has; `null` if the chain
    /// does not have the block.
    #[method(name = "getFirstQueueIndexNotInL2Block")]
    async fn first_queue_index_not_in_l2_block(&self, hash: B256) -> RpcResult<Option<u64>>;

    /// The queue index of the last message that a block has; `null` if none has one.
    #[method(name = "getLatestRelayedQueueIndex")]
    async fn latest_relayed_queue_index(&self) -> RpcResult<Option<u64>>;

    /// As `eth_getBlockByHash`.
    #[method(name = "getBlockByHash")]
    async fn block_by_hash(&self, hash: B256, full: Option<bool>) -> RpcResult<Option<Json>>;

    /// As `eth_getBlockByNumber`.
    #[method(name = "getBlockByNumber")]
    async fn block_by_number(
        &self,
        block: BlockNumberOrTag,
        full: Option<bool>,
    ) -> RpcResult<Option<Json>>;
}
