//! A database that fails when an account is read.

use alloy_primitives::{Address, B256, U256};
use revm::{Database, bytecode::Bytecode, database_interface::DBErrorMarker, state::AccountInfo};

/// Refuses to serve one account.
#[derive(Clone, Debug)]
pub(crate) struct Forbidden<DB> {
    pub(crate) db: DB,
    pub(crate) account: Address,
}

/// The forbidden account was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("account {0} was read")]
pub(crate) struct ForbiddenRead(Address);

impl DBErrorMarker for ForbiddenRead {}

impl<DB: Database> Forbidden<DB> {
    fn check(&self, address: Address) -> Result<(), ForbiddenRead> {
        if address == self.account { Err(ForbiddenRead(address)) } else { Ok(()) }
    }
}

impl<DB: Database> Database for Forbidden<DB> {
    type Error = ForbiddenRead;

    fn basic(&mut self, address: Address) -> Result<Option<AccountInfo>, ForbiddenRead> {
        self.check(address)?;
        Ok(self.db.basic(address).unwrap())
    }

    fn code_by_hash(&mut self, code_hash: B256) -> Result<Bytecode, ForbiddenRead> {
        Ok(self.db.code_by_hash(code_hash).unwrap())
    }

    fn storage(&mut self, address: Address, index: U256) -> Result<U256, ForbiddenRead> {
        self.check(address)?;
        Ok(self.db.storage(address, index).unwrap())
    }

    fn block_hash(&mut self, number: u64) -> Result<B256, ForbiddenRead> {
        Ok(self.db.block_hash(number).unwrap())
    }
}
