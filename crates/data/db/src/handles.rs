//! From table types to the handles of the engine.

use crate::{
    error::DbError,
    table::{Table, TableInfo},
    tables::Metadata,
};
use signet_libmdbx::{Database as Handle, DatabaseFlags, MdbxError, MdbxResult, tx::Tx};

/// Handles of the tables that a database was opened with.
#[derive(Debug)]
pub(crate) struct Handles {
    tables: &'static [TableInfo],
    /// In the order of `tables`; `None` for a table that a file opened for reading does not have.
    handles: Vec<Option<Handle>>,
    metadata: Handle,
}

const fn flags(dup: bool) -> DatabaseFlags {
    if dup { DatabaseFlags::DUP_SORT } else { DatabaseFlags::empty() }
}

impl Handles {
    /// How many handles a list of tables needs: theirs, the metadata and some slack.
    pub(crate) const fn needed(tables: &[TableInfo]) -> usize {
        tables.len() + 4
    }

    /// Opens every table, and makes those that are not there.
    pub(crate) fn create(
        tx: &Tx<signet_libmdbx::Rw>,
        tables: &'static [TableInfo],
    ) -> MdbxResult<Self> {
        let metadata = tx.create_db(Some(Metadata::NAME), flags(Metadata::DUP))?;
        let handles = tables
            .iter()
            .map(|table| tx.create_db(Some(table.name), flags(table.dup)).map(Some))
            .collect::<MdbxResult<_>>()?;
        Ok(Self { tables, handles, metadata })
    }

    /// Opens the tables that are there; `None` if there is no metadata.
    pub(crate) fn open(
        tx: &Tx<signet_libmdbx::Ro>,
        tables: &'static [TableInfo],
    ) -> MdbxResult<Option<Self>> {
        let open = |name| match tx.open_db_no_cache(Some(name)) {
            Ok(handle) => Ok(Some(handle)),
            Err(MdbxError::NotFound) => Ok(None),
            Err(error) => Err(error),
        };
        let Some(metadata) = open(Metadata::NAME)? else { return Ok(None) };
        let handles = tables
            .iter()
            .map(|table| match open(table.name)? {
                // The engine opens a table with the flags it has; ours would misread it.
                Some(handle) if handle.flags().contains(DatabaseFlags::DUP_SORT) != table.dup => {
                    Err(MdbxError::Incompatible)
                }
                handle => Ok(handle),
            })
            .collect::<MdbxResult<_>>()?;
        Ok(Some(Self { tables, handles, metadata }))
    }

    pub(crate) const fn metadata(&self) -> Handle {
        self.metadata
    }

    pub(crate) const fn tables(&self) -> &'static [TableInfo] {
        self.tables
    }

    /// Handle of a table, which must be of the list that the database was opened with.
    pub(crate) fn get<T: Table>(&self) -> Result<Handle, DbError> {
        let listed = self.tables.get(T::INDEX).is_some_and(|table| table.name == T::NAME);
        let handle = if listed {
            self.handles.get(T::INDEX).copied().flatten()
        } else {
            // The metadata are there whatever the list is.
            (T::NAME == Metadata::NAME).then_some(self.metadata)
        };
        handle.ok_or(DbError::UnknownTable { table: T::NAME })
    }

    /// Tables of the list that are in the file.
    pub(crate) fn present(&self) -> impl Iterator<Item = (&'static TableInfo, Handle)> {
        self.tables
            .iter()
            .zip(&self.handles)
            .filter_map(|(table, handle)| Some((table, (*handle)?)))
    }

    /// Handle of a table by its place in the list.
    pub(crate) fn named(&self, name: &str) -> Option<(&'static TableInfo, Handle)> {
        self.present().find(|(table, _)| table.name == name)
    }
}
