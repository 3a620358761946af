//! Reading the state after any block.

use super::{ChainView, head, history};
use crate::{block::ExecutedBlock, cache::StateCache, error::StorageError, overlay, prune};
use alloy_primitives::{Address, B256, Bytes, U256};
use revm::bytecode::Bytecode;
use rollup_db::{
    Account, AccountChangesets, Accounts, BlockAddress, Bytecodes, ReadTx, Storage,
    StorageChangesets, StorageKey,
};
use std::sync::Arc;

/// The state after one block.
#[derive(Debug)]
pub struct StateReader<'view> {
    pub(super) tx: &'view ReadTx,
    /// Blocks on top of those of the transaction.
    pub(super) blocks: &'view [Arc<ExecutedBlock>],
    /// First block of the transaction whose changes are not seen; `None` if all are.
    pub(super) before: Option<u64>,
    cache: &'view StateCache,
    /// Number of the transaction's snapshot.
    snapshot: u64,
}

/// What is asked for is not in memory.
struct NotInMemory;

impl ChainView {
    /// The state after the head.
    pub fn latest_state(&self) -> StateReader<'_> {
        self.state(self.layers.blocks(), None)
    }

    /// The state of the database, without the blocks on top of it.
    pub(super) fn stored_state(&self) -> StateReader<'_> {
        self.state(&[], None)
    }

    fn state<'view>(
        &'view self,
        blocks: &'view [Arc<ExecutedBlock>],
        before: Option<u64>,
    ) -> StateReader<'view> {
        let Self { tx, cache, snapshot, .. } = self;
        StateReader { tx, blocks, before, cache, snapshot: *snapshot }
    }

    /// The state after block `number`, or `None` if the chain does not reach it.
    ///
    /// # Errors
    /// [`StorageError::Pruned`] if it is no longer there, and those of the database.
    pub fn state_after(&self, number: u64) -> Result<Option<StateReader<'_>>, StorageError> {
        let stored = head(&self.tx)?.number;
        if let Some(above) = number.checked_sub(stored).filter(|above| *above > 0) {
            let count = usize::try_from(above).unwrap_or(usize::MAX);
            let blocks = self.layers.blocks().get(..count);
            return Ok(blocks.map(|blocks| self.state(blocks, None)));
        }
        prune::ensure_state(&self.tx, number)?;
        let before = (number < stored).then_some(number + 1);
        Ok(Some(self.state(&[], before)))
    }
}

impl StateReader<'_> {
    /// The account, or `None` if it does not exist.
    ///
    /// # Errors
    /// Those of the database.
    pub fn account(&self, address: Address) -> Result<Option<Account>, StorageError> {
        if let Some(account) = overlay::account(self.blocks, address) {
            return Ok(account);
        }
        if let Some(before) = self.before {
            return match history::next_account_change(self.tx, address, before)? {
                Some(number) => self.account_before(address, number),
                // The old state passes the cache by: it is for what blocks read.
                None => Ok(self.tx.get::<Accounts>(&address)?),
            };
        }
        let read = || Ok(self.tx.get::<Accounts>(&address)?);
        self.cache.account(self.snapshot, address, read)
    }

    /// The value of a slot; zero if it or the account does not exist.
    ///
    /// # Errors
    /// Those of the database.
    pub fn storage(&self, address: Address, slot: U256) -> Result<U256, StorageError> {
        if let Some(value) = overlay::slot(self.blocks, address, slot) {
            return Ok(value);
        }
        let key = StorageKey { address, slot: B256::from(slot) };
        let read = || Ok(self.tx.get::<Storage>(&key)?.unwrap_or_default());
        let Some(before) = self.before else {
            return self.cache.slot(self.snapshot, address, slot, read);
        };
        match history::next_slot_change(self.tx, address, key.slot, before)? {
            Some(number) => self.slot_before(address, key.slot, number),
            None => read(),
        }
    }

    /// As [`Self::account`], but only if it is in memory: `None` if the database would be read.
    pub fn account_in_memory(&self, address: Address) -> Option<Option<Account>> {
        if let Some(account) = overlay::account(self.blocks, address) {
            return Some(account);
        }
        let is_latest = self.before.is_none();
        let known = || self.cache.account(self.snapshot, address, || Err(NotInMemory)).ok();
        is_latest.then(known).flatten()
    }

    /// As [`Self::storage`], but only if it is in memory: `None` if the database would be read.
    pub fn storage_in_memory(&self, address: Address, slot: U256) -> Option<U256> {
        if let Some(value) = overlay::slot(self.blocks, address, slot) {
            return Some(value);
        }
        let is_latest = self.before.is_none();
        let known = || self.cache.slot(self.snapshot, address, slot, || Err(NotInMemory)).ok();
        is_latest.then(known).flatten()
    }

    /// The code with this hash, or `None` if no contract of the chain ever had it.
    ///
    /// # Errors
    /// Those of the database.
    pub fn code(&self, hash: B256) -> Result<Option<Bytes>, StorageError> {
        match overlay::code(self.blocks, hash) {
            Some(code) => Ok(Some(code.clone())),
            None => Ok(self.tx.get::<Bytecodes>(&hash)?),
        }
    }

    /// The code as the EVM runs it, ready from the cache if it is there.
    pub(super) fn executable_code(&self, hash: B256) -> Result<Option<Bytecode>, StorageError> {
        self.cache.code(hash, || self.code(hash))
    }

    /// What the changeset of block `number` says.
    fn account_before(
        &self,
        address: Address,
        number: u64,
    ) -> Result<Option<Account>, StorageError> {
        let mut cursor = self.tx.cursor::<AccountChangesets>()?;
        cursor
            .seek_dup(&number, &address)?
            .filter(|before| before.address == address)
            .map(|before| before.account)
            .ok_or(StorageError::Missing { table: "AccountChangesets", number })
    }

    fn slot_before(&self, address: Address, slot: B256, number: u64) -> Result<U256, StorageError> {
        let mut cursor = self.tx.cursor::<StorageChangesets>()?;
        cursor
            .seek_dup(&BlockAddress { number, address }, &slot)?
            .filter(|before| before.slot == slot)
            .map(|before| before.value)
            .ok_or(StorageError::Missing { table: "StorageChangesets", number })
    }
}
