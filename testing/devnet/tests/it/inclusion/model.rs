//! L1 and the chain as they must be: a second, simple implementation of the rules.

use crate::support::RECIPIENT;
use rollup_primitives::TxL1Message;
use rollup_sequencer::L1InclusionMode;

/// Messages of a block, at most.
pub(crate) const MAX_MESSAGES: usize = 3;
/// Sum of their gas limits, at most.
pub(crate) const MAX_GAS: u64 = 2_000_000;

/// A message with this gas limit, to be enqueued.
pub(crate) fn message(gas_limit: u64) -> TxL1Message {
    TxL1Message { to: RECIPIENT, gas_limit, ..Default::default() }
}

/// A message as it stands in the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Queued {
    pub(crate) gas_limit: u64,
    /// L1 block that enqueued it.
    pub(crate) l1_block: u64,
}

/// L1 and the chain as they must be.
#[derive(Debug)]
pub(crate) struct Model {
    pub(crate) mode: L1InclusionMode,
    /// Gas limits of the messages of each L1 block, from block 1 on.
    pub(crate) l1: Vec<Vec<u64>>,
    pub(crate) finalized: Option<u64>,
    /// Queue indices in each block of the chain, from block 1 on.
    pub(crate) chain: Vec<Vec<u64>>,
}

impl Model {
    pub(crate) const fn new(mode: L1InclusionMode) -> Self {
        Self { mode, l1: Vec::new(), finalized: None, chain: Vec::new() }
    }

    pub(crate) const fn latest(&self) -> u64 {
        self.l1.len() as u64
    }

    /// The whole queue.
    pub(crate) fn queue(&self) -> Vec<Queued> {
        let blocks = (1..).zip(&self.l1);
        let of_block = |(l1_block, messages): (u64, &Vec<u64>)| {
            let queued = |&gas_limit| Queued { gas_limit, l1_block };
            messages.iter().map(queued).collect::<Vec<_>>()
        };
        blocks.flat_map(of_block).collect()
    }

    /// Queue index of the next message of the chain.
    pub(crate) fn next(&self) -> u64 {
        self.chain.iter().flatten().last().map_or(0, |last| last + 1)
    }

    /// The highest L1 block that messages may come from.
    pub(crate) fn target(&self) -> Option<u64> {
        let latest = (!self.l1.is_empty()).then(|| self.latest());
        match self.mode {
            L1InclusionMode::Finalized(below) => self.finalized?.checked_sub(below),
            L1InclusionMode::Depth(below) => latest?.checked_sub(below),
        }
    }

    /// Queue indices of the messages of the next block, if no message above L1 block `known` is
    /// known.
    pub(crate) fn expected(&self, known: u64) -> Vec<u64> {
        let mut gas = 0;
        let target = self.target().map(|target| target.min(known));
        let queue = (0..).zip(self.queue()).skip_while(|(index, _)| *index < self.next());
        queue
            .take(MAX_MESSAGES)
            .take_while(|(_, queued)| {
                gas += queued.gas_limit;
                target.is_some_and(|target| queued.l1_block <= target) && gas <= MAX_GAS
            })
            .map(|(index, _)| index)
            .collect()
    }

    /// How many blocks remain of the chain after an L1 reorg to this block.
    pub(crate) fn reorg(&mut self, to: u64) -> u64 {
        self.l1.truncate(usize::try_from(to).unwrap());
        let known = self.queue().len() as u64;
        let is_lost = |block: &Vec<u64>| block.iter().any(|index| *index >= known);
        let kept = self.chain.iter().position(is_lost).unwrap_or(self.chain.len());
        self.chain.truncate(kept);
        kept as u64
    }
}
