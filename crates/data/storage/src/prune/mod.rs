//! Removing the history of old blocks.
//!
//! Pruned up to block n, the database has no changesets, history and receipts of the blocks up to
//! n. The state after n and after every later block can be read, since it follows from the
//! changesets of the blocks above; and the chain can be unwound to n, but no further.

mod changesets;
mod config;
mod start;
mod step;
#[cfg(test)]
mod tests;

pub use config::{
    DEFAULT_DISTANCE_BLOCKS, DEFAULT_PRUNE_BLOCKS_PER_STEP, DEFAULT_PRUNE_ENTRIES_PER_STEP,
    PruneConfig, PruneMode,
};
pub(crate) use start::{ensure_receipts, ensure_state, history_start};
pub use step::PruneProgress;
