//! `ots`.

use crate::eth::Json;
use alloy_eips::{BlockId, eip1898::LenientBlockNumberOrTag};
use alloy_primitives::{Address, B256, Bytes};
use alloy_rpc_types_trace::otterscan::{ContractCreator, InternalOperation};
use jsonrpsee::{core::RpcResult, proc_macros::rpc};

/// What the explorer Otterscan asks for. Blocks may be JSON numbers as well. What the chain does not
/// have is `null`.
#[rpc(server, namespace = "ots")]
pub trait OtsApi {
    /// The level of this interface.
    #[method(name = "getApiLevel")]
    fn api_level(&self) -> RpcResult<u64>;

    /// A header.
    #[method(name = "getHeaderByNumber")]
    async fn header_by_number(&self, block: LenientBlockNumberOrTag) -> RpcResult<Option<Json>>;

    /// Whether an account has code after a block, the latest if none is named.
    #[method(name = "hasCode")]
    async fn has_code(&self, address: Address, block: Option<BlockId>) -> RpcResult<bool>;

    /// Value that calls of a transaction moved, and contracts that they created.
    #[method(name = "getInternalOperations")]
    async fn internal_operations(&self, hash: B256) -> RpcResult<Option<Vec<InternalOperation>>>;

    /// What a transaction returned when it reverted; no bytes if it did not.
    #[method(name = "getTransactionError")]
    async fn transaction_error(&self, hash: B256) -> RpcResult<Option<Bytes>>;

    /// The calls of a transaction, in order.
    #[method(name = "traceTransaction")]
    async fn trace_transaction(&self, hash: B256) -> RpcResult<Option<Json>>;

    /// A block without its transactions, and the fees paid in it.
    #[method(name = "getBlockDetails")]
    async fn block_details(&self, block: LenientBlockNumberOrTag) -> RpcResult<Option<Json>>;

    /// As `getBlockDetails`, by hash.
    #[method(name = "getBlockDetailsByHash")]
    async fn block_details_by_hash(&self, hash: B256) -> RpcResult<Option<Json>>;

    /// A page of the transactions of a block, with receipts. Page 0 has the last transactions.
    #[method(name = "getBlockTransactions")]
    async fn block_transactions(
        &self,
        block: LenientBlockNumberOrTag,
        page: usize,
        page_size: usize,
    ) -> RpcResult<Option<Json>>;

    /// Transactions below a block in which an account appears, newest first. Block 0 stands for the
    /// end of the chain.
    #[method(name = "searchTransactionsBefore")]
    async fn search_transactions_before(
        &self,
        address: Address,
        block: u64,
        page_size: usize,
    ) -> RpcResult<Json>;

    /// Transactions above a block in which an account appears, newest first. Block 0 stands for the
    /// beginning of the chain.
    #[method(name = "searchTransactionsAfter")]
    async fn search_transactions_after(
        &self,
        address: Address,
        block: u64,
        page_size: usize,
    ) -> RpcResult<Json>;

    /// The transaction with which a sender used up a nonce.
    #[method(name = "getTransactionBySenderAndNonce")]
    async fn transaction_by_sender_and_nonce(
        &self,
        sender: Address,
        nonce: u64,
    ) -> RpcResult<Option<B256>>;

    /// Who created a contract, and in which transaction.
    #[method(name = "getContractCreator")]
    async fn contract_creator(&self, address: Address) -> RpcResult<Option<ContractCreator>>;
}
