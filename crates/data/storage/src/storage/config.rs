//! Settings of the storage.

use crate::{cache::CacheConfig, log::LogConfig, prune::PruneConfig};
use rollup_db::DatabaseConfig;
use std::time::Duration;

/// Default of [`StorageConfig::max_unpersisted_blocks`].
pub const DEFAULT_MAX_UNPERSISTED_BLOCKS: usize = 32;

/// Default of [`StorageConfig::commit_interval`].
pub const DEFAULT_COMMIT_INTERVAL: Duration = Duration::from_secs(2);

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
    /// there are as many, and half of them are committed at once. Default:
    /// [`DEFAULT_MAX_UNPERSISTED_BLOCKS`].
    ///
    /// More make a commit cheaper for each of its blocks, and a read that all of them miss dearer.
    pub max_unpersisted_blocks: usize,
    /// How long the first of fewer blocks waits in memory for others that are committed with it.
    /// Default: [`DEFAULT_COMMIT_INTERVAL`].
    ///
    /// Blocks of a chain change the same pages of the database again and again: a commit of several
    /// writes each page once. And while it is written, the disk makes the block log wait.
    pub commit_interval: Duration,
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
            commit_interval: DEFAULT_COMMIT_INTERVAL,
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
