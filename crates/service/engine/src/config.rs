//! Limits of the engine.

/// Limits of the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EngineConfig {
    /// Requests that may wait. Further ones are refused as [`EngineError::Busy`](crate::EngineError::Busy).
    pub max_waiting: usize,
    /// Changes of the chain that a follower may be behind before it misses some.
    pub max_unread_changes: usize,
    /// Blocks that are kept besides those of the chain.
    pub max_side_blocks: usize,
    /// Hashes of invalid blocks that are remembered.
    pub max_invalid_blocks: usize,
}

impl Default for EngineConfig {
    fn default() -> Self {
        Self {
            max_waiting: 64,
            max_unread_changes: 256,
            max_side_blocks: 1024,
            max_invalid_blocks: 512,
        }
    }
}
