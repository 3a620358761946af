//! The version of the file format, and how a new file gets it.

use crate::{codec::Key, error::DbError, keys::MetadataKey};
use signet_libmdbx::{
    Database as Handle, MdbxError, ReadError, TransactionKind, WriteFlags, tx::Tx,
};
use std::{borrow::Cow, path::Path};

/// Version of the tables, their keys and their values. Raised by every change that makes a
/// file unreadable to the version before, or the reverse.
pub const SCHEMA_VERSION: u32 = 1;

/// What the metadata say about the version of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FoundVersion {
    /// There is none.
    None,
    /// There is one.
    Version(u32),
    /// There is an entry, but not of this form.
    Damaged,
}

pub(crate) fn read_version<K: TransactionKind>(
    tx: &Tx<K>,
    metadata: Handle,
) -> Result<FoundVersion, MdbxError> {
    let key = MetadataKey::SchemaVersion.encode();
    let bytes = match tx.get::<Cow<'_, [u8]>>(metadata.dbi(), &key) {
        Ok(bytes) => bytes,
        Err(ReadError::Mdbx(error)) => return Err(error),
        // The type read is the bytes themselves.
        Err(ReadError::Decoding(_)) => return Ok(FoundVersion::Damaged),
    };
    Ok(match bytes {
        None => FoundVersion::None,
        Some(bytes) => bytes.as_ref().try_into().map_or(FoundVersion::Damaged, |bytes| {
            FoundVersion::Version(u32::from_be_bytes(bytes))
        }),
    })
}

pub(crate) fn write_version(
    tx: &Tx<signet_libmdbx::Rw>,
    metadata: Handle,
) -> Result<(), MdbxError> {
    let key = MetadataKey::SchemaVersion.encode();
    tx.put(metadata, key, SCHEMA_VERSION.to_be_bytes(), WriteFlags::UPSERT)
}

/// Accepts a file of this version only.
pub(crate) fn check_version(found: FoundVersion, path: &Path) -> Result<(), DbError> {
    let path = path.to_path_buf();
    match found {
        FoundVersion::Version(SCHEMA_VERSION) => Ok(()),
        FoundVersion::Version(found) => {
            Err(DbError::SchemaVersion { path, found, expected: SCHEMA_VERSION })
        }
        FoundVersion::None => Err(DbError::NoSchemaVersion { path }),
        FoundVersion::Damaged => Err(DbError::Corrupt { path, source: None }),
    }
}
