//! Errors of this crate.

use alloy_eips::eip2718::Eip2718Error;
use alloy_primitives::Bytes;
use rollup_primitives::BlockSignatureError;
use signet_libmdbx::MdbxError;
use std::{
    fmt, io,
    path::{Path, PathBuf},
};
use thiserror::Error;

/// A failure of the database. None of them says anything about the validity of a block.
#[derive(Debug, Error)]
pub enum DbError {
    /// Another process, or this one, has the directory open for writing.
    #[error(
        "database in {path} is in use by {}; stop it or choose another data directory",
        Holder(*pid)
    )]
    InUse {
        /// Directory of the database.
        path: PathBuf,
        /// Process that holds it, if it left its id.
        pid: Option<u32>,
    },
    /// Nothing to open for reading.
    #[error("no database in {path}; check the data directory, or initialise it first")]
    Missing {
        /// Directory of the database.
        path: PathBuf,
    },
    /// The path is taken by something that is not a directory.
    #[error("{path} is not a directory; choose another data directory")]
    NotADirectory {
        /// The path.
        path: PathBuf,
    },
    /// A copy was to be written to a directory that has files.
    #[error("{path} is not empty; copy to a new directory")]
    NotEmpty {
        /// The path.
        path: PathBuf,
    },
    /// No right to read or write the files.
    #[error(
        "no permission to open the database in {path}; give the user of this process read and write access to the directory and its files"
    )]
    Permission {
        /// Directory of the database.
        path: PathBuf,
    },
    /// The file system does not take writes.
    #[error(
        "file system of {path} is read-only; mount it for writing or choose another data directory"
    )]
    ReadOnlyFileSystem {
        /// Directory of the database.
        path: PathBuf,
    },
    /// The device is full or a quota is reached. What was committed is intact.
    #[error("no space left for the database in {path}; free or add disk space and start again")]
    NoSpace {
        /// Directory of the database.
        path: PathBuf,
    },
    /// The file has reached the configured size. What was committed is intact.
    #[error(
        "database in {path} has reached its configured size of {max_size_bytes} bytes; raise the maximum size and start again"
    )]
    Full {
        /// Directory of the database.
        path: PathBuf,
        /// [`DatabaseConfig::max_size_bytes`](crate::DatabaseConfig::max_size_bytes).
        max_size_bytes: usize,
    },
    /// The file is damaged or shorter than its contents.
    #[error(
        "database file in {path} is damaged; restore a backup, or remove the directory and sync again"
    )]
    Corrupt {
        /// Directory of the database.
        path: PathBuf,
        /// What the engine found, if it was the engine.
        #[source]
        source: Option<EngineError>,
    },
    /// The file was not written by this engine, or its first pages are gone.
    #[error(
        "database file in {path} is not one of this program, or its start is damaged; choose another data directory or restore a backup"
    )]
    NotADatabase {
        /// Directory of the database.
        path: PathBuf,
    },
    /// A valid file without schema version.
    #[error(
        "database in {path} has no schema version: it belongs to another program, or is a copy that was not finished; choose another data directory or copy again"
    )]
    NoSchemaVersion {
        /// Directory of the database.
        path: PathBuf,
    },
    /// Written by another version of this program.
    #[error("database in {path} has schema version {found}, this program needs {expected}; {}", schema_hint(*found, *expected))]
    SchemaVersion {
        /// Directory of the database.
        path: PathBuf,
        /// Version in the file.
        found: u32,
        /// [`SCHEMA_VERSION`](crate::SCHEMA_VERSION).
        expected: u32,
    },
    /// The last writer did not end cleanly, and only a writer may roll the file back.
    #[error("database in {path} must be recovered first; start the node on it once")]
    NeedsRecovery {
        /// Directory of the database.
        path: PathBuf,
    },
    /// [`DatabaseConfig::max_readers`](crate::DatabaseConfig::max_readers) transactions are open.
    #[error("all {max_readers} read transactions of the database are in use")]
    ReadersFull {
        /// The limit.
        max_readers: u32,
    },
    /// The database was opened for reading.
    #[error("database in {path} is open for reading only")]
    ReadOnly {
        /// Directory of the database.
        path: PathBuf,
    },
    /// The table is not in the list that the database was opened with, or not in the file.
    #[error("table {table} is not in the database")]
    UnknownTable {
        /// Name of the table.
        table: &'static str,
    },
    /// The key is longer than the engine stores.
    #[error("key of {size} bytes is too long for table {table} (limit {limit})")]
    KeySize {
        /// Name of the table.
        table: &'static str,
        /// Bytes of the encoded key.
        size: usize,
        /// Most bytes.
        limit: usize,
    },
    /// The value is longer than the engine stores.
    #[error("value of {size} bytes is too long for table {table} (limit {limit})")]
    ValueSize {
        /// Name of the table.
        table: &'static str,
        /// Bytes of the encoded value.
        size: usize,
        /// Most bytes.
        limit: usize,
    },
    /// An appended entry does not come after the last one.
    #[error("entry appended to table {table} is not after key {key}")]
    OutOfOrder {
        /// Name of the table.
        table: &'static str,
        /// Encoded key of the entry.
        key: Bytes,
    },
    /// A key in the file that its type cannot be.
    #[error("key {key} in table {table} is damaged")]
    DecodeKey {
        /// Name of the table.
        table: &'static str,
        /// Bytes found.
        key: Bytes,
        /// What is wrong with them.
        #[source]
        source: DecodeError,
    },
    /// A value in the file that its type cannot be.
    #[error("value in table {table} is damaged")]
    DecodeValue {
        /// Name of the table.
        table: &'static str,
        /// What is wrong with it.
        #[source]
        source: DecodeError,
    },
    /// A file operation around the database.
    #[error("cannot {operation} {path}")]
    Io {
        /// What was tried.
        operation: &'static str,
        /// On what.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// Anything else that the engine reports.
    #[error("database engine failed in {path}")]
    Engine {
        /// Directory of the database.
        path: PathBuf,
        /// Its report.
        #[source]
        source: EngineError,
    },
}

