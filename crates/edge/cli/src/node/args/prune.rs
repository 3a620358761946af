//! What is kept of old blocks.

use clap::Args;
use rollup_storage::{DEFAULT_DISTANCE_BLOCKS, PruneMode};

/// Flags of the storage.
#[derive(Debug, Args)]
#[command(next_help_heading = "Storage")]
pub(super) struct PruneArgs {
    /// Remove the history of old blocks: their state, receipts and logs. What is removed does not
    /// come back
    #[arg(long)]
    full: bool,

    /// How many blocks below the head keep their history; implies --full. By default the 10064 that
    /// --full keeps. Above the finalized block all of it is kept
    #[arg(long = "prune.distance", value_name = "BLOCKS")]
    prune_distance: Option<u64>,
}

impl PruneArgs {
    pub(super) fn into_mode(self) -> PruneMode {
        let Self { full, prune_distance } = self;
        if !full && prune_distance.is_none() {
            return PruneMode::Archive;
        }
        let distance_blocks = prune_distance.unwrap_or(DEFAULT_DISTANCE_BLOCKS);
        PruneMode::Full { distance_blocks }
    }
}
