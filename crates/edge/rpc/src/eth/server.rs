//! The methods.

use super::{
    EthRpc, EthSyncStatus, Json, Logs, Snapshot,
    call::{Overrides, Simulation},
    fees::FeeHistoryRequest,
    logs,
};
use crate::api::EthApiServer;
use alloy_eips::{BlockId, BlockNumberOrTag};
use alloy_primitives::{Address, B256, Bytes, U64, U256};
use alloy_rpc_types_eth::{
    AccessListResult, BlockOverrides, EIP1186AccountProofResponse, FeeHistory, Filter, Index,
    TransactionRequest, state::StateOverride,
};
use alloy_serde::JsonStorageKey;
use jsonrpsee::{
    Extensions,
    core::{RpcResult, async_trait},
};

#[async_trait]
impl EthApiServer for EthRpc {
    fn chain_id(&self) -> RpcResult<U64> {
        Ok(U64::from(self.evm.chain_spec().chain_id()))
    }

    fn block_number(&self) -> RpcResult<U64> {
        Ok(U64::from(self.storage.head().number))
    }

    fn syncing(&self) -> RpcResult<EthSyncStatus> {
        Ok(self.syncing.status())
    }

    fn accounts(&self) -> RpcResult<Vec<Address>> {
        Ok(Vec::new())
    }

    async fn block_by_number(
        &self,
        block: BlockNumberOrTag,
        full: Option<bool>,
    ) -> RpcResult<Option<Json>> {
        let (block, full) = (block.into(), full.unwrap_or_default());
        let known = move |eth: &Self| Ok(eth.block_in_memory(block, full)?.map(Some));
        let read = move |eth: &Self, chain: &Snapshot| eth.block_json(chain, block, full);
        self.read_at_unless(block, known, read).await
    }

    async fn block_by_hash(&self, hash: B256, full: Option<bool>) -> RpcResult<Option<Json>> {
        let (block, full) = (hash.into(), full.unwrap_or_default());
        let known = move |eth: &Self| Ok(eth.block_in_memory(block, full)?.map(Some));
        let read = move |eth: &Self, chain: &Snapshot| eth.block_json(chain, block, full);
        self.read_at_unless(block, known, read).await
    }

    async fn block_transaction_count_by_number(
        &self,
        block: BlockNumberOrTag,
    ) -> RpcResult<Option<U64>> {
        let block = block.into();
        let count = self.read_at(block, move |eth, chain| eth.transaction_count_in(chain, block));
        Ok(count.await?.map(U64::from))
    }

    async fn block_transaction_count_by_hash(&self, hash: B256) -> RpcResult<Option<U64>> {
        let block = hash.into();
        let count = self.read_at(block, move |eth, chain| eth.transaction_count_in(chain, block));
        Ok(count.await?.map(U64::from))
    }

    async fn uncle_count_by_number(&self, block: BlockNumberOrTag) -> RpcResult<Option<U64>> {
        let exists = self.read(move |eth| eth.has_block(block.into())).await?;
        Ok(exists.then_some(U64::ZERO))
    }

    async fn uncle_count_by_hash(&self, hash: B256) -> RpcResult<Option<U64>> {
        let exists = self.read(move |eth| eth.has_block(hash.into())).await?;
        Ok(exists.then_some(U64::ZERO))
    }

    fn uncle_by_number(&self, _block: BlockNumberOrTag, _index: Index) -> RpcResult<Option<Json>> {
        Ok(None)
    }

    fn uncle_by_hash(&self, _hash: B256, _index: Index) -> RpcResult<Option<Json>> {
        Ok(None)
    }

    async fn block_receipts(&self, block: BlockId) -> RpcResult<Option<Json>> {
        let known = move |eth: &Self| Ok(eth.receipts_in_memory(block)?.map(Some));
        let read = move |eth: &Self, chain: &Snapshot| eth.receipts_json(chain, block);
        self.read_at_unless(block, known, read).await
    }

    async fn transaction_by_hash(&self, hash: B256) -> RpcResult<Option<Json>> {
        let known = move |eth: &Self| Ok(eth.transaction_in_memory(hash)?.map(Some));
        self.read_unless(known, move |eth| eth.transaction(hash)).await
    }

    async fn transaction_by_number_and_index(
        &self,
        block: BlockNumberOrTag,
        Index(index): Index,
    ) -> RpcResult<Option<Json>> {
        let block = block.into();
        self.read_at(block, move |eth, chain| eth.transaction_in(chain, block, index)).await
    }

    async fn transaction_by_hash_and_index(
        &self,
        hash: B256,
        Index(index): Index,
    ) -> RpcResult<Option<Json>> {
        let block = hash.into();
        self.read_at(block, move |eth, chain| eth.transaction_in(chain, block, index)).await
    }

    async fn raw_transaction_by_hash(&self, hash: B256) -> RpcResult<Option<Bytes>> {
        self.read(move |eth| eth.raw_transaction(hash)).await
    }

    async fn raw_transaction_by_number_and_index(
        &self,
        block: BlockNumberOrTag,
        Index(index): Index,
    ) -> RpcResult<Option<Bytes>> {
        let block = block.into();
        self.read_at(block, move |eth, chain| eth.raw_transaction_in(chain, block, index)).await
    }

    async fn raw_transaction_by_hash_and_index(
        &self,
        hash: B256,
        Index(index): Index,
    ) -> RpcResult<Option<Bytes>> {
        let block = hash.into();
        self.read_at(block, move |eth, chain| eth.raw_transaction_in(chain, block, index)).await
    }

