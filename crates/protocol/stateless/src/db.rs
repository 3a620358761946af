//! The state of a witness as the EVM's database.

use crate::{error::WitnessStateError, execution::PartialState};
use alloy_primitives::{Address, B256, KECCAK256_EMPTY, U256, keccak256, map::B256Map};
use revm::{Database, bytecode::Bytecode, state::AccountInfo};
use rollup_trie::{PostState, WitnessState};

/// Reads accounts, slots and codes from a partial state; anything else is an error, not a zero.
#[derive(Debug)]
pub struct WitnessDatabase {
    state: WitnessState,
    codes: B256Map<Bytecode>,
    /// The last error, which the executor returns only in a box that hides its type.
    failure: Option<WitnessStateError>,
}

impl WitnessDatabase {
    /// The database over a partial state.
    pub fn new(state: &PartialState<'_>) -> Self {
        let codes = state
            .codes
            .iter()
            .map(|code| (keccak256(code), Bytecode::new_raw(code.clone())))
            .collect();
        Self { state: WitnessState::new(state.root, state.nodes.clone()), codes, failure: None }
    }

    /// The error that made the executor give up, if it came from here.
    pub(crate) const fn take_failure(&mut self) -> Option<WitnessStateError> {
        self.failure.take()
    }

    fn fail<T>(&mut self, err: impl Into<WitnessStateError>) -> Result<T, WitnessStateError> {
        let err = err.into();
        self.failure = Some(err.clone());
        Err(err)
    }

    /// Applies the changes of a block and gives the new state root.
    pub(crate) fn root_after(&mut self, changes: &PostState) -> Result<B256, WitnessStateError> {
        self.state.apply(changes)?;
        Ok(self.state.root())
    }
}

impl Database for WitnessDatabase {
    type Error = WitnessStateError;

    fn basic(&mut self, address: Address) -> Result<Option<AccountInfo>, Self::Error> {
        let account = match self.state.account(address) {
            Ok(account) => account,
            Err(err) => return self.fail(err),
        };
        Ok(account.map(|account| AccountInfo {
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
        match self.codes.get(&hash) {
            Some(code) => Ok(code.clone()),
            None => self.fail(WitnessStateError::MissingCode { hash }),
        }
    }

    fn storage(&mut self, address: Address, slot: U256) -> Result<U256, Self::Error> {
        match self.state.storage(address, slot) {
            Ok(value) => Ok(value),
            Err(err) => self.fail(err),
        }
    }

    fn block_hash(&mut self, number: u64) -> Result<B256, Self::Error> {
        // BLOCKHASH reads no block hashes: see `rollup-evm`.
        self.fail(WitnessStateError::MissingBlockHash { number })
    }
}
