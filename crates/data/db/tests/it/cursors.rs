//! Where cursors go.

use crate::support::{Changes, Numbers, Raw, RawKey, change, new_database, put_numbers};
use alloy_primitives::{B256, Bytes};

#[test]
fn nothing_is_found_in_an_empty_table() {
    let (_directory, database) = new_database();
    let tx = database.begin_read().unwrap();
    let mut cursor = tx.cursor::<Numbers>().unwrap();
    assert_eq!(cursor.first().unwrap(), None);
    assert_eq!(cursor.last().unwrap(), None);
    assert_eq!(cursor.next().unwrap(), None);
    assert_eq!(cursor.prev().unwrap(), None);
    assert_eq!(cursor.current().unwrap(), None);
    assert_eq!(cursor.seek(&0).unwrap(), None);
    assert_eq!(cursor.seek_exact(&0).unwrap(), None);
    assert_eq!(tx.walk::<Numbers>(..).unwrap().count(), 0);
    assert_eq!(tx.walk_back::<Numbers>(..).unwrap().count(), 0);
    let mut cursor = tx.cursor::<Changes>().unwrap();
    assert_eq!(cursor.seek_dup(&0, &B256::ZERO).unwrap(), None);
    assert_eq!(cursor.next_key().unwrap(), None);
}

#[test]
fn seek_finds_the_key_or_the_next() {
    let (_directory, database) = new_database();
    put_numbers(&database, [(2, 20), (4, 40), (256, 1)]);
    let tx = database.begin_read().unwrap();
    let mut cursor = tx.cursor::<Numbers>().unwrap();
    for (key, found) in [
        (0, Some((2, 20))),
        (2, Some((2, 20))),
        (3, Some((4, 40))),
        (5, Some((256, 1))),
        (257, None),
        (u64::MAX, None),
    ] {
        assert_eq!(cursor.seek(&key).unwrap(), found, "{key}");
        if found.is_some() {
            assert_eq!(cursor.current().unwrap(), found);
        }
    }
    assert_eq!(cursor.seek_exact(&4).unwrap(), Some(40));
    assert_eq!(cursor.seek_exact(&3).unwrap(), None);
}

#[test]
fn steps_go_to_the_neighbours_and_stop_at_the_ends() {
    let (_directory, database) = new_database();
    put_numbers(&database, [(1, 10), (2, 20), (3, 30)]);
    let tx = database.begin_read().unwrap();
    let mut cursor = tx.cursor::<Numbers>().unwrap();
    assert_eq!(cursor.current().unwrap(), None);
    assert_eq!(cursor.next().unwrap(), Some((1, 10)));
    assert_eq!(cursor.next().unwrap(), Some((2, 20)));
    assert_eq!(cursor.prev().unwrap(), Some((1, 10)));
    assert_eq!(cursor.prev().unwrap(), None);
    assert_eq!(cursor.last().unwrap(), Some((3, 30)));
    assert_eq!(cursor.next().unwrap(), None);
    assert_eq!(cursor.next().unwrap(), None);

    let mut cursor = tx.cursor::<Numbers>().unwrap();
    assert_eq!(cursor.prev().unwrap(), Some((3, 30)));
}

#[test]
fn a_new_cursor_is_nowhere_wherever_one_before_it_was_left() {
    let (_directory, database) = new_database();
    put_numbers(&database, [(1, 10), (2, 20), (3, 30)]);
    let tx = database.begin_write().unwrap();
    for (key, slot) in [(1, 1), (1, 2), (2, 3), (2, 4)] {
        tx.put::<Changes>(&key, &change(slot, 0)).unwrap();
    }
    let leave = || {
        tx.cursor::<Numbers>().unwrap().seek(&2).unwrap();
        tx.cursor::<Changes>().unwrap().seek(&2).unwrap();
    };
    let numbers = || {
        leave();
        tx.cursor::<Numbers>().unwrap()
    };
    let changes = || {
        leave();
        tx.cursor::<Changes>().unwrap()
    };
    assert_eq!(numbers().next().unwrap(), Some((1, 10)));
    assert_eq!(numbers().prev().unwrap(), Some((3, 30)));
    assert_eq!(numbers().current().unwrap(), None);
    assert_eq!(changes().next_key().unwrap(), Some((1, change(1, 0))));
    assert_eq!(changes().prev_key().unwrap(), Some((2, change(4, 0))));
    assert_eq!(changes().next_dup().unwrap(), None);
    assert_eq!(changes().prev_dup().unwrap(), None);
    assert_eq!(changes().last_dup().unwrap(), None);
    numbers().delete_current().unwrap_err();
    assert_eq!(tx.entry_count::<Numbers>().unwrap(), 3);
}

