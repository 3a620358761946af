//! `reth`.

use alloy_eips::BlockId;
use alloy_primitives::{Address, U256};
use jsonrpsee::{core::RpcResult, proc_macros::rpc};
use std::collections::BTreeMap;

/// What reth adds to the usual methods.
#[rpc(server, namespace = "reth")]
pub trait RethApi {
    /// The accounts whose balance a block changed, with their balances after it in wei.
    #[method(name = "getBalanceChangesInBlock")]
    async fn balance_changes_in_block(&self, block: BlockId) -> RpcResult<BTreeMap<Address, U256>>;
}