/// Bytes that do not encode a value of the type they are read as.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum DecodeError {
    /// A type of fixed size.
    #[error("{found} bytes instead of {expected}")]
    Length {
        /// Bytes the type has.
        expected: usize,
        /// Bytes found.
        found: usize,
    },
    /// The bytes end before the value does.
    #[error("value ends early")]
    UnexpectedEnd,
    /// Bytes follow the value.
    #[error("{0} bytes follow the value")]
    TrailingBytes(usize),
    /// A valid value, but not in the one form that is written.
    #[error("value is not in its canonical form")]
    NotCanonical,
    /// A number names no variant of the type.
    #[error("unknown tag {0}")]
    UnknownTag(u8),
    /// An element of a list of blocks is not above the one before.
    #[error("list of blocks is not in ascending order")]
    NotAscending,
    /// Not the RLP of the type.
    #[error("invalid rlp")]
    Rlp(#[from] alloy_rlp::Error),
    /// Not a transaction.
    #[error("invalid transaction")]
    Transaction(#[source] TransactionDecodeError),
    /// Not a signature.
    #[error("invalid signature")]
    Signature,
}

/// Why bytes are not a transaction.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum TransactionDecodeError {
    /// A type that does not exist here.
    #[error("unknown transaction type {0}")]
    UnknownType(u8),
    /// Not the RLP of the type.
    #[error(transparent)]
    Rlp(#[from] alloy_rlp::Error),
    /// A form that the decoder does not name.
    #[error("malformed envelope")]
    Envelope,
}

impl From<Eip2718Error> for DecodeError {
    fn from(error: Eip2718Error) -> Self {
        Self::Transaction(match error {
            Eip2718Error::RlpError(error) => TransactionDecodeError::Rlp(error),
            Eip2718Error::UnexpectedType(ty) => TransactionDecodeError::UnknownType(ty),
            _ => TransactionDecodeError::Envelope,
        })
    }
}

impl From<BlockSignatureError> for DecodeError {
    fn from(_: BlockSignatureError) -> Self {
        Self::Signature
    }
}

/// Text that names no key of a table.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum KeyTextError {
    /// A field, or the whole key, is something else.
    #[error("expected {expected} ({form})")]
    Field {
        /// What the field is, with its article.
        expected: &'static str,
        /// How it is written.
        form: &'static str,
    },
    /// More fields than the key has.
    #[error("expected no more than {}", fields.join("/"))]
    TooManyFields {
        /// Names of the fields of the key.
        fields: &'static [&'static str],
    },
    /// A name that is not one of the keys.
    #[error("expected {}", names.join(" or "))]
    Name {
        /// The keys.
        names: &'static [&'static str],
    },
}

