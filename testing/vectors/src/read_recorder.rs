//! What a block reads of the state.

use alloy_primitives::{Address, B256, U256};
use revm::{
    Database,
    database::{CacheDB, EmptyDB},
    state::{AccountInfo, Bytecode},
};
use rollup_stateless::{BlockWitness, WitnessDatabase, WitnessStateError};

/// Copies everything that is read from a witness.
#[derive(Debug)]
pub struct ReadRecorder {
    witness: WitnessDatabase,
    reads: CacheDB<EmptyDB>,
}

impl ReadRecorder {
    /// The state of a witness, of which nothing has been read yet.
    pub fn new(witness: &BlockWitness) -> Self {
        Self { witness: WitnessDatabase::new(&witness.state()), reads: CacheDB::default() }
    }

    /// What has been read: accounts that exist, their slots, and codes.
    pub fn into_reads(self) -> CacheDB<EmptyDB> {
        self.reads
    }
}

impl Database for ReadRecorder {
    type Error = WitnessStateError;

    fn basic(&mut self, address: Address) -> Result<Option<AccountInfo>, Self::Error> {
        let info = self.witness.basic(address)?;
        if let Some(info) = &info {
            self.reads.insert_account_info(address, info.clone());
        }
        Ok(info)
    }

    fn code_by_hash(&mut self, hash: B256) -> Result<Bytecode, Self::Error> {
        let code = self.witness.code_by_hash(hash)?;
        self.reads.cache.contracts.insert(hash, code.clone());
        Ok(code)
    }

    fn storage(&mut self, address: Address, slot: U256) -> Result<U256, Self::Error> {
        let value = self.witness.storage(address, slot)?;
        self.reads.cache.accounts.entry(address).or_default().storage.insert(slot, value);
        Ok(value)
    }

    fn block_hash(&mut self, number: u64) -> Result<B256, Self::Error> {
        // No recorded block reads one.
        self.witness.block_hash(number)
    }
}
