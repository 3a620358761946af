//! Opening, versions, copies, statistics.

use crate::support::{
    Changes, Numbers, Raw, RawKey, TEST_TABLES, change, new_database, open, put_numbers,
    small_config, try_open,
};
use alloy_primitives::Bytes;
use rollup_db::{
    Account, Accounts, Database, DatabaseConfig, DbError, Metadata, MetadataKey, SCHEMA_VERSION,
    TABLES,
};
use std::fs;

rollup_db::tables! {
    /// One table more.
    const MORE_TABLES;

    /// The same.
    OldNumbers: u64 => u64;
    /// New.
    Added: u64 => u64;
}

mod other_kind {
    rollup_db::tables! {
        /// Tables of the tests, one of them of another kind.
        pub(super) const OTHER_KIND;

        /// One value per key everywhere else.
        [dup] Numbers: u64 => rollup_db::StorageBefore;
    }
}

#[test]
fn the_tables_of_the_node_open_with_the_default_configuration() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a/b");
    let database = Database::open(&path, DatabaseConfig::default(), TABLES).unwrap();
    let tx = database.begin_write().unwrap();
    tx.put::<Accounts>(&alloy_primitives::Address::ZERO, &Account::default()).unwrap();
    tx.commit().unwrap();
    let stats = database.stats().unwrap();
    assert_eq!(stats.tables.len(), TABLES.len());
    assert_eq!(database.path(), path);
}

#[test]
fn what_was_committed_is_there_after_reopening() {
    let (directory, database) = new_database();
    put_numbers(&database, (0..1_000).map(|key| (key, key * 2)));
    let tx = database.begin_write().unwrap();
    tx.put::<Changes>(&1, &change(1, 1)).unwrap();
    tx.commit().unwrap();
    drop(database);
    let database = open(directory.path());
    let tx = database.begin_read().unwrap();
    assert_eq!(tx.entry_count::<Numbers>().unwrap(), 1_000);
    assert_eq!(tx.get::<Numbers>(&999).unwrap(), Some(1_998));
    assert_eq!(tx.get::<Changes>(&1).unwrap(), Some(change(1, 1)));
}

#[test]
fn a_table_that_is_new_is_made() {
    let directory = tempfile::tempdir().unwrap();
    drop(Database::open(directory.path(), small_config(), TEST_TABLES).unwrap());
    let read_only =
        Database::open_read_only(directory.path(), small_config(), MORE_TABLES).unwrap();
    let error = read_only.begin_read().unwrap().get::<Added>(&1).unwrap_err();
    assert!(matches!(error, DbError::UnknownTable { table: "Added" }), "{error:?}");
    drop(read_only);
    let database = Database::open(directory.path(), small_config(), MORE_TABLES).unwrap();
    let tx = database.begin_write().unwrap();
    tx.put::<Added>(&1, &1).unwrap();
    tx.put::<OldNumbers>(&1, &1).unwrap();
}

#[test]
fn another_schema_version_is_refused_and_left_alone() {
    for found in [SCHEMA_VERSION + 1, SCHEMA_VERSION - 1] {
        let (directory, database) = new_database();
        let tx = database.begin_write().unwrap();
        let version = Bytes::copy_from_slice(&found.to_be_bytes());
        tx.put::<Metadata>(&MetadataKey::SchemaVersion, &version).unwrap();
        tx.commit().unwrap();
        drop(database);
        let errors = [
            // Makes a table before it looks at the version, and takes that back.
            Database::open(directory.path(), small_config(), MORE_TABLES).unwrap_err(),
            try_open(directory.path()).unwrap_err(),
            Database::open_read_only(directory.path(), small_config(), TEST_TABLES).unwrap_err(),
        ];
        for error in errors {
            let DbError::SchemaVersion { path, found: in_file, expected } = &error else {
                panic!("{error:?}");
            };
            assert_eq!((path.as_path(), *in_file), (directory.path(), found));
            assert_eq!(*expected, SCHEMA_VERSION);
            let hint = if found > SCHEMA_VERSION { "newer" } else { "sync again" };
            assert!(error.to_string().contains(hint), "{error}");
        }
    }
}

#[test]
fn a_damaged_or_missing_schema_version_is_refused() {
    let (directory, database) = new_database();
    let tx = database.begin_write().unwrap();
    tx.put::<Metadata>(&MetadataKey::SchemaVersion, &Bytes::from_static(&[1])).unwrap();
    tx.commit().unwrap();
    drop(database);
    assert!(matches!(try_open(directory.path()), Err(DbError::Corrupt { .. })));

    let (directory, database) = new_database();
    let tx = database.begin_write().unwrap();
    tx.delete::<Metadata>(&MetadataKey::SchemaVersion).unwrap();
    tx.commit().unwrap();
    drop(database);
    assert!(matches!(try_open(directory.path()), Err(DbError::NoSchemaVersion { .. })));
}

#[test]
fn reading_only_needs_a_database_and_makes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("absent");
    let error = Database::open_read_only(&path, small_config(), TEST_TABLES).unwrap_err();
    assert!(matches!(error, DbError::Missing { .. }), "{error:?}");
    assert!(error.to_string().contains("absent"), "{error}");
    assert!(!path.exists());
}

#[test]
fn a_database_open_for_reading_does_not_write() {
    let (directory, database) = new_database();
    put_numbers(&database, [(1, 10)]);
    drop(database);
    let database = Database::open_read_only(directory.path(), small_config(), TEST_TABLES).unwrap();
    assert!(matches!(database.begin_write(), Err(DbError::ReadOnly { .. })));
    assert_eq!(database.begin_read().unwrap().get::<Numbers>(&1).unwrap(), Some(10));
    database.stats().unwrap();
}

