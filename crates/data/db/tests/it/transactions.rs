//! What transactions do to a table, and see of each other.

use crate::support::{
    Changes, Numbers, Raw, RawDup, RawDups, RawKey, change, new_database, open, put_numbers,
};
use alloy_primitives::Bytes;
use rollup_db::{
    DbError, MAX_DUP_KEY_BYTES, MAX_DUP_VALUE_BYTES, MAX_KEY_BYTES, Metadata, MetadataKey,
    SCHEMA_VERSION, Senders,
};
use std::{sync::mpsc::sync_channel, thread, time::Duration};

#[test]
fn a_write_is_seen_by_itself_and_after_its_commit_by_others() {
    let (_directory, database) = new_database();
    let before = database.begin_read().unwrap();
    let tx = database.begin_write().unwrap();
    tx.put::<Numbers>(&1, &10).unwrap();
    assert_eq!(tx.get::<Numbers>(&1).unwrap(), Some(10));
    assert_eq!(database.begin_read().unwrap().get::<Numbers>(&1).unwrap(), None);
    tx.commit().unwrap();

    let after = database.begin_read().unwrap();
    assert_eq!(after.get::<Numbers>(&1).unwrap(), Some(10));
    assert!(after.contains::<Numbers>(&1).unwrap());
    assert!(!after.contains::<Numbers>(&2).unwrap());
    assert_eq!(before.get::<Numbers>(&1).unwrap(), None);
    assert_eq!(after.id().unwrap(), before.id().unwrap() + 1);
}

#[test]
fn an_old_snapshot_keeps_its_values_while_pages_are_written_over() {
    let (_directory, database) = new_database();
    put_numbers(&database, (0..2_000).map(|key| (key, key)));
    let old = database.begin_read().unwrap();
    for round in 1..20 {
        put_numbers(&database, (0..2_000).map(|key| (key, key + round)));
    }
    let values: Vec<_> = old.walk::<Numbers>(..).unwrap().map(Result::unwrap).collect();
    assert!(values.iter().copied().eq((0..2_000).map(|key| (key, key))));

    let stats = database.stats().unwrap();
    assert_eq!(stats.open_readers, 1);
    assert!(stats.oldest_reader.is_some());
    drop(old);
    assert_eq!(database.stats().unwrap().open_readers, 0);
}

#[test]
fn a_reader_that_makes_the_file_grow_is_counted() {
    let (_directory, database) = new_database();
    let reader = database.begin_read().unwrap();
    let before = database.stats().unwrap().slow_reader_events;
    for round in 0..100 {
        put_numbers(&database, (0..2_000).map(|key| (key, key + round)));
    }
    let stats = database.stats().unwrap();
    assert!(stats.slow_reader_events > before);
    assert!(stats.oldest_reader >= Some(reader.age() / 2));
}

#[test]
fn a_dropped_write_changes_nothing() {
    let (_directory, database) = new_database();
    put_numbers(&database, [(1, 10)]);
    let tx = database.begin_write().unwrap();
    tx.put::<Numbers>(&1, &11).unwrap();
    tx.put::<Numbers>(&2, &20).unwrap();
    assert!(tx.delete::<Numbers>(&1).unwrap());
    drop(tx);
    let tx = database.begin_read().unwrap();
    assert_eq!(tx.get::<Numbers>(&1).unwrap(), Some(10));
    assert_eq!(tx.entry_count::<Numbers>().unwrap(), 1);
}

#[test]
fn put_replaces_delete_removes_and_clear_empties() {
    let (_directory, database) = new_database();
    let tx = database.begin_write().unwrap();
    tx.put::<Numbers>(&1, &10).unwrap();
    tx.put::<Numbers>(&1, &11).unwrap();
    tx.put::<Numbers>(&2, &20).unwrap();
    assert_eq!(tx.get::<Numbers>(&1).unwrap(), Some(11));
    assert!(tx.delete::<Numbers>(&1).unwrap());
    assert!(!tx.delete::<Numbers>(&1).unwrap());
    assert_eq!(tx.entry_count::<Numbers>().unwrap(), 1);
    tx.clear::<Numbers>().unwrap();
    assert_eq!(tx.entry_count::<Numbers>().unwrap(), 0);
    assert_eq!(tx.get::<Numbers>(&2).unwrap(), None);
}

