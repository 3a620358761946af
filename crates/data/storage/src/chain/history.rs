//! The indices of which blocks changed an account or a slot.
//!
//! A key's blocks are split into shards. The last shard has the highest possible number in its
//! key, a full one the last block it holds, so that the first shard at or above a block is the
//! only one to look at.

use crate::error::StorageError;
use alloy_primitives::{Address, B256};
use rollup_db::{
    AccountHistory, AccountShard, BlockList, Mode, StorageHistory, StorageShard, Table, Tx, WriteTx,
};

/// Blocks in a full shard.
const SHARD_BLOCKS: usize = 2_000;
/// Number in the key of a last shard.
const LAST_SHARD: u64 = u64::MAX;

/// A table of shards, for one kind of key.
pub(crate) trait Shards: Table<Value = BlockList> {
    /// What the blocks changed.
    type Subject: Copy + Ord;

    fn key(subject: Self::Subject, highest_block: u64) -> Self::Key;

    fn is_of(key: &Self::Key, subject: Self::Subject) -> bool;
}

impl Shards for AccountHistory {
    type Subject = Address;

    fn key(address: Address, highest_block: u64) -> AccountShard {
        AccountShard { address, highest_block }
    }

    fn is_of(key: &AccountShard, address: Address) -> bool {
        key.address == address
    }
}

impl Shards for StorageHistory {
    type Subject = (Address, B256);

    fn key((address, slot): Self::Subject, highest_block: u64) -> StorageShard {
        StorageShard { address, slot, highest_block }
    }

    fn is_of(key: &StorageShard, (address, slot): Self::Subject) -> bool {
        key.address == address && key.slot == slot
    }
}

/// Adds blocks, ascending and above those that are there.
pub(super) fn push_account(
    tx: &WriteTx,
    address: Address,
    numbers: &[u64],
) -> Result<(), StorageError> {
    push::<AccountHistory>(tx, address, numbers)
}

/// Adds blocks, ascending and above those that are there.
pub(super) fn push_slot(
    tx: &WriteTx,
    address: Address,
    slot: B256,
    numbers: &[u64],
) -> Result<(), StorageError> {
    push::<StorageHistory>(tx, (address, slot), numbers)
}

pub(super) fn remove_account(
    tx: &WriteTx,
    address: Address,
    number: u64,
) -> Result<(), StorageError> {
    remove::<AccountHistory>(tx, address, number)
}

pub(super) fn remove_slot(
    tx: &WriteTx,
    address: Address,
    slot: B256,
    number: u64,
) -> Result<(), StorageError> {
    remove::<StorageHistory>(tx, (address, slot), number)
}

/// The first block at or above `from` that changed an account.
pub(super) fn next_account_change<M: Mode>(
    tx: &Tx<M>,
    address: Address,
    from: u64,
) -> Result<Option<u64>, StorageError> {
    next_change::<AccountHistory, M>(tx, address, from)
}

/// The last block at or below `to` that changed an account.
pub(super) fn last_account_change<M: Mode>(
    tx: &Tx<M>,
    address: Address,
    to: u64,
) -> Result<Option<u64>, StorageError> {
    last_change::<AccountHistory, M>(tx, address, to)
}

/// The first block at or above `from` that changed a slot.
pub(super) fn next_slot_change<M: Mode>(
    tx: &Tx<M>,
    address: Address,
    slot: B256,
    from: u64,
) -> Result<Option<u64>, StorageError> {
    next_change::<StorageHistory, M>(tx, (address, slot), from)
}

fn next_change<T: Shards, M: Mode>(
    tx: &Tx<M>,
    subject: T::Subject,
    from: u64,
) -> Result<Option<u64>, StorageError> {
    let found = tx.cursor::<T>()?.seek(&T::key(subject, from))?;
    Ok(found
        .filter(|(key, _)| T::is_of(key, subject))
        .and_then(|(_, blocks)| blocks.first_from(from)))
}

fn last_change<T: Shards, M: Mode>(
    tx: &Tx<M>,
    subject: T::Subject,
    to: u64,
) -> Result<Option<u64>, StorageError> {
    let key = T::key(subject, to);
    // The shard that holds `to`, if any does; it may begin above it.
    let here = tx.cursor::<T>()?.seek(&key)?.filter(|(key, _)| T::is_of(key, subject));
    if let Some(number) = here.and_then(|(_, blocks)| blocks.last_to(to)) {
        return Ok(Some(number));
    }
    let before = tx.walk_back::<T>(T::key(subject, 0)..key)?.next().transpose()?;
    Ok(before.filter(|(key, _)| T::is_of(key, subject)).and_then(|(_, blocks)| blocks.last_to(to)))
}

fn push<T: Shards>(tx: &WriteTx, subject: T::Subject, numbers: &[u64]) -> Result<(), StorageError> {
    let last = T::key(subject, LAST_SHARD);
    let mut blocks = tx.get::<T>(&last)?.unwrap_or_default();
    for number in numbers {
        blocks.push(*number);
        if blocks.len() > SHARD_BLOCKS {
            let rest = blocks.split_off(SHARD_BLOCKS);
            let highest = blocks.last().unwrap_or_default();
            tx.put::<T>(&T::key(subject, highest), &blocks)?;
            blocks = rest;
        }
    }
    Ok(tx.put::<T>(&last, &blocks)?)
}

/// Takes out the blocks from `number` on, which the last shard holds, and leaves the shards as
/// they were before those blocks.
fn remove<T: Shards>(tx: &WriteTx, subject: T::Subject, number: u64) -> Result<(), StorageError> {
    let last = T::key(subject, LAST_SHARD);
    let Some(mut blocks) = tx.get::<T>(&last)? else { return Ok(()) };
    blocks.truncate_from(number);
    if !blocks.is_empty() {
        return Ok(tx.put::<T>(&last, &blocks)?);
    }
    tx.delete::<T>(&last)?;
    // The shard before, if there is one, was the last one when it became full.
    let before = tx.walk_back::<T>(T::key(subject, 0)..last.clone())?.next().transpose()?;
    if let Some((key, blocks)) = before.filter(|(key, _)| T::is_of(key, subject)) {
        tx.delete::<T>(&key)?;
        tx.put::<T>(&last, &blocks)?;
    }
    Ok(())
}
