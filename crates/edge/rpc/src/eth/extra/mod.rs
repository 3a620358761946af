//! Methods that few clients call, and those that ask for what the node does not have.

mod capabilities;
mod fill;
mod send_sync;

use super::{
    EthRpc, Json, Number,
    call::{Overrides, Simulation, call_many, simulate_blocks},
    error::EthError,
    snapshot::{Snapshot, StateSource},
};
use crate::{
    api::{EthExtraApiServer, EthSimulateApiServer},
    error::{not_supported, server_error},
};
use alloy_consensus::constants::KECCAK_EMPTY;
use alloy_eips::{BlockId, BlockNumberOrTag};
use alloy_primitives::{Address, B256, Bytes, U64, U256};
use alloy_rpc_types_eth::{
    AccountInfo, Bundle, EthCallResponse, StateContext, TransactionRequest,
    simulate::SimulatePayload, state::StateOverride,
};
use alloy_serde::JsonStorageKey;
use jsonrpsee::{
    Extensions,
    core::{RpcResult, async_trait},
};
use revm::DatabaseRef as _;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Slots that one request can read.
const MAX_SLOTS: usize = 1024;
/// What has no use in a header.
const NOT_IN_HEADERS: [&str; 3] = ["transactions", "uncles", "size"];

/// Values of slots by account, as words.
pub type StorageValues = BTreeMap<Address, Vec<B256>>;

#[async_trait]
impl EthSimulateApiServer for EthRpc {
    async fn simulate_v1(
        &self,
        payload: SimulatePayload,
        block: Option<BlockId>,
    ) -> RpcResult<Vec<Json>> {
        let block = block.unwrap_or_default();
        self.long_at(block, move |eth, chain, cancelled| {
            let gas_cap = eth.config.gas_cap;
            let blocks = simulate_blocks(&eth.evm, chain, block, payload, gas_cap, cancelled)?;
            Ok(blocks.iter().map(Json::new).collect::<Result<_, _>>()?)
        })
        .await
    }

    async fn call_many(
        &self,
        bundles: Vec<Bundle>,
        context: Option<StateContext>,
        state_overrides: Option<StateOverride>,
    ) -> RpcResult<Vec<Vec<EthCallResponse>>> {
        let context = context.unwrap_or_default();
        let block = context.block_number.unwrap_or_default();
        self.long_at(block, move |eth, chain, cancelled| {
            let start = (context, state_overrides);
            let limits = eth.trace_limits(cancelled, None);
            call_many(&eth.evm, chain, bundles, start, eth.config.gas_cap, &limits)
        })
        .await
    }
}

#[async_trait]
impl EthExtraApiServer for EthRpc {
    async fn send_raw_transaction_sync(
        &self,
        extensions: &Extensions,
        transaction: Bytes,
        timeout: Option<Number>,
    ) -> RpcResult<Json> {
        self.send_and_wait(transaction, timeout.map(Number::get), extensions).await
    }

    async fn fill_transaction(&self, request: TransactionRequest) -> RpcResult<Value> {
        let block = BlockId::pending();
        self.long_at(block, move |eth, chain, cancelled| eth.fill(chain, request, cancelled)).await
    }

    async fn header_by_number(&self, block: BlockNumberOrTag) -> RpcResult<Option<Value>> {
        let block = block.into();
        self.read_at(block, move |_, chain| header(chain, block)).await
    }

    async fn header_by_hash(&self, hash: B256) -> RpcResult<Option<Value>> {
        self.read_at(hash.into(), move |_, chain| header(chain, hash.into())).await
    }

    async fn account(&self, address: Address, block: Option<BlockId>) -> RpcResult<Option<Value>> {
        let block = block.unwrap_or_default();
        let proof = self.long(move |eth, _| eth.proof_at(address, &[], block)).await?;
        let is_there =
            proof.nonce != 0 || !proof.balance.is_zero() || proof.code_hash != KECCAK_EMPTY;
        Ok(is_there.then(|| {
            json!({
                "balance": proof.balance,
                "codeHash": proof.code_hash,
                "nonce": U64::from(proof.nonce),
                "storageRoot": proof.storage_hash,
            })
        }))
    }

