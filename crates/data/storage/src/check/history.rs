//! The history indices say what the changesets say.
//!
//! Pruning takes everything up to the history start out of both, but not at once, and out of the
//! index first.

use super::{
    read::{Found, bytes_of, entries},
    run::Run,
    sketch::Sketch,
};
use crate::error::StorageError;
use alloy_primitives::{Address, B256};
use rollup_db::{
    AccountBefore, AccountChangesets, AccountHistory, AccountShard, BlockAddress, BlockList,
    Cursor, DbError, DupTable, Key, ReadOnly, StorageBefore, StorageChangesets, StorageHistory,
    StorageShard, Table,
};
use std::rc::Rc;

/// An index, and the changesets that it is an index of.
trait History: Table<Value = BlockList> {
    /// What the blocks changed.
    type Subject: Copy + PartialEq;
    type Changes: DupTable;

    /// What a shard is about, and the number in its key.
    fn split(key: &Self::Key) -> (Self::Subject, u64);

    fn key(subject: Self::Subject, number: u64) -> Self::Key;

    /// What an entry of a changeset is about, and its block.
    fn change(
        key: &<Self::Changes as Table>::Key,
        value: &<Self::Changes as Table>::Value,
    ) -> (Self::Subject, u64);

    fn change_key(subject: Self::Subject, number: u64) -> <Self::Changes as Table>::Key;

    /// Whether the changeset of a block has the subject; `Damaged` if that cannot be said.
    fn find_change(
        changes: &mut Cursor<'_, Self::Changes, ReadOnly>,
        subject: Self::Subject,
        number: u64,
    ) -> Result<Found<()>, DbError>;

    fn describe(subject: Self::Subject) -> String;
}

impl History for AccountHistory {
    type Subject = Address;
    type Changes = AccountChangesets;

    fn split(key: &AccountShard) -> (Address, u64) {
        (key.address, key.highest_block)
    }

    fn key(address: Address, number: u64) -> AccountShard {
        AccountShard { address, highest_block: number }
    }

    fn change(number: &u64, before: &AccountBefore) -> (Address, u64) {
        (before.address, *number)
    }

    fn change_key(_: Address, number: u64) -> u64 {
        number
    }

    fn find_change(
        changes: &mut Cursor<'_, AccountChangesets, ReadOnly>,
        address: Address,
        number: u64,
    ) -> Result<Found<()>, DbError> {
        let found = changes.seek_dup(&number, &address);
        Found::of(found.map(|found| found.filter(|before| before.address == address).map(drop)))
    }

    fn describe(address: Address) -> String {
        format!("account {address:#x}")
    }
}

impl History for StorageHistory {
    type Subject = (Address, B256);
    type Changes = StorageChangesets;

    fn split(key: &StorageShard) -> (Self::Subject, u64) {
        ((key.address, key.slot), key.highest_block)
    }

    fn key((address, slot): Self::Subject, number: u64) -> StorageShard {
        StorageShard { address, slot, highest_block: number }
    }

    fn change(key: &BlockAddress, before: &StorageBefore) -> (Self::Subject, u64) {
        ((key.address, before.slot), key.number)
    }

    fn change_key((address, _): Self::Subject, number: u64) -> BlockAddress {
        BlockAddress { number, address }
    }

    fn find_change(
        changes: &mut Cursor<'_, StorageChangesets, ReadOnly>,
        (address, slot): Self::Subject,
        number: u64,
    ) -> Result<Found<()>, DbError> {
        let found = changes.seek_dup(&BlockAddress { number, address }, &slot);
        Found::of(found.map(|found| found.filter(|before| before.slot == slot).map(drop)))
    }

    fn describe((_, slot): Self::Subject) -> String {
        format!("slot {slot}")
    }
}

pub(super) fn check_accounts(run: &mut Run<'_>) -> Result<(), StorageError> {
    check::<AccountHistory>(run)
}

pub(super) fn check_storage(run: &mut Run<'_>) -> Result<(), StorageError> {
    check::<StorageHistory>(run)
}

