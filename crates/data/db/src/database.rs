//! Opening a database.

use crate::{
    config::{DatabaseConfig, PAGE_SIZE_BYTES},
    error::DbError,
    handles::Handles,
    lock::DirectoryLock,
    readers::{Readers, on_slow_reader},
    schema::{check_version, read_version, write_version},
    space::{check_space, explain},
    table::TableInfo,
    tx::{ReadTx, WriteTx},
};
use parking_lot::Mutex;
use signet_libmdbx::{
    Environment, EnvironmentFlags, Geometry, MdbxError, Mode, SyncMode, sys::PageSize,
};
use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    sync::Arc,
};

/// File that the engine keeps its pages in.
pub(crate) const DATA_FILE: &str = "mdbx.dat";

/// An open database. Cheap to clone; it is closed when the last clone and transaction are gone.
#[derive(Clone, Debug)]
pub struct Database {
    inner: Arc<Inner>,
}

/// What transactions share. Fields are dropped in order: the lock is given back last.
#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) environment: Environment,
    pub(crate) handles: Handles,
    pub(crate) path: PathBuf,
    pub(crate) config: DatabaseConfig,
    pub(crate) readers: Arc<Readers>,
    /// Held by the writer: the engine itself waits for one by polling.
    pub(crate) writer: Arc<Mutex<()>>,
    /// `None` if open for reading only.
    lock: Option<DirectoryLock>,
}

impl Inner {
    /// An error of the engine, with what an operator needs to know about it.
    pub(crate) fn error(&self, error: MdbxError) -> DbError {
        match error {
            MdbxError::ReadersFull => DbError::ReadersFull { max_readers: self.config.max_readers },
            error => {
                explain(DbError::engine(error, &self.path, self.config.max_size_bytes), &self.path)
            }
        }
    }

    pub(crate) const fn is_read_only(&self) -> bool {
        self.lock.is_none()
    }
}

/// Whether a file gets its version when it is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Creation {
    /// At once, with the tables.
    Complete,
    /// Later, by whoever fills it: until then it cannot be opened.
    Unversioned,
}

impl Database {
    /// Opens the database in `path` for reading and writing. Makes the directory, the file and
    /// missing tables. Until it is closed, no other process opens it for writing.
    ///
    /// # Errors
    /// Each names the path and what to do: see the first variants of [`DbError`].
    pub fn open(
        path: &Path,
        config: DatabaseConfig,
        tables: &'static [TableInfo],
    ) -> Result<Self, DbError> {
        create_directory(path)?;
        let lock = DirectoryLock::acquire(path)?;
        Self::open_locked(path, config, tables, lock, Creation::Complete)
    }

    /// Opens the database in `path` for reading, also while another process has it open. Makes
    /// nothing. Tables that the file lacks are [`DbError::UnknownTable`] when they are used.
    ///
    /// # Errors
    /// [`DbError::Missing`] if there is no database, or as [`Self::open`].
    pub fn open_read_only(
        path: &Path,
        config: DatabaseConfig,
        tables: &'static [TableInfo],
    ) -> Result<Self, DbError> {
        if !has_data(path)? {
            return Err(DbError::Missing { path: path.to_path_buf() });
        }
        check_space(path, &config)?;
        let engine_error = |error| DbError::engine(error, path, config.max_size_bytes);
        let environment = open_environment(path, &config, tables, Mode::ReadOnly)?;
        let tx = environment.begin_ro_unsync().map_err(engine_error)?;
        let handles = Handles::open(&tx, tables)
            .map_err(engine_error)?
            .ok_or_else(|| DbError::NoSchemaVersion { path: path.to_path_buf() })?;
        let version = read_version(&tx, handles.metadata()).map_err(engine_error)?;
        // The handles outlive the transaction that opened them only if it is committed.
        tx.commit().map_err(engine_error)?;
        check_version(version, path)?;
        Ok(Self::assemble(path, config, environment, handles, None))
    }

    pub(crate) fn open_locked(
        path: &Path,
        config: DatabaseConfig,
        tables: &'static [TableInfo],
        lock: DirectoryLock,
        creation: Creation,
    ) -> Result<Self, DbError> {
        check_space(path, &config)?;
        if has_data(path)? {
            check_length(path, &config, tables)?;
        }
        let mode = Mode::ReadWrite { sync_mode: SyncMode::Durable };
        let environment =
            open_environment(path, &config, tables, mode).map_err(|error| explain(error, path))?;
        let handles = create_tables(&environment, path, &config, tables, creation)
            .map_err(|error| explain(error, path))?;
        sync_directory(path)?;
        Ok(Self::assemble(path, config, environment, handles, Some(lock)))
    }

    fn assemble(
        path: &Path,
        config: DatabaseConfig,
        environment: Environment,
        handles: Handles,
        lock: Option<DirectoryLock>,
    ) -> Self {
        Self {
            inner: Arc::new(Inner {
                environment,
                handles,
                path: path.to_path_buf(),
                config,
                readers: Arc::default(),
                writer: Arc::default(),
                lock,
            }),
        }
    }

