//! A copy without free pages.

use crate::{
    database::{Creation, Database, create_directory},
    error::DbError,
    lock::DirectoryLock,
    schema::write_version,
    table::Table,
    tables::Metadata,
    tx::{ReadTx, WriteTx},
};
use signet_libmdbx::{Database as Handle, WriteFlags};
use std::{borrow::Cow, fs, path::Path};

/// Bytes of keys and values after which a copy is committed, to bound the memory of one transaction.
const COMMIT_BYTES: usize = 128 << 20;

impl Database {
    /// Copies a snapshot into a new database in the directory `to`: every page full, none free.
    /// This is how a file is made smaller. Writers go on meanwhile, so the file of a busy node grows;
    /// better to do it while the node is stopped.
    ///
    /// A copy that was not finished cannot be opened: its version is written last.
    ///
    /// # Errors
    /// [`DbError::NotEmpty`] if there is something in `to`; or those of [`Self::open`], of reading
    /// and of writing.
    pub fn copy_compact(&self, to: &Path) -> Result<(), DbError> {
        create_directory(to)?;
        let mut entries = fs::read_dir(to).map_err(|error| DbError::io("read", to, error))?;
        if entries.next().is_some() {
            return Err(DbError::NotEmpty { path: to.to_path_buf() });
        }
        let lock = DirectoryLock::acquire(to)?;
        let inner = self.inner();
        let target = Self::open_locked(
            to,
            inner.config.clone(),
            self.tables(),
            lock,
            Creation::Unversioned,
        )?;

        let source = self.begin_read()?;
        let mut copy = Copy { source: &source, target: &target, tx: None, bytes: 0 };
        for (table, handle) in
            inner.handles.present().filter(|(table, _)| table.name != Metadata::NAME)
        {
            // Every table of the list was made in the target just now.
            let (_, to) = target
                .inner()
                .handles
                .named(table.name)
                .ok_or(DbError::UnknownTable { table: table.name })?;
            copy.table(handle, to, table.dup)?;
        }
        copy.table(inner.handles.metadata(), target.inner().handles.metadata(), Metadata::DUP)?;
        copy.finish()
    }
}

struct Copy<'a> {
    source: &'a ReadTx,
    target: &'a Database,
    tx: Option<WriteTx>,
    /// Written since the last commit.
    bytes: usize,
}

impl Copy<'_> {
    fn table(&mut self, from: Handle, to: Handle, dup: bool) -> Result<(), DbError> {
        let error = |error| self.source.inner().error(error);
        let flags = if dup { WriteFlags::APPEND_DUP } else { WriteFlags::APPEND };
        let mut cursor = self.source.engine().cursor(from).map_err(error)?;
        let mut found = cursor.first::<Cow<'_, [u8]>, Cow<'_, [u8]>>();
        while let Some((key, value)) = found.map_err(|error| self.source.read_error(error))? {
            let tx = match self.tx.take() {
                Some(tx) => tx,
                None => self.target.begin_write()?,
            };
            tx.engine().put(to, &key, &value, flags).map_err(|error| tx.inner().error(error))?;
            self.bytes += key.len() + value.len();
            if self.bytes < COMMIT_BYTES {
                self.tx = Some(tx);
            } else {
                tx.commit()?;
                self.bytes = 0;
            }
            found = cursor.next();
        }
        Ok(())
    }

    fn finish(self) -> Result<(), DbError> {
        let tx = match self.tx {
            Some(tx) => tx,
            None => self.target.begin_write()?,
        };
        let inner = self.target.inner();
        write_version(tx.engine(), inner.handles.metadata()).map_err(|error| inner.error(error))?;
        tx.commit()
    }
}