impl KeyTextError {
    /// The error, with what the keys of the table are instead of what their type is.
    pub(crate) const fn of_table(self, key_noun: Option<&'static str>) -> Self {
        match (self, key_noun) {
            (Self::Field { form, .. }, Some(expected)) => Self::Field { expected, form },
            (error, _) => error,
        }
    }
}

/// What the database engine reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EngineError(MdbxError);

impl EngineError {
    /// Code of the engine, or of the operating system if it is one of its.
    pub const fn code(&self) -> i32 {
        self.0.to_err_code()
    }
}

impl fmt::Display for EngineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            // The wording of the binding speaks of another program.
            MdbxError::Access => f.write_str("access denied"),
            MdbxError::Other(code) => fmt::Display::fmt(&io::Error::from_raw_os_error(code), f),
            error => fmt::Display::fmt(&error, f),
        }
    }
}

impl std::error::Error for EngineError {}

/// Values of `errno` that the engine passes on. The same on every supported system.
mod errno {
    pub(super) const NO_ENTRY: i32 = 2;
    pub(super) const IO: i32 = 5;
    pub(super) const AGAIN_LINUX: i32 = 11;
    pub(super) const NOT_A_DIRECTORY: i32 = 20;
    pub(super) const NO_SPACE: i32 = 28;
    pub(super) const READ_ONLY_FILE_SYSTEM: i32 = 30;
    pub(super) const AGAIN_BSD: i32 = 35;
    pub(super) const QUOTA_LINUX: i32 = 122;
    pub(super) const QUOTA_BSD: i32 = 69;
}

impl DbError {
    /// Error of the engine on the database in `path`.
    pub(crate) fn engine(error: MdbxError, path: &Path, max_size_bytes: usize) -> Self {
        let path = path.to_path_buf();
        match error {
            MdbxError::Corrupted | MdbxError::PageNotFound => {
                Self::Corrupt { path, source: Some(EngineError(error)) }
            }
            MdbxError::Invalid | MdbxError::VersionMismatch => Self::NotADatabase { path },
            MdbxError::MapFull => Self::Full { path, max_size_bytes },
            MdbxError::WannaRecovery => Self::NeedsRecovery { path },
            MdbxError::Access | MdbxError::Permission => Self::Permission { path },
            // At open: somebody, often this process, has the file in a way that shuts others out.
            MdbxError::Busy | MdbxError::Other(errno::AGAIN_LINUX | errno::AGAIN_BSD) => {
                Self::InUse { path, pid: None }
            }
            MdbxError::Other(errno::NO_ENTRY) => Self::Missing { path },
            MdbxError::Other(errno::NOT_A_DIRECTORY) => Self::NotADirectory { path },
            MdbxError::Other(errno::NO_SPACE | errno::QUOTA_LINUX | errno::QUOTA_BSD) => {
                Self::NoSpace { path }
            }
            MdbxError::Other(errno::READ_ONLY_FILE_SYSTEM) => Self::ReadOnlyFileSystem { path },
            error => Self::Engine { path, source: EngineError(error) },
        }
    }

    /// Whether the engine reports no more than that input or output failed.
    pub(crate) const fn is_engine_io(&self) -> bool {
        matches!(self, Self::Engine { source: EngineError(MdbxError::Other(errno::IO)), .. })
    }

    /// Error of a file operation; `path` is the directory of the database.
    pub(crate) fn io(operation: &'static str, path: &Path, source: io::Error) -> Self {
        let path = path.to_path_buf();
        match source.kind() {
            io::ErrorKind::PermissionDenied => Self::Permission { path },
            io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnlyFileSystem { path },
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::NoSpace { path },
            io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => {
                Self::NotADirectory { path }
            }
            _ => Self::Io { operation, path, source },
        }
    }
}

struct Holder(Option<u32>);

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(pid) => write!(f, "process {pid}"),
            None => f.write_str("another process"),
        }
    }
}

const fn schema_hint(found: u32, expected: u32) -> &'static str {
    if found > expected {
        "use the newer version that wrote it, or another data directory"
    } else {
        "use the older version that wrote it, or remove the directory and sync again"
    }
}
