//! Removing the chain from a data directory.

use crate::{
    chain::chain_spec,
    storage::config,
    synthetic::{build, replay},
};
use alloy_primitives::B256;
use rollup_db::DbError;
use rollup_storage::{
    Cleared, Storage, StorageError, clear, database_path, log_path, read_log_files,
    read_signed_height, signed_height_path,
};
use std::{fs, path::Path, sync::Arc};
use tempfile::TempDir;

const SIGNED: u64 = 7;

fn open(directory: &Path) -> Storage {
    Storage::open(directory, config(), chain_spec(), &replay).unwrap().0
}

fn append(storage: &Storage, count: u64) {
    for seed in 0..count {
        storage.append(Arc::new(build(&storage.view().unwrap(), seed))).unwrap();
    }
}

/// A directory with some segments of blocks, of which one was signed.
fn filled() -> TempDir {
    let directory = TempDir::new().unwrap();
    let storage = open(directory.path());
    append(&storage, 10);
    storage.advance_signed_height(SIGNED, B256::with_last_byte(7)).unwrap();
    append(&storage, 1);
    drop(storage);
    directory
}

fn assert_still_there(directory: &TempDir) {
    assert!(read_log_files(&log_path(directory.path())).unwrap().segments > 0);
    assert!(database_path(directory.path()).join("mdbx.dat").exists());
}

#[test]
fn database_and_log_go_and_the_signed_height_stays() {
    let directory = filled();
    let files = read_log_files(&log_path(directory.path())).unwrap();
    assert!(files.segments > 0 && files.bytes > 0);

    let cleared = clear(directory.path()).unwrap();
    assert_eq!(cleared, Cleared { had_database: true, log_segments: files.segments });
    assert_eq!(read_log_files(&log_path(directory.path())).unwrap().segments, 0);
    let signed = read_signed_height(&log_path(directory.path())).unwrap().unwrap();
    assert_eq!((signed.number, signed.hash), (SIGNED, B256::with_last_byte(7)));

    let storage = open(directory.path());
    assert_eq!(storage.head().number, 0);
    assert_eq!(storage.signed_height(), Some(signed));
    storage.advance_signed_height(SIGNED, B256::ZERO).unwrap_err();
    append(&storage, 3);
    assert_eq!(storage.head().number, 3);
}

#[test]
fn there_may_be_nothing_to_clear() {
    let directory = TempDir::new().unwrap();
    assert_eq!(clear(directory.path()).unwrap(), Cleared::default());
    assert_eq!(clear(&directory.path().join("missing")).unwrap(), Cleared::default());
    let directory = filled();
    clear(directory.path()).unwrap();
    assert_eq!(clear(directory.path()).unwrap(), Cleared::default());
}

#[test]
fn a_directory_in_use_is_refused() {
    let directory = filled();
    let storage = open(directory.path());
    let error = clear(directory.path()).unwrap_err();
    assert!(matches!(error, StorageError::Db(DbError::InUse { .. })), "{error}");
    drop(storage);
    assert_still_there(&directory);
}

#[test]
fn a_damaged_database_is_cleared() {
    let directory = filled();
    fs::write(database_path(directory.path()).join("mdbx.dat"), b"not a database").unwrap();
    assert!(clear(directory.path()).unwrap().had_database);
    assert_eq!(open(directory.path()).head().number, 0);
}

// With the blocks would go the last sign that heights were signed.
#[test]
fn nothing_is_cleared_while_the_signed_height_is_lost() {
    let directory = filled();
    let record = signed_height_path(&log_path(directory.path()));
    let content = fs::read(&record).unwrap();

    fs::remove_file(&record).unwrap();
    let error = clear(directory.path()).unwrap_err();
    assert!(matches!(error, StorageError::SignedHeight(_)), "{error}");
    assert!(error.to_string().contains(record.to_str().unwrap()), "{error}");
    assert_still_there(&directory);

    fs::write(&record, vec![0; content.len()]).unwrap();
    let error = clear(directory.path()).unwrap_err();
    assert!(matches!(error, StorageError::SignedHeight(_)), "{error}");
    read_signed_height(&log_path(directory.path())).unwrap_err();
    assert_still_there(&directory);

    fs::write(&record, content).unwrap();
    clear(directory.path()).unwrap();
}

#[test]
fn nothing_is_cleared_with_an_older_signed_height_or_none() {
    let directory = filled();
    let log = log_path(directory.path());
    let record = signed_height_path(&log);
    let newest = TempDir::new().unwrap();
    drop(open(newest.path()));
    fs::copy(signed_height_path(&log_path(newest.path())), &record).unwrap();
    let error = clear(directory.path()).unwrap_err();
    assert!(matches!(error, StorageError::SignedHeightBehind { stored: SIGNED, .. }), "{error}");
    assert_still_there(&directory);

    fs::remove_dir_all(&log).unwrap();
    let error = clear(directory.path()).unwrap_err();
    assert!(matches!(error, StorageError::SignedHeightBehind { stored: SIGNED, .. }), "{error}");
    assert!(error.to_string().contains(record.to_str().unwrap()), "{error}");
    assert!(database_path(directory.path()).join("mdbx.dat").exists());
}