#[test]
fn one_process_does_not_open_a_directory_twice() {
    let (directory, database) = new_database();
    let error = try_open(directory.path()).unwrap_err();
    let DbError::InUse { pid, .. } = &error else { panic!("{error:?}") };
    assert_eq!(*pid, Some(std::process::id()));
    // The engine keeps one map per file and process.
    let error =
        Database::open_read_only(directory.path(), small_config(), TEST_TABLES).unwrap_err();
    assert!(matches!(error, DbError::InUse { .. }), "{error:?}");
    drop(database);
    open(directory.path());
}

#[test]
fn a_file_in_place_of_the_directory_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("file");
    fs::write(&path, "x").unwrap();
    for path in [path.clone(), path.join("below")] {
        let error = try_open(&path).unwrap_err();
        assert!(matches!(error, DbError::NotADirectory { .. }), "{error:?}");
        assert!(error.to_string().contains("file"), "{error}");
    }
}

#[test]
fn statistics_count_entries_and_pages() {
    let (_directory, database) = new_database();
    put_numbers(&database, (0..10_000).map(|key| (key, key)));
    let tx = database.begin_write().unwrap();
    tx.put::<Raw>(&RawKey(vec![1]), &Bytes::from(vec![1; 100_000])).unwrap();
    tx.commit().unwrap();
    put_numbers(&database, (0..10_000).map(|key| (key, key + 1)));
    let stats = database.stats().unwrap();
    let table = |name| stats.tables.iter().find(|table| table.name == name).unwrap();
    let numbers = table("Numbers");
    assert_eq!(numbers.entries, 10_000);
    assert!(numbers.depth >= 2 && numbers.leaf_pages > 20 && numbers.branch_pages >= 1);
    assert_eq!(table("Raw").overflow_pages, 25);
    assert!(table("Raw").bytes() > 100_000);
    assert_eq!(table("Changes").entries, 0);
    assert!(stats.free_bytes > 0 && stats.free_bytes < stats.used_bytes);
    assert!(stats.used_bytes <= stats.file_bytes);
    assert_eq!(stats.last_commit, database.begin_read().unwrap().id().unwrap());
}

#[test]
fn a_compact_copy_has_the_same_entries_in_less_space() {
    let (directory, database) = new_database();
    for round in 0..5 {
        put_numbers(&database, (0..20_000).map(|key| (key * 7_919 % 65_537, key + round)));
    }
    let tx = database.begin_write().unwrap();
    for key in 0..100 {
        for slot in 0..20 {
            tx.put::<Changes>(&key, &change(slot, key)).unwrap();
        }
    }
    tx.put::<Raw>(&RawKey(vec![]), &Bytes::from(vec![7; 300_000])).unwrap();
    tx.put::<Metadata>(&MetadataKey::ChainId, &Bytes::from_static(&[0, 1])).unwrap();
    tx.commit().unwrap();

    let target = directory.path().join("copy");
    database.copy_compact(&target).unwrap();
    let error = database.copy_compact(&target).unwrap_err();
    assert!(matches!(error, DbError::NotEmpty { .. }), "{error:?}");

    let copy = open(&target);
    let (from, to) = (database.begin_read().unwrap(), copy.begin_read().unwrap());
    for table in TEST_TABLES {
        let entries = |tx: &rollup_db::ReadTx| {
            let mut entries = Vec::new();
            tx.visit_raw(table.name, &[], |key, value| {
                entries.push((key.to_vec(), value.to_vec()));
                true
            })
            .unwrap()
            .unwrap();
            entries
        };
        assert_eq!(entries(&from), entries(&to), "{}", table.name);
    }
    assert_eq!(
        to.get::<Metadata>(&MetadataKey::ChainId).unwrap(),
        Some(Bytes::from_static(&[0, 1]))
    );
    assert!(copy.stats().unwrap().used_bytes < database.stats().unwrap().used_bytes);
}

#[test]
fn entries_are_visited_as_bytes_from_a_key_on() {
    let (_directory, database) = new_database();
    put_numbers(&database, (0..10).map(|key| (key, key)));
    let tx = database.begin_read().unwrap();
    let mut keys = Vec::new();
    let table = tx
        .visit_raw("Numbers", &7_u64.to_be_bytes(), |key, value| {
            assert_eq!(key, value);
            keys.push(key[7]);
            keys.len() < 2
        })
        .unwrap();
    assert_eq!(table.unwrap().name, "Numbers");
    assert_eq!(keys, [7, 8]);
    assert!(tx.visit_raw("Nothing", &[], |_, _| true).unwrap().is_none());
    assert_eq!(tx.check_table(&TEST_TABLES[0]).unwrap(), 10);
    assert_eq!(tx.entry_count_of("Numbers").unwrap(), Some(10));
    assert_eq!(tx.entry_count_of("Nothing").unwrap(), None);
}

#[test]
fn a_table_of_the_other_kind_is_not_misread() {
    let (directory, database) = new_database();
    put_numbers(&database, [(1, 10)]);
    drop(database);
    for result in [
        Database::open(directory.path(), small_config(), other_kind::OTHER_KIND),
        Database::open_read_only(directory.path(), small_config(), other_kind::OTHER_KIND),
    ] {
        let error = result.unwrap_err();
        assert!(matches!(error, DbError::Engine { .. }), "{error:?}");
    }
    let database = open(directory.path());
    assert_eq!(database.begin_read().unwrap().get::<Numbers>(&1).unwrap(), Some(10));
}
