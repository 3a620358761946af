//! What a caller puts in place of parts of the state and the block.

use super::CallStateError;
use crate::eth::error::EthError;
use alloy_eips::eip2935::{HISTORY_SERVE_WINDOW, HISTORY_STORAGE_ADDRESS};
use alloy_evm::precompiles::MovePrecompileError;
use alloy_primitives::{Address, U256, keccak256};
use alloy_rpc_types_eth::{
    BlockOverrides,
    state::{AccountOverride, StateOverride},
};
use revm::{DatabaseRef, context::BlockEnv, database::CacheDB};
use rollup_evm::executable_code;
use rollup_primitives::ScrollHeader;

/// What a caller puts in place of parts of the state and the block.
#[derive(Debug, Default)]
pub(crate) struct Overrides {
    pub(crate) state: Option<StateOverride>,
    pub(crate) block: Option<Box<BlockOverrides>>,
}

impl Overrides {
    pub(crate) fn apply_to_header(&self, header: &mut ScrollHeader) {
        let Some(block) = &self.block else { return };
        if let Some(number) = block.number {
            header.number = number.saturating_to();
        }
        if let Some(time) = block.time {
            header.timestamp = time;
        }
        if let Some(gas_limit) = block.gas_limit {
            header.gas_limit = gas_limit;
        }
        if let Some(base_fee) = block.base_fee {
            header.base_fee_per_gas = Some(base_fee.saturating_to());
        }
    }

    /// What the fee vault would hide if it were in the header. The difficulty of any block is zero
    /// for the EVM, and there is no randomness.
    pub(crate) fn apply_to_env(&self, env: &mut BlockEnv) {
        if let Some(coinbase) = self.block.as_ref().and_then(|block| block.coinbase) {
            env.beneficiary = coinbase;
        }
    }

    /// Returns the precompiles that are elsewhere: from where, and to where.
    pub(crate) fn apply_to_state<D>(
        self,
        database: &mut CacheDB<D>,
    ) -> Result<Vec<(Address, Address)>, EthError>
    where
        D: DatabaseRef<Error = CallStateError>,
    {
        let block_hashes = self.block.and_then(|block| block.block_hash).unwrap_or_default();
        for (number, hash) in block_hashes {
            // From Feynman BLOCKHASH reads this contract, and before it nothing.
            let slot = U256::from(number % HISTORY_SERVE_WINDOW as u64);
            database.insert_account_storage(HISTORY_STORAGE_ADDRESS, slot, hash.into())?;
        }
        let mut moved = Vec::new();
        for (address, account) in self.state.unwrap_or_default() {
            moved.extend(account.move_precompile_to.map(|to| (address, to)));
            apply_to_account(database, address, account)?;
        }
        Ok(moved)
    }
}

fn apply_to_account<D>(
    database: &mut CacheDB<D>,
    address: Address,
    account: AccountOverride,
) -> Result<(), EthError>
where
    D: DatabaseRef<Error = CallStateError>,
{
    let AccountOverride { balance, nonce, code, state, state_diff, .. } = account;
    if state.is_some() && state_diff.is_some() {
        return Err(EthError::BothStateAndStateDiff(address));
    }
    let mut info = database.load_account(address)?.info().unwrap_or_default();
    if let Some(balance) = balance {
        info.balance = balance;
    }
    if let Some(nonce) = nonce {
        info.nonce = nonce;
    }
    if let Some(code) = code {
        info.code_hash = keccak256(&code);
        info.code = Some(executable_code(code));
    }
    database.insert_account_info(address, info);
    if let Some(slots) = state {
        let slots = slots.into_iter().map(|(slot, value)| (slot.into(), value.into())).collect();
        database.replace_account_storage(address, slots)?;
    }
    for (slot, value) in state_diff.unwrap_or_default() {
        database.insert_account_storage(address, slot.into(), value.into())?;
    }
    Ok(())
}

pub(crate) const fn not_a_precompile(err: MovePrecompileError) -> EthError {
    match err {
        MovePrecompileError::NotAPrecompile(address) => EthError::NotAPrecompile(address),
    }
}
