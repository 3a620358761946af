//! The methods of filters.

use super::FilterKind;
use crate::{
    api::EthFilterApiServer,
    eth::{EthRpc, Json, Logs},
};
use alloy_primitives::U128;
use alloy_rpc_types_eth::Filter;
use jsonrpsee::core::{RpcResult, async_trait};
use parking_lot::Mutex;

#[async_trait]
impl EthFilterApiServer for EthRpc {
    fn new_filter(&self, filter: Filter) -> RpcResult<U128> {
        let kind = FilterKind::Logs {
            live: Box::new(self.changes.live_logs(&filter)?),
            query: Box::new(filter),
            seen: Mutex::new(self.seen_now()),
        };
        Ok(self.filters.install(kind)?)
    }

    fn new_block_filter(&self) -> RpcResult<U128> {
        let kind = FilterKind::Blocks { seen: Mutex::new(self.seen_now()) };
        Ok(self.filters.install(kind)?)
    }

    fn new_pending_transaction_filter(&self, full: Option<bool>) -> RpcResult<U128> {
        let full = full.unwrap_or_default();
        let reader = Mutex::new(self.changes.pending());
        Ok(self.filters.install(FilterKind::Pending { full, reader })?)
    }

    async fn filter_changes(&self, id: U128) -> RpcResult<Json> {
        let filter = self.filters.get(id)?;
        match &*filter {
            FilterKind::Logs { .. } => {
                self.long(move |eth, cancelled| eth.changes_of(id, &filter, cancelled)).await
            }
            FilterKind::Blocks { .. } | FilterKind::Pending { .. } => {
                self.read(move |eth| eth.changes_of(id, &filter, &Default::default())).await
            }
        }
    }

    async fn filter_logs(&self, id: U128) -> RpcResult<Logs> {
        let filter = self.filters.get(id)?;
        self.long(move |eth, cancelled| eth.all_logs_of(&filter, cancelled)).await
    }

    fn uninstall_filter(&self, id: U128) -> RpcResult<bool> {
        Ok(self.filters.remove(id))
    }
}
