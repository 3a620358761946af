//! Removing changesets, and what the history index says of them.

use crate::{chain::history::Shards, error::StorageError};
use rollup_db::{
    AccountBefore, AccountChangesets, AccountHistory, BlockAddress, StorageBefore,
    StorageChangesets, StorageHistory, Table, WriteTx,
};
use std::collections::BTreeSet;

/// A table of changesets with its history index.
pub(super) trait Changesets: Table {
    type History: Shards;

    fn block(key: &Self::Key) -> u64;

    /// What the entry says the block changed.
    fn subject(key: &Self::Key, value: &Self::Value) -> <Self::History as Shards>::Subject;
}

impl Changesets for AccountChangesets {
    type History = AccountHistory;

    fn block(number: &u64) -> u64 {
        *number
    }

    fn subject(_: &u64, before: &AccountBefore) -> <AccountHistory as Shards>::Subject {
        before.address
    }
}

impl Changesets for StorageChangesets {
    type History = StorageHistory;

    fn block(key: &BlockAddress) -> u64 {
        key.number
    }

    fn subject(key: &BlockAddress, before: &StorageBefore) -> <StorageHistory as Shards>::Subject {
        (key.address, before.slot)
    }
}

/// Removes changesets of blocks up to `last`, oldest first and at most `limit` entries. The history
/// of what they changed then begins above `last`. Returns how many more entries the limit allows.
pub(super) fn remove_changesets<T: Changesets>(
    tx: &WriteTx,
    last: u64,
    limit: u64,
) -> Result<u64, StorageError> {
    let mut left = limit;
    // Each subject once, however many of the blocks changed it, and in the order of the index.
    let mut subjects = BTreeSet::new();
    let mut cursor = tx.cursor::<T>()?;
    let mut entry = cursor.first()?;
    while left > 0
        && let Some((key, value)) = entry
        && T::block(&key) <= last
    {
        subjects.insert(T::subject(&key, &value));
        cursor.delete_current()?;
        left -= 1;
        entry = cursor.next()?;
    }
    for subject in subjects {
        trim_shards::<T::History>(tx, subject, last)?;
    }
    Ok(left)
}

/// Takes the blocks up to `last` out of the shards of a subject. A shard that keeps blocks keeps
/// its key, as its highest block stays.
fn trim_shards<T: Shards>(
    tx: &WriteTx,
    subject: T::Subject,
    last: u64,
) -> Result<(), StorageError> {
    let mut cursor = tx.cursor::<T>()?;
    let mut entry = cursor.seek(&T::key(subject, 0))?;
    while let Some((key, mut blocks)) = entry.filter(|(key, _)| T::is_of(key, subject)) {
        let pruned = blocks.as_slice().partition_point(|number| *number <= last);
        let kept = blocks.split_off(pruned);
        if !kept.is_empty() {
            if pruned > 0 {
                tx.put::<T>(&key, &kept)?;
            }
            break;
        }
        cursor.delete_current()?;
        entry = cursor.next()?;
    }
    Ok(())
}
