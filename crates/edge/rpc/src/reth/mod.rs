//! `reth`: what reth adds to the usual methods.

use crate::{
    api::RethApiServer,
    eth::{EthRpc, block_id, error::EthError},
};
use alloy_eips::BlockId;
use alloy_primitives::{Address, U256};
use jsonrpsee::core::{RpcResult, async_trait};
use std::collections::BTreeMap;

/// Methods of `reth`.
#[derive(Clone, Debug)]
pub struct RethRpc {
    eth: EthRpc,
}

impl RethRpc {
    /// The methods over the chain of `eth`, on its threads.
    pub const fn new(eth: EthRpc) -> Self {
        Self { eth }
    }
}

#[async_trait]
impl RethApiServer for RethRpc {
    async fn balance_changes_in_block(&self, block: BlockId) -> RpcResult<BTreeMap<Address, U256>> {
        self.eth.long(move |eth, _| balance_changes(eth, block)).await
    }
}

/// From what the block replaced: nothing is executed.
fn balance_changes(eth: &EthRpc, block: BlockId) -> Result<BTreeMap<Address, U256>, EthError> {
    let view = eth.view()?;
    let number = block_id::require(&view, block)?.number;
    let before = view.accounts_before(number)?.ok_or(EthError::BlockNotFound(block))?;
    let state = block_id::state(&view, BlockId::number(number))?;
    let mut changes = BTreeMap::new();
    for changed in before {
        let before = changed.account.map(|account| account.balance).unwrap_or_default();
        let after = state.account(changed.address)?;
        let after = after.map(|account| account.balance).unwrap_or_default();
        if after != before {
            changes.insert(changed.address, after);
        }
    }
    Ok(changes)
}
