//! The methods.

use super::{
    OtsRpc, accounts, blocks, execution,
    search::{Direction, search},
};
use crate::{
    api::OtsApiServer,
    eth::{EthRpc, Json},
};
use alloy_eips::{BlockId, eip1898::LenientBlockNumberOrTag};
use alloy_primitives::{Address, B256, Bytes};
use alloy_rpc_types_trace::otterscan::{ContractCreator, InternalOperation};
use jsonrpsee::core::{RpcResult, async_trait};
use tokio_util::sync::CancellationToken;

/// The interface of Otterscan that is served.
const API_LEVEL: u64 = 8;

#[async_trait]
impl OtsApiServer for OtsRpc {
    fn api_level(&self) -> RpcResult<u64> {
        Ok(API_LEVEL)
    }

    async fn header_by_number(&self, block: LenientBlockNumberOrTag) -> RpcResult<Option<Json>> {
        self.eth.read(move |eth| blocks::header(eth, block.into())).await
    }

    async fn has_code(&self, address: Address, block: Option<BlockId>) -> RpcResult<bool> {
        let block = block.unwrap_or_default();
        self.eth
            .read_at(block, move |eth, chain| Ok(!eth.code_at(chain, address, block)?.is_empty()))
            .await
    }

    async fn internal_operations(&self, hash: B256) -> RpcResult<Option<Vec<InternalOperation>>> {
        self.eth
            .trace(move |eth, cancelled| execution::internal_operations(eth, hash, cancelled))
            .await
    }

    async fn transaction_error(&self, hash: B256) -> RpcResult<Option<Bytes>> {
        self.eth
            .trace(move |eth, cancelled| execution::transaction_error(eth, hash, cancelled))
            .await
    }

    async fn trace_transaction(&self, hash: B256) -> RpcResult<Option<Json>> {
        self.eth
            .trace(move |eth, cancelled| execution::trace_transaction(eth, hash, cancelled))
            .await
    }

    async fn block_details(&self, block: LenientBlockNumberOrTag) -> RpcResult<Option<Json>> {
        self.eth.read(move |eth| blocks::details(eth, block.into())).await
    }

    async fn block_details_by_hash(&self, hash: B256) -> RpcResult<Option<Json>> {
        self.eth.read(move |eth| blocks::details(eth, hash.into())).await
    }

    async fn block_transactions(
        &self,
        block: LenientBlockNumberOrTag,
        page: usize,
        page_size: usize,
    ) -> RpcResult<Option<Json>> {
        self.eth.long(move |eth, _| blocks::page(eth, block.into(), page, page_size)).await
    }

    async fn search_transactions_before(
        &self,
        address: Address,
        block: u64,
        page_size: usize,
    ) -> RpcResult<Json> {
        self.search(address, block, page_size, Direction::Before).await
    }

    async fn search_transactions_after(
        &self,
        address: Address,
        block: u64,
        page_size: usize,
    ) -> RpcResult<Json> {
        self.search(address, block, page_size, Direction::After).await
    }

    async fn transaction_by_sender_and_nonce(
        &self,
        sender: Address,
        nonce: u64,
    ) -> RpcResult<Option<B256>> {
        let work = move |eth: &EthRpc, cancelled: &CancellationToken| {
            accounts::transaction_by_nonce(eth, sender, nonce, cancelled)
        };
        self.eth.long(work).await
    }

    async fn contract_creator(&self, address: Address) -> RpcResult<Option<ContractCreator>> {
        self.eth
            .trace(move |eth, cancelled| accounts::contract_creator(eth, address, cancelled))
            .await
    }
}

impl OtsRpc {
    /// A page of the transactions of an account on one side of a block.
    async fn search(
        &self,
        address: Address,
        block: u64,
        page_size: usize,
        direction: Direction,
    ) -> RpcResult<Json> {
        let work = move |eth: &EthRpc, cancelled: &CancellationToken| {
            search(eth, address, block, page_size, direction, cancelled)
        };
        self.eth.trace(work).await
    }
}
