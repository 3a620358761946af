//! The blocks that are known to be invalid.

use crate::error::{InvalidBlock, InvalidReason};
use alloy_primitives::B256;
use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

/// Blocks that are invalid, by hash, each with the block that is to blame, itself or an ancestor.
/// Bounded: the oldest ones go first.
#[derive(Debug)]
pub(crate) struct InvalidBlocks {
    blocks: HashMap<B256, Arc<InvalidBlock>>,
    order: VecDeque<B256>,
    max_blocks: usize,
}

impl InvalidBlocks {
    pub(crate) fn new(max_blocks: usize) -> Self {
        Self { blocks: HashMap::new(), order: VecDeque::new(), max_blocks: max_blocks.max(1) }
    }

    /// Why the block with this hash is invalid, if it is known to be.
    pub(crate) fn get(&self, hash: B256) -> Option<&Arc<InvalidBlock>> {
        self.blocks.get(&hash)
    }

    /// Remembers that a block is invalid, unless another body may go with its hash.
    pub(crate) fn insert(&mut self, hash: B256, invalid: Arc<InvalidBlock>) {
        if !condemns_hash(&invalid.reason) || self.blocks.insert(hash, invalid).is_some() {
            return;
        }
        self.order.push_back(hash);
        while self.order.len() > self.max_blocks {
            if let Some(oldest) = self.order.pop_front() {
                self.blocks.remove(&oldest);
            }
        }
    }
}

/// Whether no block with this hash is valid. A body that does not go with the header says nothing
/// of the one that does.
const fn condemns_hash(reason: &InvalidReason) -> bool {
    use rollup_consensus::BodyError;
    !matches!(
        reason,
        InvalidReason::Body(
            BodyError::Ommers { .. } | BodyError::Withdrawals | BodyError::TransactionsRoot { .. }
        )
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_eips::BlockNumHash;
    use rollup_consensus::{BodyError, HeaderError};

    fn invalid(reason: impl Into<InvalidReason>) -> Arc<InvalidBlock> {
        Arc::new(InvalidBlock { block: BlockNumHash::default(), reason: reason.into() })
    }

    #[test]
    fn a_body_that_is_not_the_headers_does_not_condemn_the_hash() {
        let mut blocks = InvalidBlocks::new(10);
        let hash = B256::repeat_byte(1);
        let root = BodyError::TransactionsRoot { got: hash, expected: hash };
        for reason in [root, BodyError::Withdrawals, BodyError::Ommers { count: 1 }] {
            blocks.insert(hash, invalid(reason));
            assert!(blocks.get(hash).is_none());
        }
        blocks.insert(hash, invalid(BodyError::L1MessageAfterTransaction { index: 1 }));
        assert!(blocks.get(hash).is_some());
    }

    #[test]
    fn the_oldest_are_forgotten_first() {
        let mut blocks = InvalidBlocks::new(3);
        let hash = B256::with_last_byte;
        for byte in [1, 2, 1, 3, 4] {
            blocks.insert(hash(byte), invalid(HeaderError::EthereumField("x")));
        }
        let known: Vec<_> = (1..5).map(|byte| blocks.get(hash(byte)).is_some()).collect();
        assert_eq!(known, [false, true, true, true]);
    }
}
