//! What a database takes up, and reading it without its types.

use crate::{
    config::PAGE_SIZE_BYTES,
    database::{DATA_FILE, Database},
    error::DbError,
    readers::slow_reader_events,
    table::TableInfo,
    tx::ReadTx,
};
use alloy_primitives::Bytes;
use signet_libmdbx::Stat;
use std::{borrow::Cow, fs, time::Duration};

/// What a database takes up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatabaseStats {
    /// Length of the file in bytes. It is sparse, so the disk may hold less.
    pub file_bytes: u64,
    /// Bytes of the pages that are in use, or were and are free again.
    pub used_bytes: u64,
    /// Bytes of the pages that are free to be used again. If this grows, a read transaction is
    /// open for too long.
    pub free_bytes: u64,
    /// Number of the last commit.
    pub last_commit: u64,
    /// Read transactions that are open in this process.
    pub open_readers: usize,
    /// Age of the oldest of them.
    pub oldest_reader: Option<Duration>,
    /// How often, since this process started, a file grew because a reader kept pages in use.
    pub slow_reader_events: u64,
    /// The tables, in the order of their list.
    pub tables: Vec<TableStats>,
}

/// What a table takes up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableStats {
    /// Name.
    pub name: &'static str,
    /// Entries; each value of a key counts.
    pub entries: u64,
    /// Levels of its tree.
    pub depth: u32,
    /// Pages that lead to others.
    pub branch_pages: u64,
    /// Pages with entries.
    pub leaf_pages: u64,
    /// Pages of values that are too large for a leaf.
    pub overflow_pages: u64,
}

impl TableStats {
    const fn new(name: &'static str, stat: &Stat) -> Self {
        Self {
            name,
            entries: stat.entries() as u64,
            depth: stat.depth(),
            branch_pages: stat.branch_pages() as u64,
            leaf_pages: stat.leaf_pages() as u64,
            overflow_pages: stat.overflow_pages() as u64,
        }
    }

    /// Bytes of all its pages.
    pub const fn bytes(&self) -> u64 {
        (self.branch_pages + self.leaf_pages + self.overflow_pages) * PAGE_SIZE_BYTES as u64
    }
}

impl Database {
    /// What the database takes up. Reads the list of free pages, which takes a while if it is long.
    ///
    /// # Errors
    /// [`DbError::Io`], or those of [`Self::begin_read`].
    pub fn stats(&self) -> Result<DatabaseStats, DbError> {
        let inner = self.inner();
        let error = |error| inner.error(error);
        let file_bytes = fs::metadata(inner.path.join(DATA_FILE))
            .map_err(|error| DbError::io("read the size of the file in", &inner.path, error))?
            .len();
        let info = inner.environment.info().map_err(error)?;
        let (open_readers, oldest_reader) = (inner.readers.count(), inner.readers.oldest_age());
        let tx = self.begin_read()?;
        let free_pages = inner.environment.freelist().map_err(|error| tx.read_error(error))?;
        let tables = inner
            .handles
            .present()
            .map(|(table, handle)| {
                tx.engine().db_stat(&handle).map(|stat| TableStats::new(table.name, &stat))
            })
            .collect::<Result<_, _>>()
            .map_err(error)?;
        Ok(DatabaseStats {
            file_bytes,
            // Pages are numbered from 0.
            used_bytes: ((info.last_pgno() + 1) * PAGE_SIZE_BYTES) as u64,
            free_bytes: (free_pages * PAGE_SIZE_BYTES) as u64,
            last_commit: info.last_txnid() as u64,
            open_readers,
            oldest_reader,
            slow_reader_events: slow_reader_events(),
            tables,
        })
    }
}

/// For inspection: tables by name, entries as bytes.
impl ReadTx {
    /// Calls with the bytes of each entry of a table, in order, from the first whose key is not
    /// below `from`, until the call gives `false`. Gives the table, or `None` if there is none of
    /// this name.
    ///
    /// # Errors
    /// [`DbError::Corrupt`] or [`DbError::Engine`].
    pub fn visit_raw(
        &self,
        table: &str,
        from: &[u8],
        mut visit: impl FnMut(&[u8], &[u8]) -> bool,
    ) -> Result<Option<&'static TableInfo>, DbError> {
        let Some((table, handle)) = self.inner().handles.named(table) else { return Ok(None) };
        let mut cursor = self.engine().cursor(handle).map_err(|error| self.inner().error(error))?;
        let mut found = cursor.set_range::<Cow<'_, [u8]>, Cow<'_, [u8]>>(from);
        while let Some((key, value)) = found.map_err(|error| self.read_error(error))? {
            if !visit(&key, &value) {
                break;
            }
            found = cursor.next();
        }
        Ok(Some(table))
    }

    /// Entries in a table, as [`Self::entry_count`]; `None` if there is none of this name.
    ///
    /// # Errors
    /// [`DbError::Corrupt`] or [`DbError::Engine`].
    pub fn entry_count_of(&self, table: &str) -> Result<Option<u64>, DbError> {
        let Some((_, handle)) = self.inner().handles.named(table) else { return Ok(None) };
        let stat = self.engine().db_stat(&handle).map_err(|error| self.inner().error(error))?;
        Ok(Some(stat.entries() as u64))
    }

    /// Reads every entry of a table and checks that it decodes. Gives how many there are.
    ///
    /// # Errors
    /// [`DbError::UnknownTable`], [`DbError::DecodeKey`] with the first entry that does not,
    /// [`DbError::Corrupt`] or [`DbError::Engine`].
    pub fn check_table(&self, table: &'static TableInfo) -> Result<u64, DbError> {
        let mut entries = 0;
        let mut damaged = None;
        self.visit_raw(table.name, &[], |key, value| {
            entries += 1;
            damaged =
                (table.check)(key, value).err().map(|source| (Bytes::copy_from_slice(key), source));
            damaged.is_none()
        })?
        .ok_or(DbError::UnknownTable { table: table.name })?;
        damaged.map_or(Ok(entries), |(key, source)| {
            Err(DbError::DecodeKey { table: table.name, key, source })
        })
    }
}
