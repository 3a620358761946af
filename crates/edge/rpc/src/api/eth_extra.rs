//! Methods of `eth` that few clients call, and those that ask for what the node does not have.

use crate::eth::{Json, Number, StorageValues};
use alloy_eips::{BlockId, BlockNumberOrTag};
use alloy_primitives::{Address, B256, Bytes, U64, U256};
use alloy_rpc_types_eth::{AccountInfo, TransactionRequest};
use alloy_serde::JsonStorageKey;
use jsonrpsee::{core::RpcResult, proc_macros::rpc};
use serde_json::Value;
use std::collections::BTreeMap;

/// What else there is.
#[rpc(server, namespace = "eth")]
pub trait EthExtraApi {
    /// Hands a signed transaction to the pool and waits for its receipt (EIP-7966). The time-out is
    /// in milliseconds.
    #[method(name = "sendRawTransactionSync", with_extensions)]
    async fn send_raw_transaction_sync(
        &self,
        transaction: Bytes,
        timeout: Option<Number>,
    ) -> RpcResult<Json>;

    /// The transaction of a request with everything that is not given, for a signer.
    #[method(name = "fillTransaction")]
    async fn fill_transaction(&self, request: TransactionRequest) -> RpcResult<Value>;

    /// The header of a block by its number or tag.
    #[method(name = "getHeaderByNumber")]
    async fn header_by_number(&self, block: BlockNumberOrTag) -> RpcResult<Option<Value>>;

    /// The header of a block by its hash.
    #[method(name = "getHeaderByHash")]
    async fn header_by_hash(&self, hash: B256) -> RpcResult<Option<Value>>;

    /// An account as the state trie has it; `null` if it does not exist.
    #[method(name = "getAccount")]
    async fn account(&self, address: Address, block: Option<BlockId>) -> RpcResult<Option<Value>>;

    /// Balance, nonce and code of an account.
    #[method(name = "getAccountInfo")]
    async fn account_info(
        &self,
        address: Address,
        block: Option<BlockId>,
    ) -> RpcResult<AccountInfo>;

    /// Values of slots of several accounts, as words.
    #[method(name = "getStorageValues")]
    async fn storage_values(
        &self,
        requests: BTreeMap<Address, Vec<JsonStorageKey>>,
        block: Option<BlockId>,
    ) -> RpcResult<StorageValues>;

    /// Which heights can be asked for.
    #[method(name = "capabilities")]
    async fn capabilities(&self) -> RpcResult<Json>;

    /// Base fee of the next block, in wei.
    #[method(name = "baseFee")]
    async fn base_fee(&self) -> RpcResult<U256>;

    /// Who gets the fees: the fee vault of the chain.
    #[method(name = "coinbase")]
    fn coinbase(&self) -> RpcResult<Address>;

    /// Whether the node searches for a proof of work: never.
    #[method(name = "mining")]
    fn mining(&self) -> RpcResult<bool>;

    /// Hashes per second of that search: none.
    #[method(name = "hashrate")]
    fn hashrate(&self) -> RpcResult<U64>;

    /// Refused: there are no blobs on L2.
    #[method(name = "blobBaseFee")]
    fn blob_base_fee(&self) -> RpcResult<U256>;

    /// Refused: the forks of the chain are not those that EIP-7910 describes.
    #[method(name = "config")]
    fn config(&self) -> RpcResult<Value>;

    /// Refused: blocks have no access lists.
    #[method(name = "getBlockAccessList")]
    fn block_access_list(&self, block: BlockId) -> RpcResult<Value>;

    /// Refused: the node does not speak Ethereum's wire protocol.
    #[method(name = "protocolVersion")]
    fn protocol_version(&self) -> RpcResult<U64>;

    /// Refused: the node keeps no keys of users.
    #[method(name = "sign")]
    fn sign(&self, address: Address, message: Bytes) -> RpcResult<Bytes>;

    /// Refused: the node keeps no keys of users.
    #[method(name = "signTransaction")]
    fn sign_transaction(&self, request: TransactionRequest) -> RpcResult<Value>;

    /// Refused: the node keeps no keys of users.
    #[method(name = "sendTransaction")]
    fn send_transaction(&self, request: TransactionRequest) -> RpcResult<B256>;
}
