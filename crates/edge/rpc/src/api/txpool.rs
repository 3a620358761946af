//! `txpool`.

use alloy_primitives::Address;
use alloy_rpc_types_txpool::{TxpoolContent, TxpoolContentFrom, TxpoolInspect, TxpoolStatus};
use jsonrpsee::{core::RpcResult, proc_macros::rpc};
use rollup_primitives::ScrollTransaction;

/// What waits for a block: `pending` is executable, `queued` waits for a nonce, for balance or for a
/// lower base fee.
#[rpc(server, namespace = "txpool")]
pub trait TxpoolApi {
    /// All transactions, by sender and nonce.
    #[method(name = "content")]
    async fn content(&self) -> RpcResult<TxpoolContent<ScrollTransaction>>;

    /// The transactions of one sender, by nonce.
    #[method(name = "contentFrom")]
    async fn content_from(
        &self,
        sender: Address,
    ) -> RpcResult<TxpoolContentFrom<ScrollTransaction>>;

    /// All transactions in one line each, by sender and nonce.
    #[method(name = "inspect")]
    async fn inspect(&self) -> RpcResult<TxpoolInspect>;

    /// How many there are.
    #[method(name = "status")]
    fn status(&self) -> RpcResult<TxpoolStatus>;
}
