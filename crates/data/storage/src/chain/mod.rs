//! The canonical chain and its state in the database.

mod append;
mod blocks;
mod genesis;
mod history;
mod state;
mod trie;
mod unwind;

pub use append::ExecutedBlock;
pub use state::StateReader;

use crate::error::StorageError;
use alloy_eips::BlockNumHash;
use rollup_chainspec::ScrollChainSpec;
use rollup_db::{Database, DatabaseConfig, Forkchoice, ForkchoiceKey, Mode, ReadTx, TABLES, Tx};
use std::{path::Path, sync::Arc};

/// The stored chain. Cloning gives another handle to it.
#[derive(Clone, Debug)]
pub struct ChainStore {
    db: Database,
    chain_spec: Arc<ScrollChainSpec>,
}

impl ChainStore {
    /// Opens the database in `path`, and writes the genesis block if there is none yet.
    ///
    /// # Errors
    /// [`StorageError::OtherChain`] if it holds another chain, and those of the database.
    pub fn open(
        path: &Path,
        config: DatabaseConfig,
        chain_spec: Arc<ScrollChainSpec>,
    ) -> Result<Self, StorageError> {
        let db = Database::open(path, config, TABLES)?;
        let store = Self { db, chain_spec };
        store.ensure_genesis()?;
        Ok(store)
    }

    /// The database.
    pub const fn database(&self) -> &Database {
        &self.db
    }

    /// The chain.
    pub const fn chain_spec(&self) -> &Arc<ScrollChainSpec> {
        &self.chain_spec
    }

    /// A view of the chain as it is now; appending and unwinding do not change it.
    ///
    /// # Errors
    /// Those of the database.
    pub fn view(&self) -> Result<ChainView, StorageError> {
        Ok(ChainView { tx: self.db.begin_read()? })
    }
}

/// A consistent view of the chain. Long-lived views make the database grow.
#[derive(Debug)]
pub struct ChainView {
    tx: ReadTx,
}

impl ChainView {
    /// Number and hash of the head.
    ///
    /// # Errors
    /// Those of the database.
    pub fn head(&self) -> Result<BlockNumHash, StorageError> {
        head(&self.tx)
    }
}

/// The head that a transaction sees.
fn head<M: Mode>(tx: &Tx<M>) -> Result<BlockNumHash, StorageError> {
    point(tx, ForkchoiceKey::Head)
}

/// A point of the forkchoice that a transaction sees.
fn point<M: Mode>(tx: &Tx<M>, key: ForkchoiceKey) -> Result<BlockNumHash, StorageError> {
    let missing = StorageError::Missing { table: "Forkchoice", number: 0 };
    tx.get::<Forkchoice>(&key)?.ok_or(missing)
}
