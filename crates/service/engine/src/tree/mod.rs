//! The blocks beside the chain: which there are, and how they hang together.

mod invalid;

pub(crate) use invalid::InvalidBlocks;

use alloy_eips::BlockNumHash;
use alloy_primitives::B256;
use rollup_primitives::{BlockSignature, SealedBlock};
use rollup_storage::ExecutedBlock;
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

/// A block that is not of the chain.
#[derive(Clone, Debug)]
pub(crate) enum SideBlock {
    /// Valid: it was executed on its parent.
    Executed(Arc<ExecutedBlock>),
    /// Its parent's state is not at hand. Executed when the chain is to lead to it.
    Unexecuted(Arc<SealedBlock>, Option<BlockSignature>),
}

impl SideBlock {
    pub(crate) fn id(&self) -> BlockNumHash {
        match self {
            Self::Executed(executed) => executed.id(),
            Self::Unexecuted(block, _) => block.num_hash(),
        }
    }

    fn parent_hash(&self) -> B256 {
        match self {
            Self::Executed(executed) => executed.block.parent_hash,
            Self::Unexecuted(block, _) => block.parent_hash,
        }
    }
}

/// Blocks that are not of the chain, by hash. Bounded: the lowest ones go first.
#[derive(Debug)]
pub(crate) struct SideBlocks {
    blocks: HashMap<B256, SideBlock>,
    by_number: BTreeMap<u64, HashSet<B256>>,
    max_blocks: usize,
}

impl SideBlocks {
    pub(crate) fn new(max_blocks: usize) -> Self {
        Self { blocks: HashMap::new(), by_number: BTreeMap::new(), max_blocks: max_blocks.max(1) }
    }

    pub(crate) fn get(&self, hash: B256) -> Option<&SideBlock> {
        self.blocks.get(&hash)
    }

    pub(crate) fn len(&self) -> usize {
        self.blocks.len()
    }

    /// Adds a block; what there is of it already is replaced.
    pub(crate) fn insert(&mut self, block: SideBlock) {
        let BlockNumHash { number, hash } = block.id();
        self.blocks.insert(hash, block);
        self.by_number.entry(number).or_default().insert(hash);
        while self.blocks.len() > self.max_blocks {
            let Some((_, hashes)) = self.by_number.pop_first() else { break };
            for hash in hashes {
                self.blocks.remove(&hash);
            }
        }
    }

    pub(crate) fn remove(&mut self, hash: B256) -> Option<SideBlock> {
        let block = self.blocks.remove(&hash)?;
        let number = block.id().number;
        if let Some(hashes) = self.by_number.get_mut(&number) {
            hashes.remove(&hash);
            if hashes.is_empty() {
                self.by_number.remove(&number);
            }
        }
        Some(block)
    }

    /// Forgets the blocks up to `number`: the chain is final there.
    pub(crate) fn remove_up_to(&mut self, number: u64) {
        while let Some(entry) = self.by_number.first_entry()
            && *entry.key() <= number
        {
            for hash in entry.remove() {
                self.blocks.remove(&hash);
            }
        }
    }

    /// The blocks that lead to `tip`, ascending, from the child of one that is not among them.
    /// Empty if `tip` is not.
    pub(crate) fn branch(&self, tip: B256) -> Branch<'_> {
        let mut blocks = Vec::new();
        let mut root = tip;
        while let Some(block) = self.blocks.get(&root) {
            blocks.push(block);
            root = block.parent_hash();
        }
        blocks.reverse();
        Branch { root, blocks }
    }
}

/// A run of side blocks.
#[derive(Debug)]
pub(crate) struct Branch<'a> {
    /// Hash of the parent of the first of them.
    pub(crate) root: B256,
    /// Ascending.
    pub(crate) blocks: Vec<&'a SideBlock>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use rollup_primitives::{ScrollBlock, ScrollHeader};

    fn block(number: u64, parent_hash: B256, fork: u64) -> SideBlock {
        let header = ScrollHeader { number, parent_hash, timestamp: fork, ..Default::default() };
        let block = ScrollBlock { header, body: Default::default() };
        SideBlock::Unexecuted(Arc::new(SealedBlock::seal_slow(block)), None)
    }

    /// Blocks 1 to `length` on a root that is not among them.
    fn run(side: &mut SideBlocks, length: u64, fork: u64) -> Vec<B256> {
        let mut parent = B256::repeat_byte(0x77);
        let ids = (1..=length).map(|number| {
            let block = block(number, parent, fork);
            parent = block.id().hash;
            side.insert(block);
            parent
        });
        ids.collect()
    }

    #[test]
    fn a_branch_leads_from_its_root_to_its_tip() {
        let mut side = SideBlocks::new(100);
        let left = run(&mut side, 4, 1);
        let right = run(&mut side, 3, 2);
        for (hashes, length) in [(&left, 4), (&left, 2), (&right, 3)] {
            let branch = side.branch(hashes[length - 1]);
            assert_eq!(branch.root, B256::repeat_byte(0x77));
            let found: Vec<_> = branch.blocks.iter().map(|block| block.id().hash).collect();
            assert_eq!(found, hashes[..length]);
        }
        let unknown = side.branch(B256::repeat_byte(1));
        assert!(unknown.blocks.is_empty() && unknown.root == B256::repeat_byte(1));
    }

    #[test]
    fn the_lowest_blocks_go_when_there_are_too_many() {
        let mut side = SideBlocks::new(5);
        let left = run(&mut side, 4, 1);
        let right = run(&mut side, 4, 2);
        assert!(side.len() <= 5);
        assert!(side.get(left[0]).is_none() && side.get(right[0]).is_none());
        assert!(side.get(left[3]).is_some() && side.get(right[3]).is_some());
    }

    #[test]
    fn final_and_adopted_blocks_are_forgotten() {
        let mut side = SideBlocks::new(100);
        let hashes = run(&mut side, 6, 1);
        side.remove_up_to(3);
        assert!(side.remove(hashes[4]).is_some());
        assert!(side.remove(hashes[4]).is_none());
        let left: Vec<_> = hashes.iter().map(|hash| side.get(*hash).is_some()).collect();
        assert_eq!(left, [false, false, false, true, false, true]);
        assert_eq!(side.len(), 2);
    }
}
