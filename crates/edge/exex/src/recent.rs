//! The last blocks as the engine executed them.

use alloy_primitives::B256;
use parking_lot::Mutex;
use rollup_storage::{CanonicalChange, ExecutedBlock};
use std::{collections::VecDeque, sync::Arc};

/// The last blocks as the engine executed them, so that an ExEx that keeps up needs no block executed
/// again. Bounded: the oldest go first.
#[derive(Debug)]
pub(crate) struct RecentBlocks {
    blocks: Mutex<VecDeque<Arc<ExecutedBlock>>>,
    max_blocks: usize,
}

impl RecentBlocks {
    pub(crate) const fn new(max_blocks: usize) -> Self {
        Self { blocks: Mutex::new(VecDeque::new()), max_blocks }
    }

    /// Keeps the blocks that joined the chain. On the engine's thread: returns at once.
    pub(crate) fn follow(&self, change: &CanonicalChange) {
        let skipped = change.added.len().saturating_sub(self.max_blocks);
        let mut blocks = self.blocks.lock();
        blocks.extend(change.added.iter().skip(skipped).map(Arc::clone));
        let surplus = blocks.len().saturating_sub(self.max_blocks);
        drop(blocks.drain(..surplus));
    }

    pub(crate) fn get(&self, hash: B256) -> Option<Arc<ExecutedBlock>> {
        let blocks = self.blocks.lock();
        blocks.iter().rev().find(|executed| executed.block.hash() == hash).map(Arc::clone)
    }
}
