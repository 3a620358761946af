//! The stored state as the EVM's database.

use super::StateReader;
use crate::error::StorageError;
use alloy_primitives::{Address, B256, KECCAK256_EMPTY, U256};
use revm::{
    DatabaseRef, bytecode::Bytecode, database_interface::DBErrorMarker, state::AccountInfo,
};
use rollup_db::Account;

impl DBErrorMarker for StorageError {}

impl DatabaseRef for StateReader<'_> {
    type Error = StorageError;

    fn basic_ref(&self, address: Address) -> Result<Option<AccountInfo>, StorageError> {
        Ok(self.account(address)?.map(|Account { nonce, balance, code_hash }| AccountInfo {
            nonce,
            balance,
            code_hash,
            // Fetched by its hash when it is needed; the default would be an empty code.
            code: None,
            ..Default::default()
        }))
    }

    fn code_by_hash_ref(&self, hash: B256) -> Result<Bytecode, StorageError> {
        if hash == KECCAK256_EMPTY {
            return Ok(Bytecode::default());
        }
        self.executable_code(hash)?.ok_or(StorageError::MissingCode { hash })
    }

    fn storage_ref(&self, address: Address, slot: U256) -> Result<U256, StorageError> {
        self.storage(address, slot)
    }

    fn block_hash_ref(&self, number: u64) -> Result<B256, StorageError> {
        // BLOCKHASH reads no block hashes: see `rollup-evm`.
        Err(StorageError::UnexpectedBlockHash { number })
    }
}
