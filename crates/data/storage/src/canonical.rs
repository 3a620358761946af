//! What becomes of the chain, as those who follow it are told.

use crate::block::ExecutedBlock;
use alloy_eips::BlockNumHash;
use rollup_primitives::{RecoveredBlock, ScrollReceipt};
use std::sync::Arc;

/// A change of the canonical chain.
#[derive(Clone, Debug)]
pub struct CanonicalChange {
    /// Blocks that left the chain, ascending. Empty unless it is a reorg or an unwind.
    pub removed: Vec<Arc<RemovedBlock>>,
    /// Blocks that joined it, ascending, on top of the last one that stayed. Empty if it is an
    /// unwind.
    pub added: Vec<Arc<ExecutedBlock>>,
    /// The head now.
    pub head: BlockNumHash,
}

/// A block that left the chain. The state it changed is no longer known.
#[derive(Clone, Debug)]
pub struct RemovedBlock {
    /// Block and senders.
    pub block: RecoveredBlock,
    /// Receipt of each transaction.
    pub receipts: Vec<ScrollReceipt>,
}
