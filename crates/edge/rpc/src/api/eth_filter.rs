//! Filters of the `eth` namespace.

use crate::eth::{Json, Logs};
use alloy_primitives::U128;
use alloy_rpc_types_eth::Filter;
use jsonrpsee::{core::RpcResult, proc_macros::rpc};

/// Filters: a client asks now and then what has come since it last asked.
///
/// A filter that does not exist, that nobody has asked for in a while, or whose client can no longer
/// be told everything, is answered with code -32000 and `filter not found`. The client installs
/// another then.
#[rpc(server, namespace = "eth")]
pub trait EthFilterApi {
    /// A filter of logs. Blocks that are named by number limit what is given; tags do not.
    #[method(name = "newFilter")]
    fn new_filter(&self, filter: Filter) -> RpcResult<U128>;

    /// A filter of blocks.
    #[method(name = "newBlockFilter")]
    fn new_block_filter(&self) -> RpcResult<U128>;

    /// A filter of transactions that become executable: their hashes, or with `true` they themselves.
    #[method(name = "newPendingTransactionFilter")]
    fn new_pending_transaction_filter(&self, full: Option<bool>) -> RpcResult<U128>;

    /// What has come since this was last called, or since the filter was installed: hashes of blocks,
    /// logs, hashes of transactions or transactions. Logs of blocks that have left the chain are
    /// given once more, marked as removed, before others.
    #[method(name = "getFilterChanges")]
    async fn filter_changes(&self, id: U128) -> RpcResult<Json>;

    /// All logs of the chain that match a filter of logs.
    #[method(name = "getFilterLogs")]
    async fn filter_logs(&self, id: U128) -> RpcResult<Logs>;

    /// Ends a filter. Whether there was one.
    #[method(name = "uninstallFilter")]
    fn uninstall_filter(&self, id: U128) -> RpcResult<bool>;
}
