//! The lock that keeps a directory to one process.

use crate::error::DbError;
use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{Read, Seek, Write},
    path::Path,
};

const FILE_NAME: &str = "lock";

/// Held as long as the value lives; the operating system gives it back when the process dies.
#[derive(Debug)]
pub(crate) struct DirectoryLock {
    _file: File,
}

impl DirectoryLock {
    /// Takes the lock of a directory, and leaves the id of this process in it.
    pub(crate) fn acquire(directory: &Path) -> Result<Self, DbError> {
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
        Ok(Self { _file: file })
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
