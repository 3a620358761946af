//! The canonical chain and its state in the database.

mod account_changes;
mod append;
mod blocks;
mod evm;
mod genesis;
pub(crate) mod history;
mod merged;
mod modified;
mod proofs;
mod reader;
mod roots;
mod state;
pub(crate) mod trie;
mod unwind;
mod witness;

pub use reader::ChainReader;
pub use state::StateReader;

use crate::{
    block::ExecutedBlock,
    cache::{CacheConfig, CacheStats, CommittedChanges, StateCache},
    error::StorageError,
    log::{SignedBlockId, SignedRecord},
    overlay::Layers,
};
use alloy_eips::BlockNumHash;
use parking_lot::Mutex;
use rollup_chainspec::ScrollChainSpec;
use rollup_db::{
    Database, DatabaseConfig, Forkchoice, ForkchoiceKey, Metadata, MetadataKey, Mode, ReadTx,
    SignedHeight, SingleKey, TABLES, Tx, WriteTx,
};
use roots::WarmTrie;
use std::{path::Path, sync::Arc};

/// The chain in the database, without the block log. Cloning gives another handle to it.
#[derive(Clone, Debug)]
pub struct ChainStore {
    db: Database,
    chain_spec: Arc<ScrollChainSpec>,
    warm_trie: Arc<WarmTrie>,
    cache: Arc<StateCache>,
    /// Held from a commit until the cache knows of it.
    commits: Arc<Mutex<()>>,
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
        Self::open_cached(path, config, CacheConfig::default(), chain_spec)
    }

    pub(crate) fn open_cached(
        path: &Path,
        config: DatabaseConfig,
        cache: CacheConfig,
        chain_spec: Arc<ScrollChainSpec>,
    ) -> Result<Self, StorageError> {
        let db = Database::open(path, config, TABLES)?;
        let cache = Arc::new(StateCache::new(cache, db.begin_read()?.id()?));
        let store =
            Self { db, chain_spec, warm_trie: Arc::default(), cache, commits: Arc::default() };
        store.ensure_genesis()?;
        Ok(store)
    }

    /// What the cache of the state has done so far.
    pub fn cache_stats(&self) -> CacheStats {
        self.cache.stats()
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
        let tx = self.db.begin_read()?;
        self.view_of(tx, Layers::default())
    }

    fn view_of(&self, tx: ReadTx, layers: Layers) -> Result<ChainView, StorageError> {
        ChainView::new(tx, layers, &self.warm_trie, &self.cache)
    }

    /// A view of the chain with `blocks` on top of it: a run of blocks of which the database has
    /// none, some or all. `None` if they are not of the chain in the database.
    pub(crate) fn view_with(
        &self,
        blocks: &[Arc<ExecutedBlock>],
    ) -> Result<Option<ChainView>, StorageError> {
        let tx = self.db.begin_read()?;
        let layers = Layers::above(blocks, head(&tx)?);
        layers.map(|layers| self.view_of(tx, layers)).transpose()
    }

    /// The highest block that this node is known to have signed.
    pub(crate) fn signed_record(&self) -> Result<Option<SignedRecord>, StorageError> {
        signed_record(&self.db.begin_read()?)
    }

    /// Sequence number of the last record of the block log whose effect is in the database.
    pub(crate) fn log_sequence(&self) -> Result<Option<u64>, StorageError> {
        metadata_number(&self.db.begin_read()?, MetadataKey::LogSequence)
    }

    /// Commits, and tells the cache what of the state changed.
    pub(crate) fn commit(
        &self,
        tx: WriteTx,
        changes: &CommittedChanges,
    ) -> Result<(), StorageError> {
        self.commit_and_tell(tx, |cache, snapshot| cache.commit(snapshot, changes))
    }

    /// Commits, and lets the cache forget the state.
    pub(crate) fn commit_and_forget(&self, tx: WriteTx) -> Result<(), StorageError> {
        self.commit_and_tell(tx, StateCache::clear)
    }

    fn commit_and_tell(
        &self,
        tx: WriteTx,
        tell: impl FnOnce(&StateCache, u64),
    ) -> Result<(), StorageError> {
        let _turn = self.commits.lock();
        let snapshot = tx.id()?;
        tx.commit()?;
        // The engine makes no snapshot of a transaction that changed nothing, and gives its number
        // to the next one.
        if self.db.begin_read()?.id()? == snapshot {
            tell(&self.cache, snapshot);
        }
        Ok(())
    }
}