fn check<T: History>(run: &mut Run<'_>) -> Result<(), StorageError> {
    run.begin(run.tx.entry_count::<T>()? + run.tx.entry_count::<T::Changes>()?);
    // Changes above the start of the history that are in no shard. Every block of a shard is looked up, so there are no others.
    let mut unindexed = Sketch::default();
    check_shards::<T>(run, &mut unindexed)?;
    check_changes::<T>(run, &mut unindexed)?;
    let (keys, others) = unindexed.difference();
    // First, so that it is kept.
    if others > 0 {
        let problem = format!("has {others} more changes that {} does not have", T::NAME);
        run.find_in(<T::Changes as Table>::NAME, String::new(), problem);
    }
    for bytes in keys {
        let Ok(key) = T::Key::decode(&bytes) else { continue };
        let (subject, number) = T::split(&key);
        let problem = format!("changes {}, which {} does not say", T::describe(subject), T::NAME);
        run.find::<T::Changes>(&T::change_key(subject, number), problem);
    }
    Ok(())
}

/// Each shard is in order and ends where its key says, and every block in it is right.
fn check_shards<T: History>(run: &mut Run<'_>, unindexed: &mut Sketch) -> Result<(), StorageError> {
    let tx = Rc::clone(&run.tx);
    let mut changes = tx.cursor::<T::Changes>()?;
    // Key and last block of the shard before.
    let mut previous: Option<(T::Key, u64)> = None;
    for entry in entries::<T>(&tx)? {
        let (key, blocks) = entry?;
        run.step();
        let (subject, highest_block) = T::split(&key);
        let before = previous.take().filter(|(key, _)| {
            T::split(key).0 == subject || {
                report_unfinished::<T>(run, key);
                false
            }
        });
        let (Some(first), Some(last)) = (blocks.first(), blocks.last()) else {
            run.find::<T>(&key, "is an empty shard");
            previous = Some((key, before.map_or(0, |(_, last)| last)));
            continue;
        };
        if let Some((_, end)) = before
            && first <= end
        {
            let problem = format!("begins with block {first}, the shard before ends with {end}");
            run.find::<T>(&key, problem);
        }
        if highest_block != u64::MAX && highest_block != last {
            run.find::<T>(&key, format!("ends with block {last}"));
        }
        for number in blocks.as_slice() {
            check_block::<T>(run, &mut changes, &key, *number, unindexed)?;
        }
        previous = Some((key, last));
    }
    if let Some((key, _)) = previous {
        report_unfinished::<T>(run, &key);
    }
    Ok(())
}

/// The last shard of a subject is still growing.
fn report_unfinished<T: History>(run: &mut Run<'_>, last: &T::Key) {
    if T::split(last).1 != u64::MAX {
        run.find::<T>(last, "is a full shard that no growing one follows");
    }
}

fn check_block<T: History>(
    run: &mut Run<'_>,
    changes: &mut Cursor<'_, T::Changes, ReadOnly>,
    key: &T::Key,
    number: u64,
    unindexed: &mut Sketch,
) -> Result<(), StorageError> {
    let subject = T::split(key).0;
    match T::find_change(changes, subject, number)? {
        Found::Here(()) if number > run.history_start => {
            unindexed.remove(&bytes_of(&T::key(subject, number)));
        }
        Found::Here(()) | Found::Damaged => {}
        Found::Missing => {
            let table = <T::Changes as Table>::NAME;
            run.find::<T>(key, format!("has block {number}, whose {table} do not have it"));
        }
    }
    Ok(())
}

/// Each entry of a changeset is of a block in the chain, and there once. What pruning has not come
/// to yet may be there below the start of the history, but the shards need not have it any more.
fn check_changes<T: History>(
    run: &mut Run<'_>,
    unindexed: &mut Sketch,
) -> Result<(), StorageError> {
    let mut previous = None;
    let tx = Rc::clone(&run.tx);
    for entry in entries::<T::Changes>(&tx)? {
        let (key, value) = entry?;
        run.step();
        let (subject, number) = T::change(&key, &value);
        if number >= run.end_block {
            let problem = format!("changes {} in a block above the head", T::describe(subject));
            run.find::<T::Changes>(&key, problem);
        }
        if number == 0 {
            let problem = format!("changes {} in genesis", T::describe(subject));
            run.find::<T::Changes>(&key, problem);
        }
        if previous == Some((subject, number)) {
            run.find::<T::Changes>(&key, format!("changes {} twice", T::describe(subject)));
        } else if number > run.history_start {
            unindexed.add(&bytes_of(&T::key(subject, number)));
        }
        previous = Some((subject, number));
    }
    Ok(())
}
