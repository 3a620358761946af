//! Appending executed blocks.

use super::{ChainStore, head, history, trie::HashedChanges};
use crate::{
    diff::{AccountDiff, StateDiff},
    error::StorageError,
};
use alloy_consensus::transaction::TxHashRef;
use alloy_eips::BlockNumHash;
use alloy_primitives::{Address, B256, U256};
use rollup_db::{
    AccountBefore, AccountChangesets, Accounts, BlockAddress, BlockBodyIndex, BlockBodyIndices,
    Bytecodes, CanonicalHeaders, DbError, Forkchoice, ForkchoiceKey, HeaderNumbers, Headers,
    Receipts, Senders, Signatures, Storage, StorageBefore, StorageChangesets, StorageKey,
    TransactionNumbers, Transactions, WriteTx,
};
use rollup_primitives::{BlockSignature, RecoveredBlock, ScrollReceipt};
use std::collections::BTreeMap;

/// A block with everything its execution gave.
#[derive(Clone, Debug)]
pub struct ExecutedBlock {
    /// Block and senders.
    pub block: RecoveredBlock,
    /// Receipt of each transaction.
    pub receipts: Vec<ScrollReceipt>,
    /// Changes of the state.
    pub diff: StateDiff,
    /// Signature of the authorized signer, if it is known.
    pub signature: Option<BlockSignature>,
}

impl ExecutedBlock {
    fn id(&self) -> BlockNumHash {
        BlockNumHash::new(self.block.number, self.block.hash())
    }
}

impl ChainStore {
    /// Appends blocks to the head in one durable transaction. Returns the state root behind the
    /// last one.
    ///
    /// # Errors
    /// [`StorageError::NotAChild`] if a block does not follow the one before it, and those of the
    /// database. Nothing is stored then.
    pub fn append(&self, blocks: &[ExecutedBlock]) -> Result<B256, StorageError> {
        let tx = self.db.begin_write()?;
        let mut parent = head(&tx)?;
        let mut changes = HashedChanges::default();
        for block in blocks {
            let id = block.id();
            if id.number != parent.number + 1 || block.block.parent_hash != parent.hash {
                return Err(StorageError::NotAChild { block: id, parent });
            }
            append_block(&tx, block)?;
            append_diff(&tx, id.number, &block.diff, &mut changes)?;
            parent = id;
        }
        let state_root = changes.apply(&tx)?;
        tx.put::<Forkchoice>(&ForkchoiceKey::Head, &parent)?;
        tx.commit()?;
        Ok(state_root)
    }
}

/// Writes header, body, senders and receipts.
fn append_block(tx: &WriteTx, executed: &ExecutedBlock) -> Result<(), StorageError> {
    let BlockNumHash { number, hash } = executed.id();
    tx.append::<CanonicalHeaders>(&number, &hash)?;
    tx.append::<Headers>(&number, executed.block.header())?;
    tx.put::<HeaderNumbers>(&hash, &number)?;
    if let Some(signature) = &executed.signature {
        tx.append::<Signatures>(&number, signature)?;
    }

    let first_transaction = next_transaction(tx, number)?;
    let transactions = &executed.block.body().transactions;
    let index = BlockBodyIndex { first_transaction, transaction_count: transactions.len() as u64 };
    tx.append::<BlockBodyIndices>(&number, &index)?;
    let rows = transactions.iter().zip(executed.block.senders()).zip(&executed.receipts);
    for (at, ((transaction, sender), receipt)) in (first_transaction..).zip(rows) {
        tx.append::<Transactions>(&at, transaction)?;
        tx.append::<Senders>(&at, sender)?;
        tx.append::<Receipts>(&at, receipt)?;
        tx.put::<TransactionNumbers>(transaction.tx_hash(), &at)?;
    }
    Ok(())
}

fn next_transaction(tx: &WriteTx, number: u64) -> Result<u64, StorageError> {
    let Some(parent) = number.checked_sub(1) else { return Ok(0) };
    let index = tx
        .get::<BlockBodyIndices>(&parent)?
        .ok_or(StorageError::Missing { table: "BlockBodyIndices", number: parent })?;
    Ok(index.transactions().end)
}

/// Writes changesets, history and the state, and notes what the tries have to change.
fn append_diff(
    tx: &WriteTx,
    number: u64,
    diff: &StateDiff,
    changes: &mut HashedChanges,
) -> Result<(), StorageError> {
    for (hash, code) in &diff.codes {
        tx.put::<Bytecodes>(hash, code)?;
    }
    for (&address, account) in &diff.accounts {
        let before = AccountBefore { address, account: account.before };
        tx.append_dup::<AccountChangesets>(&number, &before)?;
        history::push_account(tx, address, number)?;
        match &account.after {
            Some(after) => tx.put::<Accounts>(&address, after)?,
            None => drop(tx.delete::<Accounts>(&address)?),
        }
        changes.account(address, account.after);

        for (slot, before, after) in changed_slots(tx, address, account)? {
            let slot = B256::from(slot);
            let key = BlockAddress { number, address };
            tx.append_dup::<StorageChangesets>(&key, &StorageBefore { slot, value: before })?;
            history::push_slot(tx, address, slot, number)?;
            put_slot(tx, address, slot, after)?;
            changes.slot(address, slot, after);
        }
    }
    Ok(())
}

/// Slots in order, with their values before and after. An account that ceases to exist loses all.
fn changed_slots(
    tx: &WriteTx,
    address: Address,
    account: &AccountDiff,
) -> Result<Vec<(U256, U256, U256)>, StorageError> {
    let mut slots: BTreeMap<U256, (U256, U256)> =
        account.storage.iter().map(|(slot, diff)| (*slot, (diff.before, diff.after))).collect();
    if account.after.is_none() {
        slots.retain(|_, (before, _)| !before.is_zero());
        for entry in tx.walk::<Storage>(slots_of(address))? {
            let (key, value) = entry?;
            slots.insert(key.slot.into(), (value, U256::ZERO));
        }
    }
    Ok(slots.into_iter().map(|(slot, (before, after))| (slot, before, after)).collect())
}

const fn slots_of(address: Address) -> std::ops::RangeInclusive<StorageKey> {
    StorageKey { address, slot: B256::ZERO }..=StorageKey { address, slot: B256::repeat_byte(0xff) }
}

/// Writes a slot of the plain state; zero removes it.
pub(super) fn put_slot(
    tx: &WriteTx,
    address: Address,
    slot: B256,
    value: U256,
) -> Result<(), DbError> {
    let key = StorageKey { address, slot };
    if value.is_zero() {
        tx.delete::<Storage>(&key).map(drop)
    } else {
        tx.put::<Storage>(&key, &value)
    }
}
