//! Reading beside the process that writes.

use crate::{
    chain::chain_spec,
    storage::config,
    synthetic::{build, replay},
};
use rollup_db::DbError;
use rollup_storage::{
    ChainIdentity, ChainReader, LogFiles, Storage, StorageError, database_path, log_path,
    read_log_files, read_signed_height,
};
use std::sync::Arc;
use tempfile::TempDir;

#[test]
fn a_missing_directory_is_read_as_such_and_not_made() {
    let directory = TempDir::new().unwrap();
    let missing = directory.path().join("missing");
    let error = ChainReader::open(&database_path(&missing), config().database).unwrap_err();
    assert!(matches!(error, StorageError::Db(DbError::Missing { .. })), "{error}");
    assert_eq!(read_log_files(&log_path(&missing)).unwrap(), LogFiles::default());
    assert_eq!(read_signed_height(&log_path(&missing)).unwrap(), None);
    assert!(!missing.exists());
}

#[test]
fn what_is_stored_is_read() {
    let directory = TempDir::new().unwrap();
    let (storage, _) = Storage::open(directory.path(), config(), chain_spec(), &replay).unwrap();
    for seed in 0..5 {
        storage.append(Arc::new(build(&storage.view().unwrap(), seed))).unwrap();
    }
    let head = storage.head();
    storage.advance_signed_height(head.number, head.hash).unwrap();
    let log = log_path(directory.path());
    // The files of the log can be read while it is open; the database only by another process.
    assert_eq!(read_signed_height(&log).unwrap().unwrap().hash, head.hash);
    assert!(read_log_files(&log).unwrap().segments > 0);
    let expected = storage.view().unwrap().block(3).unwrap();
    drop(storage);

    let reader = ChainReader::open(&database_path(directory.path()), config().database).unwrap();
    let view = reader.view().unwrap();
    assert_eq!(view.head().unwrap(), head);
    assert_eq!(view.block(3).unwrap(), expected);
    let spec = chain_spec();
    let identity = ChainIdentity { chain_id: spec.chain_id(), genesis_hash: spec.genesis_hash() };
    assert_eq!(reader.identity().unwrap(), Some(identity));
    let error = reader.database().begin_write().unwrap_err();
    assert!(matches!(error, DbError::ReadOnly { .. }), "{error}");
}
