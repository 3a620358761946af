//! Whether the device has room.

use crate::{config::DatabaseConfig, error::DbError};
use std::{
    fs,
    io::{self, ErrorKind},
    path::Path,
};

const PROBE_FILE: &str = "probe";
const READER_BYTES: usize = 64;
const RESERVE_BYTES: usize = 64 << 10;

/// Refuses to open a database on a device without room for the table of readers. The engine maps
/// that table into memory: where a page of it finds no room, the process is killed by a signal.
/// A device that takes no writes at all is no concern of this.
pub(crate) fn check_space(directory: &Path, config: &DatabaseConfig) -> Result<(), DbError> {
    let readers = usize::try_from(config.max_readers).unwrap_or(usize::MAX);
    if is_full(directory, readers.saturating_mul(READER_BYTES).saturating_add(RESERVE_BYTES)) {
        return Err(DbError::NoSpace { path: directory.to_path_buf() });
    }
    Ok(())
}

/// Turns an input or output error of the engine into [`DbError::NoSpace`] if that is its cause:
/// the engine does not tell a write that was cut short from one that failed.
pub(crate) fn explain(error: DbError, directory: &Path) -> DbError {
    if error.is_engine_io() && is_full(directory, RESERVE_BYTES) {
        return DbError::NoSpace { path: directory.to_path_buf() };
    }
    error
}

/// Whether a file of this size finds no room.
fn is_full(directory: &Path, bytes: usize) -> bool {
    let file = directory.join(PROBE_FILE);
    let written = fs::write(&file, vec![0; bytes]);
    let removed = fs::remove_file(&file);
    let full = |result: io::Result<()>| {
        result.is_err_and(|error| {
            matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded)
        })
    };
    full(written) || full(removed)
}
