//! Steps of readers and the writer in each order that could harm.

use super::{FIRST, account, address, cache, slots};
use crate::cache::{CommittedChanges, HitCount, StateCache};
use std::{cell::Cell, convert::Infallible};

const NEXT: u64 = FIRST + 1;

/// A cache in which slot 1 has had the value 7 since [`FIRST`].
fn warm() -> StateCache {
    let cache = cache();
    cache.read(FIRST, 1, 7);
    assert_eq!(cache.peek(FIRST, 1), Some(7));
    cache
}

#[test]
fn a_value_is_read_once() {
    let cache = cache();
    let reads = Cell::new(0);
    for _ in 0..3 {
        let value = cache.read_with(FIRST, 1, || {
            reads.set(reads.get() + 1);
            7
        });
        assert_eq!(value, 7);
    }
    assert_eq!(reads.get(), 1);
    assert_eq!(cache.stats().slots, HitCount { hits: 2, misses: 1 });
}

#[test]
fn accounts_that_do_not_exist_are_remembered_and_appear() {
    let cache = cache();
    let read = |snapshot, found| {
        let reads = Cell::new(0);
        let account = cache.account(snapshot, address(1), || {
            reads.set(reads.get() + 1);
            Ok::<_, Infallible>(found)
        });
        (account.unwrap(), reads.get())
    };
    assert_eq!(read(FIRST, None), (None, 1));
    assert_eq!(read(FIRST, None), (None, 0));
    let changes =
        |nonce| CommittedChanges { accounts: vec![(address(1), nonce)], slots: Vec::new() };
    cache.commit(NEXT, &changes(account(1)));
    assert_eq!(read(NEXT, None), (account(1), 0));
    cache.commit(NEXT + 1, &changes(None));
    assert_eq!(read(NEXT + 1, account(1)), (None, 0));
    assert_eq!(cache.stats().accounts, HitCount { hits: 3, misses: 1 });
}

#[test]
fn a_failed_read_is_passed_on_and_leaves_nothing() {
    let cache = cache();
    let failed = cache.account(FIRST, address(1), || Err("unreadable"));
    assert_eq!(failed, Err("unreadable"));
    let read = cache.account(FIRST, address(1), || Ok::<_, Infallible>(account(1)));
    assert_eq!(read, Ok(account(1)));
}

#[test]
fn an_older_reader_gets_what_has_not_changed_since() {
    let cache = warm();
    cache.commit(NEXT, &slots(&[(2, 5)]));
    assert_eq!(cache.peek(FIRST, 1), Some(7));
    assert_eq!(cache.peek(NEXT, 1), Some(7));
}

#[test]
fn an_older_reader_does_not_get_a_later_value() {
    let cache = warm();
    cache.commit(NEXT, &slots(&[(1, 8)]));
    assert_eq!(cache.peek(FIRST, 1), None);
    assert_eq!(cache.read(FIRST, 1, 7), 7);
    assert_eq!(cache.peek(NEXT, 1), Some(8));
}

#[test]
fn a_reader_ahead_of_the_cache_does_not_get_the_value_from_before_its_commit() {
    let cache = warm();
    // The database has committed the next snapshot; the cache has not been told.
    assert_eq!(cache.peek(NEXT, 1), None);
    assert_eq!(cache.read(NEXT, 1, 8), 8);
    assert_eq!(cache.peek(FIRST, 1), Some(7));
    cache.commit(NEXT, &slots(&[(1, 8)]));
    assert_eq!(cache.peek(NEXT, 1), Some(8));
}

#[test]
fn a_reader_of_the_new_snapshot_waits_for_the_last_shard() {
    let cache = warm();
    cache.progress.begin(NEXT);
    assert_eq!(cache.peek(NEXT, 1), None);
    cache.write(NEXT, &slots(&[(1, 8)]));
    assert_eq!(cache.peek(NEXT, 1), None, "other shards may be old");
    cache.progress.finish(NEXT);
    assert_eq!(cache.peek(NEXT, 1), Some(8));
}

#[test]
fn a_reader_of_the_old_snapshot_is_served_until_its_shard_changes() {
    let cache = warm();
    cache.progress.begin(NEXT);
    assert_eq!(cache.peek(FIRST, 1), Some(7));
    cache.write(NEXT, &slots(&[(1, 8)]));
    assert_eq!(cache.peek(FIRST, 1), None);
}

#[test]
fn a_value_read_before_a_commit_is_not_left_after_it() {
    let cache = cache();
    let value = cache.read_with(FIRST, 1, || {
        // The commit changes the slot. Its entry is evicted before the reader comes back.
        cache.commit(NEXT, &slots(&[]));
        7
    });
    assert_eq!(value, 7);
    assert_eq!(cache.peek(NEXT, 1), None);
    assert_eq!(cache.peek(FIRST, 1), None);
}

