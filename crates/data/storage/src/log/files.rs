//! The operations of `disk` with errors that name operation and path.

use crate::log::{
    disk::{Disk, DiskFile, FileLock},
    error::{FileError, FileOperation},
};
use std::{
    ffi::OsString,
    fs::TryLockError,
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

/// Ending of the name of a file that is not complete yet.
const UNFINISHED: &str = "new";

/// A directory.
#[derive(Debug)]
pub(crate) struct LogDir {
    disk: Arc<dyn Disk>,
    path: PathBuf,
}

impl LogDir {
    /// Opens a directory and creates it if it does not exist.
    pub(crate) fn open(disk: Arc<dyn Disk>, path: PathBuf) -> Result<Self, FileError> {
        disk.create_dir(&path).map_err(failed(FileOperation::Create, &path))?;
        Ok(Self { disk, path })
    }

    /// A directory that is used only if it exists.
    pub(crate) fn existing(disk: Arc<dyn Disk>, path: PathBuf) -> Self {
        Self { disk, path }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn join(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    pub(crate) fn list(&self) -> Result<Vec<OsString>, FileError> {
        self.disk.list(&self.path).map_err(failed(FileOperation::List, &self.path))
    }

    /// Takes the lock on a file; `None` if somebody else has it.
    pub(crate) fn lock(&self, path: &Path) -> Result<Option<Box<dyn FileLock>>, FileError> {
        match self.disk.lock(path) {
            Ok(lock) => Ok(Some(lock)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(source)) => Err(failed(FileOperation::Lock, path)(source)),
        }
    }

    pub(crate) fn open_to_read(&self, path: &Path) -> Result<LogFile, FileError> {
        let file = self.disk.open_to_read(path).map_err(failed(FileOperation::Open, path))?;
        Ok(LogFile { path: path.to_owned(), file })
    }

    pub(crate) fn open_to_write(&self, path: &Path) -> Result<LogFile, FileError> {
        let file = self.disk.open_to_write(path).map_err(failed(FileOperation::Open, path))?;
        Ok(LogFile { path: path.to_owned(), file })
    }

    pub(crate) fn remove(&self, path: &Path) -> Result<(), FileError> {
        self.disk.remove(path).map_err(failed(FileOperation::Remove, path))
    }

    /// Makes the names in this directory durable.
    pub(crate) fn sync(&self) -> Result<(), FileError> {
        self.disk.sync_dir(&self.path).map_err(failed(FileOperation::Sync, &self.path))
    }

    /// Creates a file that after a crash either has all of `bytes` or does not exist: it gets its
    /// name when its bytes are durable.
    pub(crate) fn create(&self, path: &Path, bytes: &[u8]) -> Result<LogFile, FileError> {
        let unfinished = path.with_added_extension(UNFINISHED);
        let created = self.disk.create(&unfinished).map_err(failed(FileOperation::Create, path));
        let result = created.and_then(|file| {
            file.write_all_at(bytes, 0).map_err(failed(FileOperation::Write, path))?;
            file.sync_all().map_err(failed(FileOperation::Sync, path))?;
            let renamed = self.disk.rename(&unfinished, path);
            renamed.map_err(failed(FileOperation::Rename, path))?;
            Ok(file)
        });
        let file = result.inspect_err(|_| {
            // It is of no use, and the next start deletes it if this fails too.
            drop(self.disk.remove(&unfinished));
        })?;
        self.sync()?;
        Ok(LogFile { path: path.to_owned(), file })
    }
}

/// Whether a file with this name was never completed.
pub(crate) fn is_unfinished(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|extension| extension == UNFINISHED)
}

/// An open file.
#[derive(Debug)]
pub(crate) struct LogFile {
    path: PathBuf,
    file: Box<dyn DiskFile>,
}

impl LogFile {
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn length(&self) -> Result<u64, FileError> {
        self.file.length().map_err(failed(FileOperation::Read, &self.path))
    }

    pub(crate) fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> Result<(), FileError> {
        let read = self.file.read_exact_at(buffer, offset);
        read.map_err(failed(FileOperation::Read, &self.path))
    }

    pub(crate) fn write_all_at(&self, bytes: &[u8], offset: u64) -> Result<(), FileError> {
        let written = self.file.write_all_at(bytes, offset);
        written.map_err(failed(FileOperation::Write, &self.path))
    }

    pub(crate) fn set_length(&self, length: u64) -> Result<(), FileError> {
        self.file.set_length(length).map_err(failed(FileOperation::Truncate, &self.path))
    }

    pub(crate) fn sync_data(&self) -> Result<(), FileError> {
        self.file.sync_data().map_err(failed(FileOperation::Sync, &self.path))
    }

    pub(crate) fn sync_all(&self) -> Result<(), FileError> {
        self.file.sync_all().map_err(failed(FileOperation::Sync, &self.path))
    }
}

fn failed(operation: FileOperation, path: &Path) -> impl FnOnce(io::Error) -> FileError {
    move |source| FileError { operation, path: path.to_owned(), source }
}
