//! The `scroll` namespace: what l2geth adds to `eth`.

use crate::{
    api::ScrollApiServer,
    eth::{EthRpc, Json, Number},
};
use alloy_eips::{BlockId, BlockNumberOrTag};
use alloy_primitives::{B256, U256};
use alloy_rpc_types_eth::TransactionRequest;
use jsonrpsee::core::{RpcResult, async_trait};
use rollup_primitives::TxL1Message;
use serde::{Deserialize, Serialize};

/// Methods of `scroll`.
#[derive(Clone, Debug)]
pub struct ScrollRpc {
    eth: EthRpc,
}

/// How far L1 and L2 are known. A number is left out before it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScrollSyncStatus {
    /// Head of L2.
    pub l2_block_sync_height: u64,
    /// L1 block up to which batches are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub l1_rollup_sync_height: Option<u64>,
    /// L1 block up to which messages are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub l1_message_sync_height: Option<u64>,
    /// Highest block of L2 that is final on L1.
    pub l2_finalized_block_height: u64,
}

impl ScrollRpc {
    /// The methods on the chain of `eth`.
    pub const fn new(eth: EthRpc) -> Self {
        Self { eth }
    }
}

#[async_trait]
impl ScrollApiServer for ScrollRpc {
    async fn estimate_l1_data_fee(
        &self,
        request: TransactionRequest,
        block: Option<BlockId>,
    ) -> RpcResult<U256> {
        self.eth.l1_data_fee_of(request, block).await
    }

    async fn sync_status(&self) -> RpcResult<ScrollSyncStatus> {
        self.eth
            .read(|eth| {
                let view = eth.view()?;
                let (points, l1) = (view.forkchoice()?, view.l1_progress()?);
                Ok(ScrollSyncStatus {
                    l2_block_sync_height: points.head.number,
                    l1_rollup_sync_height: l1.processed,
                    l1_message_sync_height: l1.processed,
                    l2_finalized_block_height: points.finalized.number,
                })
            })
            .await
    }

    async fn l1_message_by_index(&self, queue_index: Number) -> RpcResult<Option<TxL1Message>> {
        self.eth
            .read(move |eth| {
                let message = eth.view()?.l1_message(queue_index.get())?;
                Ok(message.map(|stored| stored.message))
            })
            .await
    }

    async fn l1_sync_height(&self) -> RpcResult<Option<u64>> {
        self.eth.read(|eth| Ok(eth.view()?.l1_progress()?.processed)).await
    }

    async fn first_queue_index_not_in_l2_block(&self, hash: B256) -> RpcResult<Option<u64>> {
        self.eth
            .read(move |eth| {
                let view = eth.view()?;
                let number = view.number_of(hash)?;
                Ok(number.map(|number| view.next_queue_index(number)).transpose()?)
            })
            .await
    }

    async fn latest_relayed_queue_index(&self) -> RpcResult<Option<u64>> {
        self.eth
            .read(|eth| {
                let view = eth.view()?;
                Ok(view.next_queue_index(view.head()?.number)?.checked_sub(1))
            })
            .await
    }

    async fn block_by_hash(&self, hash: B256, full: Option<bool>) -> RpcResult<Option<Json>> {
        crate::api::EthApiServer::block_by_hash(&self.eth, hash, full).await
    }

    async fn block_by_number(
        &self,
        block: BlockNumberOrTag,
        full: Option<bool>,
    ) -> RpcResult<Option<Json>> {
        crate::api::EthApiServer::block_by_number(&self.eth, block, full).await
    }
}