#[test]
fn a_value_read_before_a_commit_is_not_left_in_a_shard_that_the_commit_has_passed() {
    let cache = cache();
    cache.progress.begin(NEXT);
    // The commit has changed the slot; its entry is evicted again.
    cache.leave(FIRST, 1, 7);
    cache.progress.finish(NEXT);
    assert_eq!(cache.peek(NEXT, 1), None);
}

#[test]
fn a_value_left_before_the_commit_reaches_its_shard_is_overwritten() {
    let cache = cache();
    cache.leave(FIRST, 1, 7);
    cache.progress.begin(NEXT);
    cache.write(NEXT, &slots(&[(1, 8)]));
    cache.progress.finish(NEXT);
    assert_eq!(cache.peek(NEXT, 1), Some(8));
    assert_eq!(cache.peek(FIRST, 1), None);
}

#[test]
fn a_value_read_from_the_new_snapshot_is_not_given_to_readers_of_the_old() {
    let cache = cache();
    cache.progress.begin(NEXT);
    cache.leave(NEXT, 1, 8);
    assert_eq!(cache.peek(FIRST, 1), None);
    cache.progress.finish(NEXT);
    assert_eq!(cache.peek(FIRST, 1), None);
    assert_eq!(cache.peek(NEXT, 1), Some(8));
}

#[test]
fn a_late_reader_does_not_take_an_entry_from_older_ones() {
    let cache = warm();
    let value = cache.read_with(NEXT, 1, || {
        cache.commit(NEXT, &slots(&[]));
        7
    });
    assert_eq!(value, 7);
    assert_eq!(cache.peek(FIRST, 1), Some(7));
}

#[test]
fn the_later_of_two_changes_of_one_commit_counts() {
    let cache = cache();
    cache.commit(NEXT, &slots(&[(1, 7), (1, 8)]));
    assert_eq!(cache.peek(NEXT, 1), Some(8));
}

#[test]
fn clearing_forgets_every_value() {
    let cache = warm();
    let read = || Ok::<_, Infallible>(account(1));
    cache.account(FIRST, address(1), read).unwrap();
    cache.clear(NEXT);
    for snapshot in [FIRST, NEXT] {
        assert_eq!(cache.peek(snapshot, 1), None);
        let account = cache.account(snapshot, address(1), || Ok::<_, Infallible>(None));
        assert_eq!(account, Ok(None));
    }
    // A value from before the unwind.
    cache.leave(FIRST, 2, 7);
    assert_eq!(cache.peek(NEXT, 2), None);
    // The cache goes on from there.
    cache.read(NEXT, 1, 9);
    cache.commit(NEXT + 1, &slots(&[]));
    assert_eq!(cache.peek(NEXT + 1, 1), Some(9));
    assert_eq!(cache.stats().drops, 1);
}

#[test]
fn clearing_never_goes_back() {
    let cache = warm();
    cache.commit(NEXT, &slots(&[(1, 8)]));
    cache.clear(FIRST);
    assert_eq!(cache.peek(NEXT, 1), None);
    cache.leave(FIRST, 1, 7);
    assert_eq!(cache.peek(NEXT, 1), None);
    cache.leave(NEXT, 1, 8);
    assert_eq!(cache.peek(NEXT, 1), Some(8));
}

#[test]
fn a_commit_that_was_not_told_costs_the_entries() {
    let cache = warm();
    // The one in between may have changed the slot.
    cache.commit(NEXT + 1, &slots(&[(2, 5)]));
    assert_eq!(cache.peek(NEXT + 1, 1), None);
    assert_eq!(cache.peek(NEXT + 1, 2), Some(5));
    assert_eq!(cache.stats().drops, 1);
}

#[test]
fn commits_told_in_the_wrong_order_leave_the_later_state() {
    let cache = warm();
    cache.commit(NEXT + 1, &slots(&[(2, 5)]));
    cache.commit(NEXT, &slots(&[(1, 8), (2, 4)]));
    assert_eq!(cache.peek(NEXT + 1, 1), None);
    assert_eq!(cache.peek(NEXT + 1, 2), Some(5));
}

#[test]
fn a_commit_that_was_cut_short_costs_the_entries() {
    let cache = warm();
    cache.progress.begin(NEXT);
    // The panic of a thread comes here.
    cache.commit(NEXT + 1, &slots(&[]));
    assert_eq!(cache.peek(NEXT + 1, 1), None);
}

#[test]
fn a_cache_begins_empty_and_below_its_first_snapshot_keeps_nothing() {
    let cache = cache();
    cache.leave(FIRST - 1, 1, 6);
    assert_eq!(cache.peek(FIRST, 1), None);
}
