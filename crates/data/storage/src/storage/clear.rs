//! Removing the chain from a data directory.

use super::{database_path, log_path};
use crate::{
    chain::ChainReader,
    error::StorageError,
    log::{LogLock, SignedHeight, SignedHeightError, SignedRecord, signed_height_path},
};
use rollup_db::{DatabaseConfig, DirectoryLock};
use std::path::Path;

/// What [`clear`] removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cleared {
    /// Whether there was a database.
    pub had_database: bool,
    /// Segments of the block log.
    pub log_segments: usize,
}

/// Removes database and block log from a data directory, also damaged ones. The record of the
/// highest signed block stays: without it a block could be signed twice.
///
/// # Errors
/// [`DbError::InUse`](rollup_db::DbError::InUse) or [`LogError::Locked`](crate::LogError::Locked)
/// while a process has it open. [`StorageError::SignedHeight`] and
/// [`StorageError::SignedHeightBehind`] if the record is lost or too old, while what is to be
/// removed may show how high it was. Nothing is removed then.
pub fn clear(data_directory: &Path) -> Result<Cleared, StorageError> {
    let (database, log) = (database_path(data_directory), log_path(data_directory));
    let mut cleared = Cleared::default();
    let database_lock = database.is_dir().then(|| DirectoryLock::acquire(&database)).transpose()?;
    let log_lock = log.is_dir().then(|| LogLock::acquire(&log)).transpose()?;
    let signed = check_signed_height(&database, &log, log_lock.as_ref())?;
    // The log first: a database without log is a state to go on from, a log without its database is
    // not.
    if let Some(lock) = &log_lock {
        cleared.log_segments = lock.remove_segments()?;
    }
    if let Some(lock) = &database_lock {
        cleared.had_database = lock.remove_database()?;
    }
    drop(signed);
    Ok(cleared)
}

/// The record of the signed height, open and thus locked. There may be none only where nothing was
/// ever signed.
fn check_signed_height(
    database: &Path,
    log_path: &Path,
    log: Option<&LogLock>,
) -> Result<Option<SignedHeight>, StorageError> {
    // A damaged database says nothing, and clearing is what helps against it.
    let reader = ChainReader::open(database, DatabaseConfig::default()).ok();
    let stored = reader.and_then(|reader| reader.signed_record().ok().flatten());
    let signed = match log.map(SignedHeight::open_existing).transpose() {
        Err(SignedHeightError::Missing { .. }) if log.map_or(Ok(true), LogLock::is_empty)? => None,
        opened => opened?,
    };
    let record = signed.as_ref().and_then(|signed| signed.record());
    let is_older = |stored: &SignedRecord| record.is_none_or(|record| record.is_older_than(stored));
    match stored.filter(is_older) {
        Some(stored) => Err(StorageError::SignedHeightBehind {
            path: signed_height_path(log_path),
            stored: stored.signed.number,
        }),
        None => Ok(signed),
    }
}
