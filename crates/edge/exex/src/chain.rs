//! Runs of blocks, as ExExes are told of them.

use alloy_eips::BlockNumHash;
use rollup_primitives::{RecoveredBlock, ScrollReceipt};
use rollup_storage::{ExecutedBlock, StateDiff};
use std::sync::Arc;

/// A run of blocks, each the child of the one before it. Never empty.
#[derive(Clone, Debug)]
pub struct Chain {
    first: ChainBlock,
    rest: Vec<ChainBlock>,
}

impl Chain {
    /// `None` if there are no blocks. They must follow each other.
    pub(crate) fn new(blocks: Vec<ChainBlock>) -> Option<Self> {
        let mut blocks = blocks.into_iter();
        Some(Self { first: blocks.next()?, rest: blocks.collect() })
    }

    /// The blocks, ascending.
    pub fn blocks(&self) -> impl DoubleEndedIterator<Item = &ChainBlock> + Clone {
        std::iter::once(&self.first).chain(&self.rest)
    }

    /// The lowest block.
    pub const fn first(&self) -> &ChainBlock {
        &self.first
    }

    /// The highest block.
    pub fn tip(&self) -> &ChainBlock {
        self.rest.last().unwrap_or(&self.first)
    }

    /// The parent of the lowest block.
    pub fn fork(&self) -> BlockNumHash {
        self.first.parent()
    }

    /// How many blocks there are; at least 1.
    #[expect(clippy::len_without_is_empty, reason = "it is never empty")]
    pub const fn len(&self) -> usize {
        self.rest.len() + 1
    }
}

/// A block with everything that its execution gave. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct ChainBlock(Source);

#[derive(Clone, Debug)]
enum Source {
    /// As the engine made it.
    Executed(Arc<ExecutedBlock>),
    /// Executed again, or read from the log.
    Read(Arc<ReadBlock>),
}

/// A block that is not in memory as the engine made it.
#[derive(Clone, Debug)]
pub(crate) struct ReadBlock {
    pub(crate) block: RecoveredBlock,
    pub(crate) receipts: Vec<ScrollReceipt>,
    pub(crate) state: StateDiff,
}

impl ChainBlock {
    /// Number and hash.
    pub fn id(&self) -> BlockNumHash {
        BlockNumHash::new(self.block().number, self.block().hash())
    }

    /// Number and hash of the parent.
    pub fn parent(&self) -> BlockNumHash {
        // Genesis is never told of, so there is a parent.
        BlockNumHash::new(self.block().number.saturating_sub(1), self.block().parent_hash)
    }

    /// Block and senders.
    pub fn block(&self) -> &RecoveredBlock {
        match &self.0 {
            Source::Executed(executed) => &executed.block,
            Source::Read(read) => &read.block,
        }
    }

    /// Receipt of each transaction.
    pub fn receipts(&self) -> &[ScrollReceipt] {
        match &self.0 {
            Source::Executed(executed) => &executed.receipts,
            Source::Read(read) => &read.receipts,
        }
    }

    /// What the block changed in the state, with the values before and after it.
    pub fn state(&self) -> &StateDiff {
        match &self.0 {
            Source::Executed(executed) => executed.changes.diff(),
            Source::Read(read) => &read.state,
        }
    }
}

impl From<Arc<ExecutedBlock>> for ChainBlock {
    fn from(executed: Arc<ExecutedBlock>) -> Self {
        Self(Source::Executed(executed))
    }
}

impl From<ReadBlock> for ChainBlock {
    fn from(read: ReadBlock) -> Self {
        Self(Source::Read(Arc::new(read)))
    }
}
