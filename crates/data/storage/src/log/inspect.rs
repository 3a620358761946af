//! The files of a log and of the signed height, without opening them: reading that changes nothing,
//! and removal.

use crate::log::{
    disk::{FileLock, OsDisk},
    error::{FileError, LogError, SignedHeightError},
    files::LogDir,
    recovery::{is_unfinished_segment, lock},
    segment::{FileName, parse_file_name},
    signed_height::{SignedBlockId, SignedHeight},
};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

/// What a block log takes up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LogFiles {
    /// Segments.
    pub segments: usize,
    /// Their bytes.
    pub bytes: u64,
}

/// What the block log in `directory` takes up, also while a process has it open. Nothing if there
/// is none.
///
/// # Errors
/// [`LogError::File`].
pub fn read_log_files(directory: &Path) -> Result<LogFiles, LogError> {
    if !directory.is_dir() {
        return Ok(LogFiles::default());
    }
    let dir = LogDir::existing(Arc::new(OsDisk), directory.to_owned());
    let mut files = LogFiles::default();
    for path in segments(&dir)? {
        files.segments += 1;
        files.bytes += dir.open_to_read(&path)?.length()?;
    }
    Ok(files)
}

/// The highest block that was signed, by the record in `directory`, also while a process has it
/// open. `None` if none was, or if there is no record.
///
/// # Errors
/// Those of [`SignedHeight::open`] but for a missing record.
pub fn read_signed_height(directory: &Path) -> Result<Option<SignedBlockId>, SignedHeightError> {
    let dir = LogDir::existing(Arc::new(OsDisk), directory.to_owned());
    SignedHeight::read(&dir)
}

/// The lock on a log that is not read, so that it may be damaged.
#[derive(Debug)]
pub(crate) struct LogLock {
    dir: LogDir,
    _lock: Box<dyn FileLock>,
}

impl LogLock {
    pub(crate) fn acquire(directory: &Path) -> Result<Self, LogError> {
        let dir = LogDir::existing(Arc::new(OsDisk), directory.to_owned());
        let lock = lock(&dir)?;
        Ok(Self { dir, _lock: lock })
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Whether there is no segment.
    pub(crate) fn is_empty(&self) -> Result<bool, LogError> {
        Ok(segments(&self.dir)?.is_empty())
    }

    /// Deletes all segments, oldest first, each durably before the next: what is left after a crash
    /// is the end of the log, not one with a gap. Gives how many there were.
    pub(crate) fn remove_segments(&self) -> Result<usize, LogError> {
        let segments = segments(&self.dir)?;
        for path in &segments {
            self.dir.remove(path)?;
            self.dir.sync()?;
        }
        Ok(segments.len())
    }
}

/// The files that the log would read, or refuse for their name, and those that were never
/// completed. Their names sort as their numbers do.
fn segments(dir: &LogDir) -> Result<Vec<PathBuf>, FileError> {
    let mut names = dir.list()?;
    names.retain(|name| {
        name.to_str().is_some_and(|name| {
            parse_file_name(name) != FileName::Other || is_unfinished_segment(name)
        })
    });
    names.sort();
    Ok(names.into_iter().map(|name| dir.path().join(name)).collect())
}