    async fn account_info(
        &self,
        address: Address,
        block: Option<BlockId>,
    ) -> RpcResult<AccountInfo> {
        let block = block.unwrap_or_default();
        self.read_at(block, move |eth, chain| {
            let balance = eth.balance_at(chain, address, block)?;
            let nonce = eth.nonce_at(chain, address, block)?;
            let code = eth.code_at(chain, address, block)?;
            Ok(AccountInfo { balance, nonce, code })
        })
        .await
    }

    async fn storage_values(
        &self,
        requests: BTreeMap<Address, Vec<JsonStorageKey>>,
        block: Option<BlockId>,
    ) -> RpcResult<StorageValues> {
        let block = block.unwrap_or_default();
        self.long_at(block, move |_, chain, cancelled| {
            if requests.values().map(Vec::len).sum::<usize>() > MAX_SLOTS {
                return Err(EthError::TooManySlots { max: MAX_SLOTS });
            }
            let state = StateSource::state_after(chain, block, cancelled)?;
            let read = |address: Address, slots: Vec<JsonStorageKey>| {
                let read = |slot: JsonStorageKey| {
                    Ok(state.storage_ref(address, slot.as_b256().into())?.into())
                };
                Ok((address, slots.into_iter().map(read).collect::<Result<_, EthError>>()?))
            };
            requests.into_iter().map(|(address, slots)| read(address, slots)).collect()
        })
        .await
    }

    async fn capabilities(&self) -> RpcResult<Json> {
        self.read(Self::available).await
    }

    async fn base_fee(&self) -> RpcResult<U256> {
        self.read(|eth| {
            let chain = eth.snapshot()?;
            let head = chain.header_of(BlockId::latest())?;
            Ok(U256::from(eth.base_fee_after(&chain, &head)?))
        })
        .await
    }

    fn coinbase(&self) -> RpcResult<Address> {
        Ok(self.evm.chain_spec().config().fee_vault_address.unwrap_or_default())
    }

    fn mining(&self) -> RpcResult<bool> {
        Ok(false)
    }

    fn hashrate(&self) -> RpcResult<U64> {
        Ok(U64::ZERO)
    }

    fn blob_base_fee(&self) -> RpcResult<U256> {
        Err(not_supported("there are no blobs on this chain"))
    }

    fn config(&self) -> RpcResult<Value> {
        Err(not_supported("the forks of this chain are not those of EIP-7910"))
    }

    fn block_access_list(&self, _block: BlockId) -> RpcResult<Value> {
        Err(not_supported("blocks of this chain have no access lists"))
    }

    fn protocol_version(&self) -> RpcResult<U64> {
        Err(not_supported("the node does not speak the wire protocol of Ethereum"))
    }

    fn sign(&self, _address: Address, _message: Bytes) -> RpcResult<Bytes> {
        Err(server_error(NO_KEYS))
    }

    fn sign_transaction(&self, _request: TransactionRequest) -> RpcResult<Value> {
        Err(server_error(NO_KEYS))
    }

    fn send_transaction(&self, _request: TransactionRequest) -> RpcResult<B256> {
        Err(server_error(NO_KEYS))
    }
}

/// As geth says it to who asks for the signature of an account that it does not have.
const NO_KEYS: &str = "unknown account";

impl EthRpc {
    /// L1 data fee in wei that a transaction would pay, as if it were signed.
    pub(crate) async fn l1_data_fee_of(
        &self,
        mut request: TransactionRequest,
        block: Option<BlockId>,
    ) -> RpcResult<U256> {
        let block = block.unwrap_or_default();
        self.long_at(block, move |eth, chain, cancelled| {
            let (overrides, gas_cap) = (Overrides::default(), eth.config.gas_cap);
            let mut simulation =
                Simulation::new(&eth.evm, chain, block, overrides, gas_cap, cancelled)?;
            if request.gas_price.is_none() && request.max_fee_per_gas.is_none() {
                request.max_priority_fee_per_gas.get_or_insert(0);
            }
            simulation.l1_data_fee_of(request)
        })
        .await
    }
}

fn header(chain: &Snapshot, block: BlockId) -> Result<Option<Value>, EthError> {
    let Some(block) = chain.block(block)? else { return Ok(None) };
    let mut object: Value = serde_json::from_str(block.json(false)?.get())?;
    if let Some(fields) = object.as_object_mut() {
        fields.retain(|name, _| !NOT_IN_HEADERS.contains(&name.as_str()));
    }
    Ok(Some(object))
}
