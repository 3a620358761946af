//! Reading a stored chain that another process may be writing.

use super::{ChainView, genesis::stored_identity, roots::WarmTrie, signed_record};
use crate::{
    cache::{CacheConfig, StateCache},
    error::{ChainIdentity, StorageError},
    log::SignedRecord,
    overlay::Layers,
};
use alloy_eips::BlockNumHash;
use rollup_db::{Database, DatabaseConfig, TABLES};
use std::{path::Path, sync::Arc};

/// The chain in a database that is open for reading only, also while a node runs on it. Blocks that
/// only the block log of that node has are not seen.
#[derive(Clone, Debug)]
pub struct ChainReader {
    db: Database,
    warm_trie: Arc<WarmTrie>,
    /// Empty for ever: nobody tells it of the commits of the other process.
    cache: Arc<StateCache>,
}

impl ChainReader {
    /// Opens the database in `path`, of whatever chain. Makes nothing.
    ///
    /// # Errors
    /// Those of [`Database::open_read_only`].
    pub fn open(path: &Path, config: DatabaseConfig) -> Result<Self, StorageError> {
        let db = Database::open_read_only(path, config, TABLES)?;
        let cache = Arc::new(StateCache::new(CacheConfig::default(), 0));
        Ok(Self { db, warm_trie: Arc::default(), cache })
    }

    /// The database.
    pub const fn database(&self) -> &Database {
        &self.db
    }

    /// A view of the chain as it is now.
    ///
    /// # Errors
    /// Those of the database.
    pub fn view(&self) -> Result<ChainView, StorageError> {
        ChainView::new(self.db.begin_read()?, Layers::default(), &self.warm_trie, &self.cache)
    }

    /// Which chain it is; `None` if there is no genesis block yet.
    ///
    /// # Errors
    /// Those of the database.
    pub fn identity(&self) -> Result<Option<ChainIdentity>, StorageError> {
        stored_identity(&self.db.begin_read()?)
    }

    /// The highest signed block that the database knows of. The one in force is that of
    /// [`read_signed_height`](crate::read_signed_height), which is never older.
    ///
    /// # Errors
    /// Those of the database.
    pub fn signed_height(&self) -> Result<Option<BlockNumHash>, StorageError> {
        let record = self.signed_record()?;
        Ok(record.map(|record| BlockNumHash::new(record.signed.number, record.signed.hash)))
    }

    pub(crate) fn signed_record(&self) -> Result<Option<SignedRecord>, StorageError> {
        signed_record(&self.db.begin_read()?)
    }
}