#[test]
fn an_empty_key_is_the_first() {
    let (_directory, database) = new_database();
    let tx = database.begin_write().unwrap();
    let entry = |key: &[u8]| (RawKey(key.to_vec()), Bytes::copy_from_slice(key));
    for (key, value) in [entry(&[0]), entry(&[]), entry(&[0, 0])] {
        tx.put::<Raw>(&key, &value).unwrap();
    }
    tx.commit().unwrap();
    let tx = database.begin_read().unwrap();
    let mut cursor = tx.cursor::<Raw>().unwrap();
    assert_eq!(cursor.first().unwrap(), Some(entry(&[])));
    assert_eq!(cursor.seek(&RawKey(vec![])).unwrap(), Some(entry(&[])));
    assert_eq!(cursor.seek_exact(&RawKey(vec![])).unwrap(), Some(Bytes::new()));
    assert_eq!(cursor.next().unwrap(), Some(entry(&[0])));
    assert_eq!(cursor.next().unwrap(), Some(entry(&[0, 0])));
    assert_eq!(cursor.current().unwrap(), Some(entry(&[0, 0])));
}

#[test]
fn a_dup_cursor_moves_by_value_and_by_key() {
    let (_directory, database) = new_database();
    let tx = database.begin_write().unwrap();
    for (key, slot) in [(1, 1), (1, 3), (1, 5), (2, 2), (4, 4), (4, 6)] {
        tx.put::<Changes>(&key, &change(slot, u64::from(slot))).unwrap();
    }
    tx.commit().unwrap();
    let tx = database.begin_read().unwrap();
    let mut cursor = tx.cursor::<Changes>().unwrap();
    let at = |key: u64, slot: u8| Some((key, change(slot, slot.into())));
    let slot = B256::repeat_byte;

    // The second key alone is enough to find a value.
    assert_eq!(cursor.seek_dup(&1, &slot(3)).unwrap(), Some(change(3, 3)));
    assert_eq!(cursor.seek_dup(&1, &slot(2)).unwrap(), Some(change(3, 3)));
    assert_eq!(cursor.current().unwrap(), at(1, 3));
    assert_eq!(cursor.next_dup().unwrap(), at(1, 5));
    assert_eq!(cursor.next_dup().unwrap(), None);
    assert_eq!(cursor.seek_dup(&1, &slot(6)).unwrap(), None);
    assert_eq!(cursor.seek_dup(&3, &slot(0)).unwrap(), None);
    assert_eq!(cursor.seek_dup(&2, &slot(0)).unwrap(), Some(change(2, 2)));

    assert_eq!(cursor.seek(&1).unwrap(), at(1, 1));
    assert_eq!(cursor.last_dup().unwrap(), Some(change(5, 5)));
    assert_eq!(cursor.prev_dup().unwrap(), at(1, 3));
    assert_eq!(cursor.next_key().unwrap(), at(2, 2));
    assert_eq!(cursor.next_dup().unwrap(), None);
    assert_eq!(cursor.next_key().unwrap(), at(4, 4));
    assert_eq!(cursor.prev_key().unwrap(), at(2, 2));
    assert_eq!(cursor.prev_key().unwrap(), at(1, 5));
    assert_eq!(cursor.prev_key().unwrap(), None);

    let all: Vec<_> = tx.walk::<Changes>(2..).unwrap().map(Result::unwrap).collect();
    assert_eq!(all.into_iter().map(Some).collect::<Vec<_>>(), [at(2, 2), at(4, 4), at(4, 6)]);
    let back: Vec<_> = tx.walk_back::<Changes>(..=1).unwrap().map(Result::unwrap).collect();
    assert_eq!(back.into_iter().map(Some).collect::<Vec<_>>(), [at(1, 5), at(1, 3), at(1, 1)]);
}

#[test]
fn entries_can_be_deleted_while_walking() {
    let (_directory, database) = new_database();
    put_numbers(&database, (0..5_000).map(|key| (key, key)));
    let tx = database.begin_write().unwrap();
    let mut cursor = tx.cursor::<Numbers>().unwrap();
    let mut found = cursor.seek(&10).unwrap();
    while let Some((key, _)) = found {
        if key % 3 == 0 {
            cursor.delete_current().unwrap();
        }
        found = cursor.next().unwrap();
    }
    // Backwards, through the transaction instead of the cursor.
    let mut found = cursor.last().unwrap();
    while let Some((key, _)) = found {
        if key % 3 == 1 {
            assert!(tx.delete::<Numbers>(&key).unwrap());
        }
        found = cursor.prev().unwrap();
    }
    drop(cursor);
    tx.commit().unwrap();
    let tx = database.begin_read().unwrap();
    let left: Vec<_> = tx.walk::<Numbers>(..).unwrap().map(|entry| entry.unwrap().0).collect();
    let expected = (0..5_000).filter(|key| *key % 3 == 2 || *key % 3 == 0 && *key < 10);
    assert!(left.iter().copied().eq(expected), "{left:?}");
    let mut cursor = tx.cursor::<Numbers>().unwrap();
    assert_eq!(cursor.last().unwrap(), Some((4_997, 4_997)));
}

#[test]
fn deleting_at_no_entry_is_an_error() {
    let (_directory, database) = new_database();
    let tx = database.begin_write().unwrap();
    assert!(tx.cursor::<Numbers>().unwrap().delete_current().is_err());
}