#[test]
fn a_key_of_a_dup_table_has_its_values_in_order() {
    let (_directory, database) = new_database();
    let tx = database.begin_write().unwrap();
    for value in [change(3, 30), change(1, 10), change(2, 0), change(1, 10)] {
        tx.put::<Changes>(&7, &value).unwrap();
    }
    tx.put::<Changes>(&8, &change(9, 90)).unwrap();
    let values =
        |key| -> Vec<_> { tx.walk_dup::<Changes>(key).unwrap().map(Result::unwrap).collect() };
    assert_eq!(values(7), [change(1, 10), change(2, 0), change(3, 30)]);
    assert_eq!(values(6), []);
    assert_eq!(tx.get::<Changes>(&7).unwrap(), Some(change(1, 10)));
    assert_eq!(tx.entry_count::<Changes>().unwrap(), 4);

    assert!(tx.delete_dup::<Changes>(&7, &change(2, 0)).unwrap());
    assert!(!tx.delete_dup::<Changes>(&7, &change(2, 0)).unwrap());
    assert!(!tx.delete_dup::<Changes>(&7, &change(1, 11)).unwrap());
    assert_eq!(values(7), [change(1, 10), change(3, 30)]);
    assert!(tx.delete::<Changes>(&7).unwrap());
    assert_eq!(values(7), []);
    assert_eq!(values(8), [change(9, 90)]);
}

#[test]
fn append_takes_ascending_entries_only() {
    let (_directory, database) = new_database();
    let tx = database.begin_write().unwrap();
    tx.append::<Numbers>(&1, &1).unwrap();
    tx.append::<Numbers>(&3, &3).unwrap();
    for key in [3, 2, 0] {
        let error = tx.append::<Numbers>(&key, &9).unwrap_err();
        assert!(matches!(error, DbError::OutOfOrder { table: "Numbers", .. }), "{error:?}");
    }
    tx.append_dup::<Changes>(&1, &change(1, 5)).unwrap();
    tx.append_dup::<Changes>(&1, &change(2, 5)).unwrap();
    tx.append_dup::<Changes>(&0, &change(1, 5)).unwrap();
    let error = tx.append_dup::<Changes>(&1, &change(1, 9)).unwrap_err();
    assert!(matches!(error, DbError::OutOfOrder { table: "Changes", .. }), "{error:?}");
    // The transaction goes on after each.
    tx.append::<Numbers>(&4, &4).unwrap();
    tx.commit().unwrap();
    let tx = database.begin_read().unwrap();
    let numbers: Vec<_> = tx.walk::<Numbers>(..).unwrap().map(Result::unwrap).collect();
    assert_eq!(numbers, [(1, 1), (3, 3), (4, 4)]);
    assert_eq!(tx.entry_count::<Changes>().unwrap(), 3);
}

#[test]
fn sizes_up_to_the_limit_are_stored_and_beyond_it_refused() {
    let (_directory, database) = new_database();
    let tx = database.begin_write().unwrap();
    let long_key = RawKey(vec![1; MAX_KEY_BYTES]);
    let big_value = Bytes::from(vec![2; 5 << 20]);
    tx.put::<Raw>(&long_key, &big_value).unwrap();
    tx.put::<Raw>(&RawKey(vec![]), &Bytes::new()).unwrap();
    assert_eq!(tx.get::<Raw>(&long_key).unwrap(), Some(big_value));
    assert_eq!(tx.get::<Raw>(&RawKey(vec![])).unwrap(), Some(Bytes::new()));
    let error = tx.put::<Raw>(&RawKey(vec![1; MAX_KEY_BYTES + 1]), &Bytes::new()).unwrap_err();
    assert!(
        matches!(error, DbError::KeySize { table: "Raw", size: 2023, limit: MAX_KEY_BYTES }),
        "{error:?}"
    );
    assert!(tx.delete::<Raw>(&RawKey(vec![1; MAX_KEY_BYTES + 1])).is_err());

    let key = RawKey(vec![1; MAX_DUP_KEY_BYTES]);
    for byte in 0..5 {
        tx.put::<RawDups>(&key, &RawDup(vec![byte; MAX_DUP_VALUE_BYTES])).unwrap();
    }
    let error = tx.put::<RawDups>(&key, &RawDup(vec![0; MAX_DUP_VALUE_BYTES + 1])).unwrap_err();
    assert!(matches!(error, DbError::ValueSize { table: "RawDups", .. }), "{error:?}");
    let error =
        tx.put::<RawDups>(&RawKey(vec![1; MAX_DUP_KEY_BYTES + 1]), &RawDup(vec![])).unwrap_err();
    assert!(matches!(error, DbError::KeySize { table: "RawDups", .. }), "{error:?}");
    tx.commit().unwrap();
    assert_eq!(database.begin_read().unwrap().walk_dup::<RawDups>(key).unwrap().count(), 5);
}

