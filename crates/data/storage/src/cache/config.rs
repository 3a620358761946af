/// Default of [`CacheConfig::accounts`].
pub const DEFAULT_CACHED_ACCOUNTS: usize = 128 * 1024;
/// Default of [`CacheConfig::slots`].
pub const DEFAULT_CACHED_SLOTS: usize = 256 * 1024;
/// Default of [`CacheConfig::code_bytes`].
pub const DEFAULT_CACHED_CODE_BYTES: u64 = 32 * 1024 * 1024;

/// How much a [`StateCache`](super::StateCache) keeps. It fills up to this and stays there; the
/// defaults take about 110 MiB in all. Each bound is shared out evenly to the shards, and so rounded
/// up to a multiple of their number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CacheConfig {
    /// Accounts, at about 200 bytes each. Default: [`DEFAULT_CACHED_ACCOUNTS`].
    pub accounts: usize,
    /// Slots, at about 200 bytes each. Default: [`DEFAULT_CACHED_SLOTS`].
    pub slots: usize,
    /// Codes in bytes, with what is kept to run them. A code that is larger than the part of one
    /// shard is not kept. Default: [`DEFAULT_CACHED_CODE_BYTES`].
    pub code_bytes: u64,
}

impl Default for CacheConfig {
    fn default() -> Self {
        Self {
            accounts: DEFAULT_CACHED_ACCOUNTS,
            slots: DEFAULT_CACHED_SLOTS,
            code_bytes: DEFAULT_CACHED_CODE_BYTES,
        }
    }
}
