//! The blocks above the finalized one: what follows from a header, without reading L1.

#[cfg(test)]
mod tests;

use alloy_primitives::B256;
use rollup_l1_client::L1Header;
use std::collections::VecDeque;

/// Number and hash of an L1 block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BlockId {
    pub(crate) number: u64,
    pub(crate) hash: B256,
}

impl From<&L1Header> for BlockId {
    fn from(header: &L1Header) -> Self {
        Self { number: header.number, hash: header.hash }
    }
}

/// Processed blocks, each the parent of the next one.
#[derive(Clone, Debug)]
pub(crate) struct LinkedBlocks {
    /// Number of the first.
    first: u64,
    /// Their hashes. Never empty.
    hashes: VecDeque<B256>,
    /// How many are held, at most: the oldest ones go first.
    capacity: usize,
}

/// What a branch, from a block down, is to the processed blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Judgement {
    /// To be decided with the parent of its lowest block.
    NeedParent(BlockId),
    /// Nothing new: its top is processed. An endpoint that lags says that too.
    Known,
    /// It follows the last processed block.
    Extends,
    /// It forks off a processed block.
    Reorg {
        /// The highest block that remains.
        to: BlockId,
        /// How many processed blocks are above that.
        depth: u64,
    },
    /// It forks off below the first of the processed blocks that are held.
    ForksBelow,
}

/// What a block that is called final is to the processed blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FinalJudgement {
    /// Not above the one known: an endpoint that lags.
    Nothing,
    /// One of those that are held.
    Held,
    /// Below those that are held.
    Below,
    /// Above the last processed one.
    Above,
    /// There is another block with its number, which is processed or final.
    Contradicts {
        /// Hash of that.
        expected: B256,
    },
}

impl LinkedBlocks {
    /// Begins with one block.
    pub(crate) fn new(base: BlockId, capacity: usize) -> Self {
        Self { first: base.number, hashes: VecDeque::from([base.hash]), capacity }
    }

    /// Number of the first block that is held.
    pub(crate) const fn first(&self) -> u64 {
        self.first
    }

    /// How many are held.
    pub(crate) fn len(&self) -> usize {
        self.hashes.len()
    }

    /// The last block.
    pub(crate) fn tail(&self) -> BlockId {
        let above = u64::try_from(self.hashes.len().saturating_sub(1)).unwrap_or(u64::MAX);
        // INVARIANT: there is one.
        let hash = self.hashes.back().copied().unwrap_or_default();
        BlockId { number: self.first.saturating_add(above), hash }
    }

    /// Hash of a block that is held.
    pub(crate) fn hash_at(&self, number: u64) -> Option<B256> {
        let at = usize::try_from(number.checked_sub(self.first)?).ok()?;
        self.hashes.get(at).copied()
    }

    /// Adds the block after the last one.
    pub(crate) fn push(&mut self, hash: B256) {
        self.hashes.push_back(hash);
        if self.hashes.len() > self.capacity.max(1) {
            self.hashes.pop_front();
            self.first = self.first.saturating_add(1);
        }
    }

    /// Takes away the blocks above one that is held.
    pub(crate) fn truncate(&mut self, to: u64) {
        if let Some(above) = to.checked_sub(self.first) {
            let remaining = usize::try_from(above).unwrap_or(usize::MAX).saturating_add(1);
            self.hashes.truncate(remaining);
        }
    }

    /// Takes away the blocks below one that is held.
    pub(crate) fn forget_below(&mut self, number: u64) {
        while self.first < number && self.hashes.len() > 1 {
            self.hashes.pop_front();
            self.first = self.first.saturating_add(1);
        }
    }

    /// What a branch is. `branch` has at least one header, from the top down, each the child of the
    /// next.
    pub(crate) fn judge(&self, branch: &[L1Header]) -> Judgement {
        let (Some(top), Some(low)) = (branch.first(), branch.last()) else {
            return Judgement::Known;
        };
        let tail = self.tail();
        if top.number < self.first || self.hash_at(top.number) == Some(top.hash) {
            return Judgement::Known;
        }
        let Some(number) = low.number.checked_sub(1) else { return Judgement::ForksBelow };
        let parent = BlockId { number, hash: low.parent_hash };
        if number < self.first {
            return Judgement::ForksBelow;
        }
        match self.hash_at(number) {
            Some(hash) if hash == parent.hash && number == tail.number => Judgement::Extends,
            Some(hash) if hash == parent.hash => {
                Judgement::Reorg { to: parent, depth: tail.number.saturating_sub(number) }
            }
            Some(_) if number == self.first => Judgement::ForksBelow,
            Some(_) | None => Judgement::NeedParent(parent),
        }
    }

    /// What a block that is called final is. `known` is the one that was final before, with its
    /// hash if that is known.
    pub(crate) fn judge_final(
        &self,
        known: Option<(u64, Option<B256>)>,
        found: BlockId,
    ) -> FinalJudgement {
        let known_hash = known.filter(|(number, _)| *number == found.number);
        let expected = known_hash.and_then(|(_, hash)| hash).or_else(|| self.hash_at(found.number));
        match expected {
            Some(expected) if expected != found.hash => FinalJudgement::Contradicts { expected },
            _ if known.is_some_and(|(number, _)| found.number <= number) => FinalJudgement::Nothing,
            Some(_) => FinalJudgement::Held,
            None if found.number < self.first => FinalJudgement::Below,
            None => FinalJudgement::Above,
        }
    }
}