#[test]
fn a_second_writer_waits_for_the_first() {
    let (_directory, database) = new_database();
    let tx = database.begin_write().unwrap();
    let (send, receive) = sync_channel(1);
    thread::scope(|scope| {
        scope.spawn(|| {
            let tx = database.begin_write().unwrap();
            send.send(tx.get::<Numbers>(&1).unwrap()).unwrap();
        });
        assert!(receive.recv_timeout(Duration::from_millis(100)).is_err());
        tx.put::<Numbers>(&1, &10).unwrap();
        tx.commit().unwrap();
        assert_eq!(receive.recv_timeout(Duration::from_secs(20)), Ok(Some(10)));
    });
}

#[test]
fn readers_in_many_threads_see_one_commit_or_the_next() {
    let (_directory, database) = new_database();
    put_numbers(&database, (0..100).map(|key| (key, 0)));
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..200 {
                    let tx = database.begin_read().unwrap();
                    let values: Vec<_> =
                        tx.walk::<Numbers>(..).unwrap().map(|entry| entry.unwrap().1).collect();
                    assert_eq!(values.len(), 100);
                    assert!(values.iter().all(|value| *value == values[0]), "{values:?}");
                }
            });
        }
        for round in 1..50 {
            put_numbers(&database, (0..100).map(|key| (key, round)));
        }
    });
}

#[test]
fn a_transaction_outlives_its_database_and_moves_between_threads() {
    let (directory, database) = new_database();
    put_numbers(&database, [(1, 10)]);
    let tx = database.begin_read().unwrap();
    drop(database);
    // Still held by the transaction.
    assert!(matches!(crate::support::try_open(directory.path()), Err(DbError::InUse { .. })));
    let value = thread::spawn(move || tx.get::<Numbers>(&1).unwrap()).join().unwrap();
    assert_eq!(value, Some(10));
    open(directory.path());
}

#[test]
fn too_many_readers_are_an_error() {
    let (_directory, database) = new_database();
    let mut readers = Vec::new();
    let error = loop {
        match database.begin_read() {
            Ok(reader) => readers.push(reader),
            Err(error) => break error,
        }
        assert!(readers.len() < 10_000);
    };
    assert!(matches!(error, DbError::ReadersFull { max_readers: 16 }), "{error:?}");
    assert!(readers.len() >= 16);
    readers.pop();
    database.begin_read().unwrap();
}

#[test]
fn a_table_of_another_list_is_refused() {
    let (_directory, database) = new_database();
    let tx = database.begin_read().unwrap();
    let error = tx.get::<rollup_db::Headers>(&1).unwrap_err();
    assert!(matches!(error, DbError::UnknownTable { table: "Headers" }), "{error:?}");
    // Same name, other place: not mistaken for the table of the tests.
    assert!(tx.get::<Senders>(&1).is_err());
    // The metadata are in every database.
    assert_eq!(
        tx.get::<Metadata>(&MetadataKey::SchemaVersion).unwrap(),
        Some(Bytes::copy_from_slice(&SCHEMA_VERSION.to_be_bytes()))
    );
}
