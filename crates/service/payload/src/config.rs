//! Limits of a block.

/// Limits of a block that is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PayloadConfig {
    /// Gas limit of a block, unless the attributes say otherwise. A chain moves to it from its
    /// parent's limit by the step that headers allow.
    pub gas_limit: u64,
}

impl Default for PayloadConfig {
    fn default() -> Self {
        Self { gas_limit: 20_000_000 }
    }
}
