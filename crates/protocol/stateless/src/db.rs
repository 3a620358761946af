//! The state of a witness as the EVM's database.

use crate::{error::WitnessStateError, execution::PartialState};
use alloy_primitives::{Address, B256, KECCAK256_EMPTY, U256, keccak256, map::B256Map};
use revm::{Database, bytecode::Bytecode, state::AccountInfo};
use rollup_evm::executable_code;
use rollup_trie::{PostState, WitnessState};

/// Reads accounts, slots and codes from a partial state; anything else is an error, not a zero.
#[derive(Debug)]
pub struct WitnessDatabase {
    state: WitnessState,
    codes: B256Map<Bytecode>,
}

impl WitnessDatabase {
    /// The database over a partial state.
    pub fn new(state: &PartialState<'_>) -> Self {
        let codes = state
            .codes
            .iter()
            .map(|code| (keccak256(code), executable_code(code.clone())))
            .collect();
        Self { state: WitnessState::new(state.root, state.nodes.clone()), codes }
    }

    /// Applies the changes of a block and gives the new state root.
    pub(crate) fn root_after(&mut self, changes: &PostState) -> Result<B256, WitnessStateError> {
        self.state.apply(changes)?;
        Ok(self.state.root())
    }

    /// A slot as it is after [`Self::root_after`].
    pub(crate) fn slot_after(
        &mut self,
        address: Address,
        slot: U256,
    ) -> Result<U256, WitnessStateError> {
        Ok(self.state.storage(address, slot)?)
    }
}

impl Database for WitnessDatabase {
    type Error = WitnessStateError;

    fn basic(&mut self, address: Address) -> Result<Option<AccountInfo>, Self::Error> {
        Ok(self.state.account(address)?.map(|account| AccountInfo {
            balance: account.balance,
            nonce: account.nonce,
            code_hash: account.code_hash,
            // Fetched by its hash when it is needed; the default would be an empty code.
            code: None,
            ..Default::default()
        }))
    }

    fn code_by_hash(&mut self, hash: B256) -> Result<Bytecode, Self::Error> {
        if hash == KECCAK256_EMPTY {
            return Ok(Bytecode::default());
        }
        self.codes.get(&hash).cloned().ok_or(WitnessStateError::MissingCode { hash })
    }

    fn storage(&mut self, address: Address, slot: U256) -> Result<U256, Self::Error> {
        Ok(self.state.storage(address, slot)?)
    }

    fn block_hash(&mut self, number: u64) -> Result<B256, Self::Error> {
        // BLOCKHASH reads no block hashes: see `rollup-evm`.
        Err(WitnessStateError::MissingBlockHash { number })
    }
}
