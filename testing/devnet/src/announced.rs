//! What a node published.

use alloy_eips::BlockNumHash;
use parking_lot::Mutex;
use rollup_sequencer::{Announce, AnnouncedTo};
use rollup_storage::ExecutedBlock;
use std::sync::Arc;

/// Stands for the network: keeps the identities of the blocks that were published, in order, over
/// restarts of the node.
#[derive(Debug, Default)]
pub struct Announced {
    blocks: Mutex<Vec<BlockNumHash>>,
}

impl Announced {
    /// All so far.
    pub fn blocks(&self) -> Vec<BlockNumHash> {
        self.blocks.lock().clone()
    }

    /// The last one.
    pub fn last(&self) -> Option<BlockNumHash> {
        self.blocks.lock().last().copied()
    }
}

impl Announce for Announced {
    fn announce(&self, block: &Arc<ExecutedBlock>) -> AnnouncedTo {
        self.blocks.lock().push(block.id());
        AnnouncedTo::default()
    }
}
