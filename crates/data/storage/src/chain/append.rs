//! Appending executed blocks.

use super::{ChainStore, head, history, merged::MergedChanges};
use crate::{
    block::ExecutedBlock,
    cache::CommittedChanges,
    diff::StateDiff,
    error::StorageError,
    log::{SignedBlockId, SignedRecord},
    rollup,
};
use alloy_consensus::transaction::TxHashRef;
use alloy_eips::BlockNumHash;
use alloy_primitives::{Address, B256, U256};
use rollup_db::{
    AccountBefore, AccountChangesets, BlockAddress, BlockBodyIndex, BlockBodyIndices,
    CanonicalHeaders, DbError, Forkchoice, ForkchoiceKey, HeaderNumbers, Headers, Metadata,
    MetadataKey, Receipts, Senders, Signatures, SignedHeight, SingleKey, Storage, StorageBefore,
    StorageChangesets, StorageKey, TransactionNumbers, Transactions, WriteTx,
};
use std::{borrow::Borrow, collections::BTreeMap};

/// Which blocks changed what: many blocks of a batch change the same accounts and slots.
#[derive(Default)]
struct Touched {
    accounts: BTreeMap<Address, Vec<u64>>,
    slots: BTreeMap<(Address, B256), Vec<u64>>,
}

impl ChainStore {
    /// Appends blocks to the head in one durable transaction.
    ///
    /// # Errors
    /// [`StorageError::NotAChild`] if a block does not follow the one before it, and those of the
    /// database. Nothing is stored then.
    pub fn append<B: Borrow<ExecutedBlock>>(&self, blocks: &[B]) -> Result<(), StorageError> {
        self.append_logged(blocks, None, None)
    }

    /// Appends blocks, and notes how far the block log is applied then, and what was signed.
    pub(crate) fn append_logged<B: Borrow<ExecutedBlock>>(
        &self,
        blocks: &[B],
        log_sequence: Option<u64>,
        signed: Option<SignedRecord>,
    ) -> Result<(), StorageError> {
        let tx = self.db.begin_write()?;
        let changes = append_blocks(&tx, blocks)?;
        if let Some(sequence) = log_sequence {
            put_log_sequence(&tx, sequence)?;
        }
        if let Some(signed) = signed {
            put_signed(&tx, signed)?;
        }
        self.commit(tx, &changes)
    }

    /// Notes what was signed.
    pub(crate) fn put_signed(&self, signed: SignedRecord) -> Result<(), StorageError> {
        let tx = self.db.begin_write()?;
        put_signed(&tx, signed)?;
        self.commit(tx, &CommittedChanges::default())
    }
}

fn put_signed(tx: &WriteTx, signed: SignedRecord) -> Result<(), DbError> {
    let SignedRecord { sequence, signed: SignedBlockId { number, hash } } = signed;
    tx.put::<SignedHeight>(&SingleKey::Single, &BlockNumHash::new(number, hash))?;
    let bytes = sequence.to_be_bytes().to_vec();
    tx.put::<Metadata>(&MetadataKey::SignedSequence, &bytes.into())
}

/// Notes how far the block log is applied.
pub(super) fn put_log_sequence(tx: &WriteTx, sequence: u64) -> Result<(), DbError> {
    let bytes = sequence.to_be_bytes().to_vec();
    tx.put::<Metadata>(&MetadataKey::LogSequence, &bytes.into())
}

/// Appends blocks to the head that `tx` sees, and moves it. Returns what the cache must know.
fn append_blocks<B: Borrow<ExecutedBlock>>(
    tx: &WriteTx,
    blocks: &[B],
) -> Result<CommittedChanges, StorageError> {
    let mut parent = head(tx)?;
    let mut merged = MergedChanges::default();
    let mut touched = Touched::default();
    for block in blocks {
        let block = block.borrow();
        if !block.follows(parent) {
            return Err(StorageError::NotAChild { block: block.id(), parent });
        }
        append_block(tx, block)?;
        append_changesets(tx, block.block.number, block.changes.diff(), &mut touched)?;
        merged.add(&block.changes);
        parent = block.id();
    }
    for (address, numbers) in touched.accounts {
        history::push_account(tx, address, &numbers)?;
    }
    for ((address, slot), numbers) in touched.slots {
        history::push_slot(tx, address, slot, &numbers)?;
    }
    tx.put::<Forkchoice>(&ForkchoiceKey::Head, &parent)?;
    Ok(merged.write(tx)?)
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
    rollup::include_messages(tx, number, transactions)
}

fn next_transaction(tx: &WriteTx, number: u64) -> Result<u64, StorageError> {
    let Some(parent) = number.checked_sub(1) else { return Ok(0) };
    let index = tx
        .get::<BlockBodyIndices>(&parent)?
        .ok_or(StorageError::Missing { table: "BlockBodyIndices", number: parent })?;
    Ok(index.transactions().end)
}

/// Writes what was there before the block.
fn append_changesets(
    tx: &WriteTx,
    number: u64,
    diff: &StateDiff,
    touched: &mut Touched,
) -> Result<(), StorageError> {
    for (&address, account) in &diff.accounts {
        let before = AccountBefore { address, account: account.before };
        tx.append_dup::<AccountChangesets>(&number, &before)?;
        touched.accounts.entry(address).or_default().push(number);
        let key = BlockAddress { number, address };
        for (slot, slot_diff) in &account.storage {
            let slot = B256::from(*slot);
            let before = StorageBefore { slot, value: slot_diff.before };
            tx.append_dup::<StorageChangesets>(&key, &before)?;
            touched.slots.entry((address, slot)).or_default().push(number);
        }
    }
    Ok(())
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
