//! What L1 says about the chain.

use crate::{
    core::Core,
    error::{EngineError, ForkchoiceError},
};
use alloy_eips::BlockNumHash;
use rollup_primitives::ScrollTxEnvelope;
use rollup_storage::{ChainView, ExecutedBlock, ForkchoiceState};
use tracing::{info, warn};

/// What an L1 reorg took off the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct L1Reorg {
    /// The head now.
    pub head: BlockNumHash,
    /// Blocks that left the chain, ascending.
    pub removed: Vec<BlockNumHash>,
    /// The block that this node was bound to and is not any more, if that was not in the chain yet.
    pub withdrawn: Option<BlockNumHash>,
}

impl Core {
    /// Takes back what L1 blocks above `to` did, and the blocks that have no ground without them.
    pub(crate) fn reorg_l1(&mut self, to: u64) -> Result<L1Reorg, EngineError> {
        let view = self.storage.view()?;
        let now = view.forkchoice()?;
        let lost = view.first_block_lost_above(to)?;
        drop(view);
        let finalized = now.finalized.number;
        if let Some(block) = lost.filter(|lost| *lost <= finalized) {
            return Err(ForkchoiceError::FinalizedLost { block, l1_block: to, finalized }.into());
        }
        let head = lost.map_or(now.head.number, |lost| lost.saturating_sub(1));
        let removed: Vec<_> =
            self.blocks_above(head)?.into_iter().map(|removed| removed.block).collect();
        let carried_out = self.storage.reorg_l1(to, head);
        // If it failed in the middle, heights may be released already.
        if !removed.is_empty() || !matches!(carried_out, Ok(None)) {
            self.releases = self.releases.saturating_add(1);
        }
        let withdrawn = carried_out?;
        let ids = removed.iter().map(|removed| removed.block.num_hash()).collect();
        if removed.is_empty() {
            self.publish_forkchoice()?;
        } else {
            warn!(
                target: "scroll::engine",
                l1_block = to, from = head.saturating_add(1), depth = removed.len(),
                "Blocks are dropped: L1 took back messages that they include"
            );
            self.publish(removed, Vec::new())?;
        }
        if let Some(BlockNumHash { number, hash }) = withdrawn {
            warn!(
                target: "scroll::engine",
                l1_block = to, number, %hash,
                "The block that was to be signed is withdrawn: L1 took back what it is built on"
            );
        }
        Ok(L1Reorg { head: self.storage.head(), removed: ids, withdrawn })
    }

    /// Tells the forkchoice as it is stored, if it is another one than was told last.
    pub(crate) fn publish_forkchoice(&mut self) -> Result<(), EngineError> {
        let stored = self.storage.view()?.forkchoice()?;
        let told = self.publisher.told();
        if stored != told {
            self.note_points(told, stored);
            self.publisher.forkchoice(stored);
            self.metrics.follow(stored);
        }
        Ok(())
    }

    /// Says that safe or finalized block went up, and forgets what branches off below the latter.
    pub(crate) fn note_points(&mut self, before: ForkchoiceState, new: ForkchoiceState) {
        if new.safe.number > before.safe.number {
            let BlockNumHash { number, hash } = new.safe;
            info!(target: "scroll::engine", number, %hash, "Safe head advanced");
        }
        if new.finalized.number > before.finalized.number {
            let BlockNumHash { number, hash } = new.finalized;
            info!(target: "scroll::engine", number, %hash, "Finalized head advanced");
            self.side.remove_up_to(number);
        }
    }
}

/// Refuses a block with an L1 message that is not known from L1.
pub(crate) fn check_messages(view: &ChainView, block: &ExecutedBlock) -> Result<(), EngineError> {
    let transactions = &block.block.body().transactions;
    for message in transactions.iter().filter_map(ScrollTxEnvelope::as_l1_message) {
        let queue_index = message.inner().queue_index;
        let known = view.l1_message(queue_index)?;
        if known.is_none_or(|known| known.hash != *message.hash_ref()) {
            return Err(EngineError::MessageLost { block: block.id(), queue_index });
        }
    }
    Ok(())
}
