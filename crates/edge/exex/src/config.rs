//! Limits of what is kept for ExExes.

/// Default of [`ExExConfig::max_logged_blocks`].
pub const DEFAULT_MAX_LOGGED_BLOCKS: u64 = 10_000;
/// Default of [`ExExConfig::max_notification_blocks`].
pub const DEFAULT_MAX_NOTIFICATION_BLOCKS: usize = 16;
/// Default of [`ExExConfig::max_recent_blocks`].
pub const DEFAULT_MAX_RECENT_BLOCKS: usize = 64;
/// Default of [`ExExConfig::segment_bytes`].
pub const DEFAULT_EXEX_SEGMENT_BYTES: u64 = 16 * 1024 * 1024;

/// Limits of what is kept for ExExes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExExConfig {
    /// How far below the head a block is logged, in blocks, where it is not finalized. An ExEx that
    /// has blocks of a branch which left the chain further below cannot be told so. Default:
    /// [`DEFAULT_MAX_LOGGED_BLOCKS`].
    pub max_logged_blocks: u64,
    /// Blocks in one notification that leave the chain, or that join it, at most; at least 1.
    /// Default: [`DEFAULT_MAX_NOTIFICATION_BLOCKS`].
    pub max_notification_blocks: usize,
    /// Blocks that are kept in memory as the engine executed them. What is older is executed again.
    /// Default: [`DEFAULT_MAX_RECENT_BLOCKS`].
    pub max_recent_blocks: usize,
    /// Size of a file of the log, in bytes. What is not needed any more is removed by whole files.
    /// Default: [`DEFAULT_EXEX_SEGMENT_BYTES`].
    pub segment_bytes: u64,
}

impl Default for ExExConfig {
    fn default() -> Self {
        Self {
            max_logged_blocks: DEFAULT_MAX_LOGGED_BLOCKS,
            max_notification_blocks: DEFAULT_MAX_NOTIFICATION_BLOCKS,
            max_recent_blocks: DEFAULT_MAX_RECENT_BLOCKS,
            segment_bytes: DEFAULT_EXEX_SEGMENT_BYTES,
        }
    }
}