    /// Starts a read transaction: a snapshot of what was committed last.
    ///
    /// Keep it short. Pages that a snapshot needs are not used again, so the file grows with every
    /// commit while it is open; nothing ends it from outside. [`ReadTx::age`] and
    /// [`DatabaseStats::oldest_reader`](crate::DatabaseStats::oldest_reader) are there to bound it.
    ///
    /// # Errors
    /// [`DbError::ReadersFull`], or [`DbError::Engine`].
    pub fn begin_read(&self) -> Result<ReadTx, DbError> {
        ReadTx::begin(Arc::clone(&self.inner))
    }

    /// Starts the write transaction. Waits, asleep, until the one before is committed or dropped;
    /// so a thread that has one and asks for another waits for ever.
    ///
    /// # Errors
    /// [`DbError::ReadOnly`], [`DbError::NoSpace`], [`DbError::Full`] or [`DbError::Engine`].
    pub fn begin_write(&self) -> Result<WriteTx, DbError> {
        WriteTx::begin(Arc::clone(&self.inner))
    }

    /// Directory of the database.
    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    /// Tables that it was opened with.
    pub fn tables(&self) -> &'static [TableInfo] {
        self.inner.handles.tables()
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.inner
    }
}

/// Makes a directory and those above it, and makes them durable.
pub(crate) fn create_directory(path: &Path) -> Result<(), DbError> {
    if path.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(path).map_err(|error| DbError::io("create", path, error))?;
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).map_or(Ok(()), sync_directory)
}

/// Makes the names of new files durable.
pub(crate) fn sync_directory(path: &Path) -> Result<(), DbError> {
    File::open(path)
        .and_then(|directory| directory.sync_all())
        .map_err(|error| DbError::io("sync", path, error))
}

fn has_data(path: &Path) -> Result<bool, DbError> {
    path.join(DATA_FILE).try_exists().map_err(|error| DbError::io("read", path, error))
}

/// Refuses a file that is shorter than its contents. Opened for writing, the engine would fill it
/// up with empty pages, and take an empty file for a new one; opened for reading, it reports both.
fn check_length(path: &Path, config: &DatabaseConfig, tables: &[TableInfo]) -> Result<(), DbError> {
    match open_environment(path, config, tables, Mode::ReadOnly) {
        Err(error @ (DbError::Corrupt { .. } | DbError::NotADatabase { .. })) => Err(error),
        // Anything else is reported by the opening that follows, or is no matter for it.
        _ => Ok(()),
    }
}

fn open_environment(
    path: &Path,
    config: &DatabaseConfig,
    tables: &[TableInfo],
    mode: Mode,
) -> Result<Environment, DbError> {
    let error = |error| DbError::engine(error, path, config.max_size_bytes);
    let mut builder = Environment::builder();
    builder
        .set_max_dbs(Handles::needed(tables))
        .set_max_readers(config.max_readers.into())
        .set_handle_slow_readers(on_slow_reader)
        .set_flags(EnvironmentFlags {
            mode,
            no_rdahead: !config.read_ahead,
            ..EnvironmentFlags::default()
        });
    if matches!(mode, Mode::ReadWrite { .. }) {
        builder.set_geometry(Geometry {
            size: Some(0..config.max_size_bytes),
            growth_step: Some(isize::try_from(config.growth_step_bytes).unwrap_or(isize::MAX)),
            shrink_threshold: Some(0),
            page_size: Some(PageSize::Set(PAGE_SIZE_BYTES)),
        });
    }
    let environment = builder.open(path).map_err(|found| match found {
        MdbxError::NoData => error(MdbxError::Corrupted),
        found => error(found),
    })?;
    // The limits on keys and values are those of this page size.
    let page_size = environment.stat().map_err(error)?.page_size();
    if usize::try_from(page_size) == Ok(PAGE_SIZE_BYTES) {
        Ok(environment)
    } else {
        Err(error(MdbxError::Incompatible))
    }
}

/// Opens the tables and checks the version, or makes both: in one transaction, so that a file has
/// all of them or is new.
fn create_tables(
    environment: &Environment,
    path: &Path,
    config: &DatabaseConfig,
    tables: &'static [TableInfo],
    creation: Creation,
) -> Result<Handles, DbError> {
    let error = |error| DbError::engine(error, path, config.max_size_bytes);
    let tx = environment.begin_rw_unsync().map_err(error)?;
    let root = tx.open_db(None).map_err(error)?;
    let is_new = tx.db_stat(&root).map_err(error)?.entries() == 0;
    let handles = Handles::create(&tx, tables).map_err(error)?;
    if !is_new {
        // On an error the transaction is dropped: a file of another version is left as it is.
        check_version(read_version(&tx, handles.metadata()).map_err(error)?, path)?;
    } else if creation == Creation::Complete {
        write_version(&tx, handles.metadata()).map_err(error)?;
    }
    tx.commit().map_err(error)?;
    Ok(handles)
}
