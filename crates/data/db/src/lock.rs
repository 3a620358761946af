//! The lock that keeps a directory to one process.

use crate::{
    database::{DATA_FILE, sync_directory},
    error::DbError,
};
use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Read, Seek, Write},
    path::{Path, PathBuf},
};

const FILE_NAME: &str = "lock";

/// File in which the engine keeps its readers.
const READERS_FILE: &str = "mdbx.lck";

/// Keeps other processes from opening the database of a directory for writing, whether or not there
/// is one, and whatever its state. Held as long as the value lives; the operating system gives it
/// back when the process dies.
#[derive(Debug)]
pub struct DirectoryLock {
    directory: PathBuf,
    _file: File,
}

impl DirectoryLock {
    /// Takes the lock of a directory that exists, and leaves the id of this process in it.
    ///
    /// # Errors
    /// [`DbError::InUse`] if somebody else has it, and others for what the operating system refuses.
    pub fn acquire(directory: &Path) -> Result<Self, DbError> {
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            // A holder may have its id in it.
            .truncate(false)
            .open(directory.join(FILE_NAME))
            .map_err(|error| DbError::io("open the lock file in", directory, error))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(DbError::InUse {
                    path: directory.to_path_buf(),
                    pid: read_pid(&mut file),
                });
            }
            Err(TryLockError::Error(error)) => {
                return Err(DbError::io("lock", directory, error));
            }
        }
        write_pid(&mut file)
            .map_err(|error| DbError::io("write the lock file in", directory, error))?;
        Ok(Self { directory: directory.to_path_buf(), _file: file })
    }

    /// Removes the database, also a damaged one. Gives whether there was one. Who has it open for
    /// reading goes on with what is removed.
    ///
    /// # Errors
    /// Those of [`DbError`] that name a file operation.
    pub fn remove_database(&self) -> Result<bool, DbError> {
        let removed = self.remove(DATA_FILE)?;
        self.remove(READERS_FILE)?;
        sync_directory(&self.directory)?;
        Ok(removed)
    }

    fn remove(&self, name: &str) -> Result<bool, DbError> {
        match fs::remove_file(self.directory.join(name)) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(DbError::io("remove the database in", &self.directory, error)),
        }
    }
}

/// The id is for the message only: whatever cannot be read is unknown.
fn read_pid(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

fn write_pid(file: &mut File) -> std::io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{}", std::process::id())?;
    file.flush()
}
