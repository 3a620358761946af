//! Taking blocks off the head.

use super::{
    ChainStore,
    append::{put_log_sequence, put_slot},
    head, history, point,
    trie::HashedChanges,
};
use crate::{
    error::StorageError,
    prune,
    rollup::{self, RollupChange},
};
use alloy_consensus::transaction::TxHashRef;
use alloy_eips::BlockNumHash;
use alloy_primitives::{Address, B256};
use rollup_db::{
    AccountBefore, AccountChangesets, Accounts, BlockAddress, BlockBodyIndices, CanonicalHeaders,
    Forkchoice, ForkchoiceKey, HeaderNumbers, Headers, Mode, Receipts, Senders, Signatures,
    StorageBefore, StorageChangesets, TransactionNumbers, Transactions, Tx, WriteTx,
};

impl ChainStore {
    /// Takes all blocks above `to` off the chain in one durable transaction: afterwards every table
    /// is as it was when `to` was the head. Only contract codes stay. A safe block above `to` moves
    /// back to it.
    ///
    /// # Errors
    /// [`StorageError::AboveHead`] if the chain does not reach `to`,
    /// [`StorageError::BelowFinalized`] if a finalized block would go, [`StorageError::Pruned`] if
    /// the state after `to` is no longer there, and those of the database. Nothing changes then.
    pub fn unwind(&self, to: u64) -> Result<(), StorageError> {
        self.unwind_with(to, &[], None)
    }

    /// Unwinds, applies changes of the rollup records, and notes how far the block log is applied
    /// then.
    pub(crate) fn unwind_with(
        &self,
        to: u64,
        rollup_changes: &[RollupChange],
        log_sequence: Option<u64>,
    ) -> Result<(), StorageError> {
        let tx = self.db.begin_write()?;
        let from = head(&tx)?.number;
        if to > from {
            return Err(StorageError::AboveHead { to, head: from });
        }
        check_unwind(&tx, to)?;
        rollup::release_batches_above(&tx, to)?;
        let mut changes = HashedChanges::default();
        for number in (to + 1..=from).rev() {
            unwind_storage(&tx, number, &mut changes)?;
            unwind_accounts(&tx, number, &mut changes)?;
            unwind_block(&tx, number)?;
        }
        changes.apply(&tx)?;
        let hash = tx
            .get::<CanonicalHeaders>(&to)?
            .ok_or(StorageError::Missing { table: "CanonicalHeaders", number: to })?;
        let new_head = BlockNumHash::new(to, hash);
        tx.put::<Forkchoice>(&ForkchoiceKey::Head, &new_head)?;
        if point(&tx, ForkchoiceKey::Safe)?.number > to {
            tx.put::<Forkchoice>(&ForkchoiceKey::Safe, &new_head)?;
        }
        for change in rollup_changes {
            rollup::apply(&tx, change)?;
        }
        if let Some(sequence) = log_sequence {
            put_log_sequence(&tx, sequence)?;
        }
        self.commit_and_forget(tx)
    }

    /// Refuses an unwind that the chain does not permit.
    pub(crate) fn check_unwind(&self, to: u64) -> Result<(), StorageError> {
        check_unwind(&self.db.begin_read()?, to)
    }
}

fn check_unwind<M: Mode>(tx: &Tx<M>, to: u64) -> Result<(), StorageError> {
    let finalized = point(tx, ForkchoiceKey::Finalized)?.number;
    if to < finalized {
        return Err(StorageError::BelowFinalized { to, finalized });
    }
    prune::ensure_state(tx, to)
}

fn unwind_storage(
    tx: &WriteTx,
    number: u64,
    changes: &mut HashedChanges,
) -> Result<(), StorageError> {
    let first = BlockAddress { number, address: Address::ZERO };
    let last = BlockAddress { number, address: Address::repeat_byte(0xff) };
    let entries = tx.walk::<StorageChangesets>(first..=last)?.collect::<Result<Vec<_>, _>>()?;
    for (key, before) in entries {
        let StorageBefore { slot, value } = before;
        put_slot(tx, key.address, slot, value)?;
        history::remove_slot(tx, key.address, slot, number)?;
        changes.slot(key.address, slot, value);
        tx.delete::<StorageChangesets>(&key)?;
    }
    Ok(())
}

fn unwind_accounts(
    tx: &WriteTx,
    number: u64,
    changes: &mut HashedChanges,
) -> Result<(), StorageError> {
    let entries = tx.walk_dup::<AccountChangesets>(number)?.collect::<Result<Vec<_>, _>>()?;
    for AccountBefore { address, account } in entries {
        match &account {
            Some(account) => tx.put::<Accounts>(&address, account)?,
            None => drop(tx.delete::<Accounts>(&address)?),
        }
        history::remove_account(tx, address, number)?;
        changes.account(address, account);
    }
    tx.delete::<AccountChangesets>(&number)?;
    Ok(())
}

fn unwind_block(tx: &WriteTx, number: u64) -> Result<(), StorageError> {
    let missing = |table| StorageError::Missing { table, number };
    let hash: B256 =
        tx.get::<CanonicalHeaders>(&number)?.ok_or_else(|| missing("CanonicalHeaders"))?;
    let index = tx.get::<BlockBodyIndices>(&number)?.ok_or_else(|| missing("BlockBodyIndices"))?;
    let mut transactions = Vec::new();
    for at in index.transactions() {
        let transaction = tx.get::<Transactions>(&at)?.ok_or_else(|| missing("Transactions"))?;
        tx.delete::<TransactionNumbers>(transaction.tx_hash())?;
        tx.delete::<Transactions>(&at)?;
        tx.delete::<Senders>(&at)?;
        tx.delete::<Receipts>(&at)?;
        transactions.push(transaction);
    }
    rollup::exclude_messages(tx, number, &transactions)?;
    tx.delete::<BlockBodyIndices>(&number)?;
    tx.delete::<Signatures>(&number)?;
    tx.delete::<HeaderNumbers>(&hash)?;
    tx.delete::<Headers>(&number)?;
    tx.delete::<CanonicalHeaders>(&number)?;
    Ok(())
}
