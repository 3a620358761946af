//! The chain as far as its changes were heard of, and the blocks that have left it.

use alloy_eips::BlockNumHash;
use alloy_primitives::B256;
use rollup_storage::{CanonicalChange, RemovedBlock};
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

/// Blocks that have left the chain and are remembered, at most.
const MAX_REMOVED_BLOCKS: usize = 1024;
/// Bytes of all of them together, about.
const MAX_REMOVED_BYTES: usize = 32 << 20;

/// The head, and the blocks that have left the chain. Whoever has seen the chain up to some block
/// learns here how to get from there to the head.
#[derive(Debug)]
pub(super) struct FollowedChain {
    head: BlockNumHash,
    removed: HashMap<B256, Removed>,
    /// Hashes in the order in which the blocks left.
    order: BTreeMap<u64, B256>,
    /// Place of the next one.
    next: u64,
    bytes: usize,
}

#[derive(Debug)]
struct Removed {
    block: Arc<RemovedBlock>,
    /// Place in the order.
    place: u64,
    bytes: usize,
}

/// From a block that was in the chain to the head.
#[derive(Clone, Debug)]
pub(crate) struct Path {
    /// Blocks that have left the chain since, the highest first.
    pub(crate) removed: Vec<Arc<RemovedBlock>>,
    /// The block on which the others stood. It is in the chain, unless what has left it was
    /// forgotten.
    pub(crate) fork: BlockNumHash,
    /// The head.
    pub(crate) head: BlockNumHash,
}

impl FollowedChain {
    pub(super) fn new(head: BlockNumHash) -> Self {
        Self { head, removed: HashMap::new(), order: BTreeMap::new(), next: 0, bytes: 0 }
    }

    pub(super) const fn head(&self) -> BlockNumHash {
        self.head
    }

    pub(super) fn follow(&mut self, change: &CanonicalChange) {
        for block in &change.removed {
            self.remember(Arc::clone(block));
        }
        for block in &change.added {
            // It may be one that has left before.
            self.forget(&block.block.hash());
        }
        self.head = change.head;
        while self.removed.len() > MAX_REMOVED_BLOCKS || self.bytes > MAX_REMOVED_BYTES {
            let Some((_, hash)) = self.order.first_key_value() else { break };
            let hash = *hash;
            self.forget(&hash);
        }
    }

    pub(super) fn path_from(&self, seen: BlockNumHash) -> Path {
        let (mut removed, mut fork) = (Vec::new(), seen);
        while let Some(Removed { block, .. }) = self.removed.get(&fork.hash) {
            let parent = block.block.parent_hash;
            fork = BlockNumHash::new(block.block.number.saturating_sub(1), parent);
            removed.push(Arc::clone(block));
        }
        Path { removed, fork, head: self.head }
    }

    fn remember(&mut self, block: Arc<RemovedBlock>) {
        let (hash, place) = (block.block.hash(), self.next);
        self.forget(&hash);
        self.next += 1;
        let logs = block.receipts.iter().flat_map(|receipt| &receipt.inner.logs);
        let bytes = block.block.rlp_length() + logs.map(|log| log.data.data.len()).sum::<usize>();
        self.bytes += bytes;
        self.order.insert(place, hash);
        self.removed.insert(hash, Removed { block, place, bytes });
    }

    fn forget(&mut self, hash: &B256) {
        if let Some(Removed { place, bytes, .. }) = self.removed.remove(hash) {
            self.order.remove(&place);
            self.bytes -= bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{collection::vec, prelude::*};
    use rollup_primitives::{RecoveredBlock, ScrollBlock, ScrollBlockBody, ScrollHeader};

    /// A block on another; `salt` tells it from its siblings.
    fn block(parent: BlockNumHash, salt: u64) -> Arc<RemovedBlock> {
        let header = ScrollHeader {
            number: parent.number + 1,
            parent_hash: parent.hash,
            timestamp: salt,
            ..Default::default()
        };
        let block = ScrollBlock { header, body: ScrollBlockBody::default() };
        let block = RecoveredBlock::new_unhashed(block, Vec::new());
        Arc::new(RemovedBlock { block, receipts: Vec::new() })
    }

    fn id(block: &RemovedBlock) -> BlockNumHash {
        block.block.num_hash()
    }

    const GENESIS: BlockNumHash = BlockNumHash::new(0, B256::ZERO);

    /// The chain without its last `depth` blocks, told as an unwind.
    fn unwind(chain: &mut Vec<Arc<RemovedBlock>>, depth: usize) -> CanonicalChange {
        let removed = chain.split_off(chain.len().saturating_sub(depth));
        let head = chain.last().map_or(GENESIS, |block| id(block));
        CanonicalChange { removed, added: Vec::new(), head }
    }

    proptest! {
        #[test]
        fn every_block_that_was_ever_in_the_chain_has_a_way_to_the_head(
            steps in vec((0_usize..4, 0_u64..3), 1..60)
        ) {
            let mut followed = FollowedChain::new(GENESIS);
            let mut chain: Vec<Arc<RemovedBlock>> = Vec::new();
            let mut seen = vec![(GENESIS, Vec::new())];
            for (depth, salt) in steps {
                followed.follow(&unwind(&mut chain, depth));
                // Told without the state of a block, which nothing of this needs.
                let added = block(followed.head(), salt);
                followed.forget(&added.block.hash());
                followed.head = id(&added);
                chain.push(added);
                seen.push((id(chain.last().unwrap()), chain.clone()));
                for (from, old) in &seen {
                    let common = old.iter().zip(&chain).take_while(|(a, b)| id(a) == id(b)).count();
                    let path = followed.path_from(*from);
                    let removed: Vec<_> = path.removed.iter().map(|block| id(block)).collect();
                    let expected: Vec<_> = old[common..].iter().rev().map(|block| id(block)).collect();
                    prop_assert_eq!(removed, expected);
                    let fork = common.checked_sub(1).map_or(GENESIS, |at| id(&chain[at]));
                    prop_assert_eq!(path.fork, fork);
                    prop_assert_eq!(path.head, id(chain.last().unwrap()));
                }
            }
        }
    }

    #[test]
    fn forgets_the_blocks_that_left_first() {
        let mut followed = FollowedChain::new(GENESIS);
        let mut first = None;
        for salt in 0..=MAX_REMOVED_BLOCKS as u64 {
            let removed = block(GENESIS, salt);
            first.get_or_insert_with(|| id(&removed));
            let removed = vec![removed];
            followed.follow(&CanonicalChange { removed, added: Vec::new(), head: GENESIS });
        }
        assert_eq!(followed.removed.len(), MAX_REMOVED_BLOCKS);
        assert_eq!(followed.order.len(), MAX_REMOVED_BLOCKS);
        assert_eq!(followed.path_from(first.unwrap()).removed.len(), 0);
    }
}
