//! A block with everything its execution gave.

use crate::changes::StateChanges;
use alloy_eips::BlockNumHash;
use rollup_primitives::{BlockSignature, RecoveredBlock, ScrollReceipt};

/// A block with everything its execution gave.
#[derive(Clone, Debug)]
pub struct ExecutedBlock {
    /// Block and senders.
    pub block: RecoveredBlock,
    /// Receipt of each transaction.
    pub receipts: Vec<ScrollReceipt>,
    /// Changes of the state.
    pub changes: StateChanges,
    /// Signature of the authorized signer, if it is known.
    pub signature: Option<BlockSignature>,
}

impl ExecutedBlock {
    /// Number and hash.
    pub fn id(&self) -> BlockNumHash {
        BlockNumHash::new(self.block.number, self.block.hash())
    }

    /// Number and hash of the parent.
    pub fn parent(&self) -> BlockNumHash {
        BlockNumHash::new(self.block.number.saturating_sub(1), self.block.parent_hash)
    }

    /// Whether it is the block that comes after `parent`.
    pub fn follows(&self, parent: BlockNumHash) -> bool {
        parent.number.checked_add(1) == Some(self.block.number)
            && self.block.parent_hash == parent.hash
    }
}
