use crate::block::ExecutedBlock;
use alloy_eips::BlockNumHash;
use alloy_primitives::{Address, B256, Bytes, U256};
use rollup_db::Account;
use rollup_primitives::ScrollTxEnvelope;
use std::sync::Arc;

/// A run of blocks, each the child of the one before it. The newest block that changed something
/// says what it is.
///
/// A lookup asks one block after the other: the writer keeps them few.
#[derive(Clone, Debug, Default)]
pub(crate) struct Layers(Vec<Arc<ExecutedBlock>>);

impl Layers {
    /// The blocks of a run that are above `head`, unless they are on another block.
    pub(crate) fn above(blocks: &[Arc<ExecutedBlock>], head: BlockNumHash) -> Option<Self> {
        let start = blocks.partition_point(|executed| executed.block.number <= head.number);
        let above = &blocks[start..];
        above.first().is_none_or(|first| first.follows(head)).then(|| Self(above.to_vec()))
    }

    /// The blocks, ascending.
    pub(crate) fn blocks(&self) -> &[Arc<ExecutedBlock>] {
        &self.0
    }

    /// Adds the child of the last one.
    pub(crate) fn push(&mut self, block: Arc<ExecutedBlock>) {
        self.0.push(block);
    }

    pub(crate) fn tip(&self) -> Option<BlockNumHash> {
        self.0.last().map(|executed| executed.id())
    }

    pub(crate) fn block(&self, number: u64) -> Option<&ExecutedBlock> {
        let first = self.0.first()?.block.number;
        let at = usize::try_from(number.checked_sub(first)?).ok()?;
        self.0.get(at).map(AsRef::as_ref)
    }

    pub(crate) fn by_hash(&self, hash: B256) -> Option<&ExecutedBlock> {
        self.0.iter().map(AsRef::as_ref).find(|executed| executed.block.hash() == hash)
    }

    /// The block that includes the L1 message with this queue index.
    pub(crate) fn block_with_message(&self, queue_index: u64) -> Option<u64> {
        let includes = |block: &ExecutedBlock| queue_indices(block).any(|at| at == queue_index);
        self.0.iter().find(|executed| includes(executed)).map(|executed| executed.block.number)
    }

    /// The queue index behind the last L1 message that a block up to `number` includes.
    pub(crate) fn next_queue_index(&self, number: u64) -> Option<u64> {
        let blocks = self.0.iter().rev().filter(|executed| executed.block.number <= number);
        let last = blocks.filter_map(|executed| queue_indices(executed).last()).next();
        last.map(|index| index.saturating_add(1))
    }

    /// The lowest block that includes an L1 message from `queue_index` on.
    pub(crate) fn first_block_with_message_from(&self, queue_index: u64) -> Option<u64> {
        let includes = |block: &ExecutedBlock| queue_indices(block).any(|at| at >= queue_index);
        self.0.iter().find(|executed| includes(executed)).map(|executed| executed.block.number)
    }

    /// A transaction with its block and its position there.
    pub(crate) fn transaction(
        &self,
        hash: B256,
    ) -> Option<(&ScrollTxEnvelope, &ExecutedBlock, u64)> {
        self.0.iter().find_map(|executed| {
            let transactions = &executed.block.body().transactions;
            let found = (0..).zip(transactions).find(|(_, tx)| *tx.hash() == hash);
            found.map(|(at, transaction)| (transaction, executed.as_ref(), at))
        })
    }
}

fn queue_indices(executed: &ExecutedBlock) -> impl Iterator<Item = u64> {
    let transactions = executed.block.body().transactions.iter();
    transactions.filter_map(|tx| tx.as_l1_message()).map(|message| message.inner().queue_index)
}

/// The account after the last of `blocks`, if one of them changed it.
pub(crate) fn account(blocks: &[Arc<ExecutedBlock>], address: Address) -> Option<Option<Account>> {
    blocks.iter().rev().find_map(|executed| executed.changes.account(address))
}

/// The slot after the last of `blocks`, if one of them changed it.
pub(crate) fn slot(blocks: &[Arc<ExecutedBlock>], address: Address, slot: U256) -> Option<U256> {
    blocks.iter().rev().find_map(|executed| executed.changes.slot(address, slot))
}

/// The code with this hash, if one of `blocks` created it.
pub(crate) fn code(blocks: &[Arc<ExecutedBlock>], hash: B256) -> Option<&Bytes> {
    blocks.iter().rev().find_map(|executed| executed.changes.code(hash))
}