/// A consistent view of the chain. Long-lived views make the database grow.
#[derive(Debug)]
pub struct ChainView {
    tx: ReadTx,
    /// The blocks of the view that its snapshot does not have.
    layers: Layers,
    warm_trie: Arc<WarmTrie>,
    cache: Arc<StateCache>,
    /// Number of the snapshot.
    snapshot: u64,
}

impl ChainView {
    fn new(
        tx: ReadTx,
        layers: Layers,
        warm_trie: &Arc<WarmTrie>,
        cache: &Arc<StateCache>,
    ) -> Result<Self, StorageError> {
        let snapshot = tx.id()?;
        let (warm_trie, cache) = (Arc::clone(warm_trie), Arc::clone(cache));
        Ok(Self { tx, layers, warm_trie, cache, snapshot })
    }

    /// The snapshot.
    pub(crate) const fn tx(&self) -> &ReadTx {
        &self.tx
    }

    /// The blocks that the snapshot does not have.
    pub(crate) const fn layers(&self) -> &Layers {
        &self.layers
    }

    /// Number and hash of the head.
    ///
    /// # Errors
    /// Those of the database.
    pub fn head(&self) -> Result<BlockNumHash, StorageError> {
        self.layers.tip().map_or_else(|| head(&self.tx), Ok)
    }

    /// Adds a block on top of the head, to this view only. So a run of blocks can be executed
    /// before any of them is stored.
    ///
    /// # Errors
    /// [`StorageError::NotAChild`] if it does not follow the head, and those of the database.
    pub fn push(&mut self, block: Arc<ExecutedBlock>) -> Result<(), StorageError> {
        let parent = self.head()?;
        if !block.follows(parent) {
            return Err(StorageError::NotAChild { block: block.id(), parent });
        }
        self.layers.push(block);
        Ok(())
    }
}

/// The copy of the signed height that a transaction sees. One that was written before there were
/// sequence numbers has 0, as the record then has.
pub(crate) fn signed_record<M: Mode>(tx: &Tx<M>) -> Result<Option<SignedRecord>, StorageError> {
    let Some(BlockNumHash { number, hash }) = tx.get::<SignedHeight>(&SingleKey::Single)? else {
        return Ok(None);
    };
    let sequence = metadata_number(tx, MetadataKey::SignedSequence)?.unwrap_or_default();
    Ok(Some(SignedRecord { sequence, signed: SignedBlockId { number, hash } }))
}

fn metadata_number<M: Mode>(tx: &Tx<M>, key: MetadataKey) -> Result<Option<u64>, StorageError> {
    let Some(bytes) = tx.get::<Metadata>(&key)? else { return Ok(None) };
    let damaged = |_| StorageError::Missing { table: "Metadata", number: 0 };
    Ok(Some(u64::from_be_bytes(bytes.as_ref().try_into().map_err(damaged)?)))
}

/// The head that a transaction sees.
pub(crate) fn head<M: Mode>(tx: &Tx<M>) -> Result<BlockNumHash, StorageError> {
    point(tx, ForkchoiceKey::Head)
}

/// A point of the forkchoice that a transaction sees.
pub(crate) fn point<M: Mode>(tx: &Tx<M>, key: ForkchoiceKey) -> Result<BlockNumHash, StorageError> {
    let missing = StorageError::Missing { table: "Forkchoice", number: 0 };
    tx.get::<Forkchoice>(&key)?.ok_or(missing)
}
