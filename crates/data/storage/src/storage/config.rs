//! Settings of the storage.

use crate::{cache::CacheConfig, log::LogConfig, prune::PruneConfig};
use rollup_db::DatabaseConfig;

/// Default of [`StorageConfig::max_unpersisted_blocks`].
pub const DEFAULT_MAX_UNPERSISTED_BLOCKS: usize = 32;

/// Settings of the storage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StorageConfig {
    /// The database.
    pub database: DatabaseConfig,
    /// The block log.
    pub log: LogConfig,
    /// The cache of the latest state.
    pub cache: CacheConfig,
    /// What is kept of old blocks. Default: everything.
    pub prune: PruneConfig,
    /// What makes a block durable. Default: [`Durability::Log`].
    pub durability: Durability,
    /// Blocks that may be in memory before the database has them; at least 1. An append waits when
    /// there are as many. Default: [`DEFAULT_MAX_UNPERSISTED_BLOCKS`].
    ///
    /// More make a commit cheaper for each of its blocks, and a read that all of them miss dearer.
    pub max_unpersisted_blocks: usize,
}

impl Default for StorageConfig {
    fn default() -> Self {
        Self {
            database: DatabaseConfig::default(),
            log: LogConfig::default(),
            cache: CacheConfig::default(),
            prune: PruneConfig::default(),
            durability: Durability::default(),
            max_unpersisted_blocks: DEFAULT_MAX_UNPERSISTED_BLOCKS,
        }
    }
}

/// What makes a block durable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// The block log, before the append returns; the database follows.
    #[default]
    Log,
    /// The database alone, some blocks after the append has returned. For blocks that can be had
    /// again, as in an import: a crash takes the last ones.
    Database,
}
