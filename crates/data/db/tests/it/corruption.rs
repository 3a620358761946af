//! Damaged files: each an error, none a panic.

use crate::support::{
    Numbers, Raw, RawKey, TEST_TABLES, new_database, put_numbers, small_config, try_open,
};
use alloy_primitives::Bytes;
use rollup_db::{Database, DbError, DecodeError};
use std::{
    fs::{self, OpenOptions},
    path::PathBuf,
};
use tempfile::TempDir;

mod misread {
    rollup_db::tables! {
        /// The tables of the tests, one under other types.
        pub(super) const MISREAD;

        /// As it is.
        Numbers: u64 => u64;
        /// As it is.
        [dup] Changes: u64 => rollup_db::StorageBefore;
        /// Bytes everywhere else.
        Raw: u64 => u64;
    }
}

fn filled() -> (TempDir, PathBuf) {
    let (directory, database) = new_database();
    put_numbers(&database, (0..20_000).map(|key| (key, key)));
    drop(database);
    let file = directory.path().join("mdbx.dat");
    (directory, file)
}

fn assert_refused(directory: &TempDir, expected: impl Fn(&DbError) -> bool) {
    for error in [
        try_open(directory.path()).unwrap_err(),
        Database::open_read_only(directory.path(), small_config(), TEST_TABLES).unwrap_err(),
    ] {
        assert!(expected(&error), "{error:?}");
        assert!(error.to_string().contains(directory.path().to_str().unwrap()), "{error}");
    }
}

#[test]
fn a_file_of_something_else_is_refused() {
    let (directory, file) = filled();
    fs::write(&file, vec![0x5a; 1 << 20]).unwrap();
    assert_refused(&directory, |error| matches!(error, DbError::NotADatabase { .. }));
}

#[test]
fn an_emptied_file_is_not_taken_for_a_new_one() {
    let (directory, file) = filled();
    fs::write(&file, "").unwrap();
    assert_refused(&directory, |error| matches!(error, DbError::Corrupt { .. }));
}

#[test]
fn a_truncated_file_is_refused() {
    for keep in [1, 100, 4096, 2 * 4096, 3 * 4096, 64 << 10, 256 << 10] {
        let (directory, file) = filled();
        let length = fs::metadata(&file).unwrap().len();
        assert!(keep < length);
        OpenOptions::new().write(true).open(&file).unwrap().set_len(keep).unwrap();
        assert_refused(&directory, |error| matches!(error, DbError::Corrupt { .. }));
    }
}

#[test]
fn damaged_pages_are_an_error_when_they_are_read() {
    let (directory, file) = filled();
    let mut bytes = fs::read(&file).unwrap();
    // The first three pages say where the others are.
    bytes[3 * 4096..].fill(0x5a);
    fs::write(&file, bytes).unwrap();
    let result = try_open(directory.path()).and_then(|database| {
        let tx = database.begin_read()?;
        tx.walk::<Numbers>(..)?.try_for_each(|entry| entry.map(drop))
    });
    let error = result.unwrap_err();
    assert!(matches!(error, DbError::Corrupt { .. }), "{error:?}");
}

#[test]
fn an_entry_of_another_form_is_an_error_that_names_its_table() {
    let (directory, database) = new_database();
    let tx = database.begin_write().unwrap();
    tx.put::<Raw>(&RawKey(vec![0; 8]), &Bytes::from_static(&[1; 7])).unwrap();
    tx.put::<Raw>(&RawKey(vec![1, 2, 3]), &Bytes::from_static(&[1; 8])).unwrap();
    tx.commit().unwrap();
    drop(database);

    let database = Database::open(directory.path(), small_config(), misread::MISREAD).unwrap();
    let tx = database.begin_read().unwrap();
    let error = tx.get::<misread::Raw>(&0).unwrap_err();
    let source = DecodeError::Length { expected: 8, found: 7 };
    assert!(
        matches!(&error, DbError::DecodeValue { table: "Raw", source: found } if *found == source),
        "{error:?}"
    );
    let error = tx.cursor::<misread::Raw>().unwrap().last().unwrap_err();
    let expected = Bytes::from_static(&[1, 2, 3]);
    assert!(
        matches!(&error, DbError::DecodeKey { table: "Raw", key, .. } if *key == expected),
        "{error:?}"
    );
    // A walk gives its first error, and ends.
    let mut walk = tx.walk::<misread::Raw>(..).unwrap();
    assert!(walk.next().unwrap().is_err());
    assert!(walk.next().is_none());
    assert!(tx.check_table(&misread::MISREAD[2]).is_err());
}