    async fn transaction_receipt(&self, hash: B256) -> RpcResult<Option<Json>> {
        let known = move |eth: &Self| Ok(eth.receipt_in_memory(hash)?.map(Some));
        self.read_unless(known, move |eth| eth.receipt(hash)).await
    }

    async fn balance(&self, address: Address, block: Option<BlockId>) -> RpcResult<U256> {
        let block = block.unwrap_or_default();
        let known = move |eth: &Self| eth.balance_in_memory(address, block);
        let read = move |eth: &Self, chain: &Snapshot| eth.balance_at(chain, address, block);
        self.read_at_unless(block, known, read).await
    }

    async fn transaction_count(&self, address: Address, block: Option<BlockId>) -> RpcResult<U64> {
        let block = block.unwrap_or_default();
        let known = move |eth: &Self| eth.nonce_in_memory(address, block);
        let read = move |eth: &Self, chain: &Snapshot| eth.nonce_at(chain, address, block);
        Ok(U64::from(self.read_at_unless(block, known, read).await?))
    }

    async fn code(&self, address: Address, block: Option<BlockId>) -> RpcResult<Bytes> {
        let block = block.unwrap_or_default();
        self.read_at(block, move |eth, chain| eth.code_at(chain, address, block)).await
    }

    async fn storage_at(
        &self,
        address: Address,
        slot: JsonStorageKey,
        block: Option<BlockId>,
    ) -> RpcResult<B256> {
        let block = block.unwrap_or_default();
        let known = move |eth: &Self| eth.slot_in_memory(address, slot.as_b256(), block);
        let read = move |eth: &Self, chain: &Snapshot| eth.slot_at(chain, address, slot, block);
        self.read_at_unless(block, known, read).await
    }

    async fn proof(
        &self,
        address: Address,
        slots: Vec<JsonStorageKey>,
        block: Option<BlockId>,
    ) -> RpcResult<EIP1186AccountProofResponse> {
        let block = block.unwrap_or_default();
        self.long(move |eth, _| eth.proof_at(address, &slots, block)).await
    }

    async fn call(
        &self,
        request: TransactionRequest,
        block: Option<BlockId>,
        state_overrides: Option<StateOverride>,
        block_overrides: Option<Box<BlockOverrides>>,
    ) -> RpcResult<Bytes> {
        let overrides = Overrides { state: state_overrides, block: block_overrides };
        self.simulate(block, overrides, move |mut call| call.call(request)).await
    }

    async fn estimate_gas(
        &self,
        request: TransactionRequest,
        block: Option<BlockId>,
        state_overrides: Option<StateOverride>,
        block_overrides: Option<Box<BlockOverrides>>,
    ) -> RpcResult<U64> {
        let overrides = Overrides { state: state_overrides, block: block_overrides };
        let gas = self.simulate(block, overrides, move |mut call| call.estimate_gas(request));
        Ok(U64::from(gas.await?))
    }

    async fn create_access_list(
        &self,
        request: TransactionRequest,
        block: Option<BlockId>,
        state_overrides: Option<StateOverride>,
    ) -> RpcResult<AccessListResult> {
        let overrides = Overrides { state: state_overrides, block: None };
        let list =
            self.simulate(block, overrides, move |mut call| call.create_access_list(request));
        list.await
    }

    async fn gas_price(&self) -> RpcResult<U256> {
        let (tip, base_fee) = self.read(Self::suggested_prices).await?;
        Ok(U256::from(tip.wei).saturating_add(U256::from(base_fee)))
    }

    async fn max_priority_fee_per_gas(&self) -> RpcResult<U256> {
        let (tip, _) = self.read(Self::suggested_prices).await?;
        Ok(U256::from(tip.wei))
    }

    async fn fee_history(
        &self,
        count: U64,
        newest: BlockNumberOrTag,
        percentiles: Option<Vec<f64>>,
    ) -> RpcResult<FeeHistory> {
        let request = FeeHistoryRequest { count: count.to(), newest, percentiles };
        self.long_at(newest.into(), move |eth, chain, cancelled| {
            eth.fee_history_of(chain, request, cancelled)
        })
        .await
    }

    async fn send_raw_transaction(
        &self,
        extensions: &Extensions,
        transaction: Bytes,
    ) -> RpcResult<B256> {
        self.send(transaction, extensions).await
    }

    async fn logs(&self, filter: Filter) -> RpcResult<Logs> {
        let block = logs::pending_of(&filter);
        if block.is_pending() {
            let logs = self.long_at(block, move |eth, chain, cancelled| {
                eth.logs_up_to_pending(chain, &filter, cancelled)
            });
            return Ok(Logs::Plain(logs.await?));
        }
        if let Some(logs) = self.logs_in_memory(&filter)? {
            return Ok(logs);
        }
        self.long(move |eth, cancelled| eth.logs_for(&filter, cancelled)).await
    }
}

impl EthRpc {
    /// Does something with the EVM on the state after a block.
    async fn simulate<T: Send + 'static>(
        &self,
        block: Option<BlockId>,
        overrides: Overrides,
        work: impl FnOnce(Simulation<'_>) -> Result<T, super::EthError> + Send + 'static,
    ) -> RpcResult<T> {
        let block = block.unwrap_or_default();
        self.long_at(block, move |eth, chain, cancelled| {
            let gas_cap = eth.config.gas_cap;
            work(Simulation::new(&eth.evm, chain, block, overrides, gas_cap, cancelled)?)
        })
        .await
    }
}
