//! Tables of the tests, and databases in temporary directories.

use alloy_primitives::{Address, B256, Bytes, U256};
use rollup_db::{
    Database, DatabaseConfig, DbError, DecodeError, DupValue, Key, StorageBefore, Value,
};
use std::path::Path;
use tempfile::TempDir;

/// Bytes of any length, to reach the limits of the engine.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RawKey(pub(crate) Vec<u8>);

impl Key for RawKey {
    type Encoded = Vec<u8>;

    fn encode(&self) -> Vec<u8> {
        self.0.clone()
    }

    fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        Ok(Self(bytes.to_vec()))
    }
}

/// Bytes of any length, ordered by the first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RawDup(pub(crate) Vec<u8>);

impl Value for RawDup {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.0);
    }

    fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        Ok(Self(bytes.to_vec()))
    }
}

impl DupValue for RawDup {
    type SubKey = RawKey;
}

rollup_db::tables! {
    /// Tables of the tests.
    pub(crate) const TEST_TABLES;

    /// One value per key.
    Numbers: u64 => u64;
    /// Several values per key.
    [dup] Changes: u64 => StorageBefore;
    /// Keys and values of any length.
    Raw: RawKey => Bytes;
    /// Keys and values of any length, several per key.
    [dup] RawDups: RawKey => RawDup;
    /// Damaged by tests through `Raw`.
    Senders: u64 => Address;
}

pub(crate) fn small_config() -> DatabaseConfig {
    DatabaseConfig {
        max_size_bytes: 256 << 20,
        growth_step_bytes: 1 << 20,
        max_readers: 16,
        ..DatabaseConfig::default()
    }
}

pub(crate) fn try_open(path: &Path) -> Result<Database, DbError> {
    Database::open(path, small_config(), TEST_TABLES)
}

pub(crate) fn open(path: &Path) -> Database {
    try_open(path).unwrap()
}

pub(crate) fn new_database() -> (TempDir, Database) {
    let directory = tempfile::tempdir().unwrap();
    let database = open(directory.path());
    (directory, database)
}

pub(crate) fn change(slot: u8, value: u64) -> StorageBefore {
    StorageBefore { slot: B256::repeat_byte(slot), value: U256::from(value) }
}

/// Writes pairs to `Numbers` and commits.
pub(crate) fn put_numbers(database: &Database, pairs: impl IntoIterator<Item = (u64, u64)>) {
    let tx = database.begin_write().unwrap();
    for (key, value) in pairs {
        tx.put::<Numbers>(&key, &value).unwrap();
    }
    tx.commit().unwrap();
}
