//! The state of a witness as the EVM's database.

use crate::{error::WitnessStateError, execution::PartialState};
use alloy_primitives::{Address, B256, Bytes, KECCAK256_EMPTY, U256, keccak256, map::B256Map};
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
        let codes = state.codes.iter().map(|code| (keccak256(code), bytecode(code))).collect();
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

    /// A slot as it is after [`Self::root_after`].
    pub(crate) fn slot_after(
        &mut self,
        address: Address,
        slot: U256,
    ) -> Result<U256, WitnessStateError> {
        Ok(self.state.storage(address, slot)?)
    }
}

/// The code as the EVM runs it. Only exactly 23 bytes make a delegation; anything else that
/// starts like one runs into the invalid opcode 0xef.
fn bytecode(code: &Bytes) -> Bytecode {
    Bytecode::new_raw_checked(code.clone())
        .unwrap_or_else(|_malformed_delegation| Bytecode::new_legacy(code.clone()))
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

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::{bytes, hex};
    use std::sync::Arc;

    // Found by fuzzing: revm's unchecked constructor panics on these.
    #[test]
    fn malformed_delegations_are_ordinary_code() {
        let delegation =
            Bytes::from(hex!("ef01001111111111111111111111111111111111111111").to_vec());
        let codes = [
            bytes!("ef0100"),
            bytes!("ef010011"),
            delegation.slice(..22),
            [delegation.as_ref(), &[0]].concat().into(),
            bytes!("ef01ff1111111111111111111111111111111111111111"),
        ];
        let mut state = PartialState { root: B256::ZERO, nodes: Arc::default(), codes: &codes };
        let mut db = WitnessDatabase::new(&state);
        for code in &codes {
            let found = db.code_by_hash(keccak256(code)).unwrap();
            assert!(!found.is_eip7702(), "{code}");
            assert_eq!(found.original_bytes(), *code);
        }
        let codes = [delegation];
        state.codes = &codes;
        let found = WitnessDatabase::new(&state).code_by_hash(keccak256(&codes[0])).unwrap();
        assert!(found.is_eip7702());
    }
}
