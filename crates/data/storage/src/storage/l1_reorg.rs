//! An L1 reorg that takes blocks off the chain, or a block that this node is bound to.
//!
//! The steps, each durable before the next:
//!
//! ```text
//! 1  signed-height   the heights above the new head are released
//! 2  proposal        the block that this node is bound to is forgotten
//! 3  block log       the blocks above the new head are void
//! 4  database        blocks and L1 records are unwound, in one transaction
//! ```
//!
//! What a crash leaves, and how the node goes on. In each case the L1 records still are those from
//! before, so whoever follows L1 finds the reorg again and has it carried out again.
//!
//! - After 1: the blocks are in the chain. The start takes the release back for every height that the
//!   chain has, so nothing else can be signed there. The promised block is given and may be announced:
//!   the first of its height.
//! - After 2: as before, but the promised block is gone. It was not announced, for that needs it to be
//!   in the chain. Another one may be promised on the old head, and goes with it when the reorg is
//!   carried out again.
//! - After 3: the start unwinds the blocks, and the heights stay released. Another block may be made on
//!   the new head, of messages that are still recorded; it goes when the reorg is carried out again,
//!   which releases its height too.
//! - After 4: nothing is left to do.
//!
//! So there never are two announced blocks of one height without a release between them.

use super::{Shared, Storage, pending::Work};
use crate::{
    chain::ChainView,
    error::StorageError,
    log::{SignedBlockId, SignedHeightError},
    rollup::{RollupChange, RollupError},
};
use alloy_eips::BlockNumHash;
use rollup_primitives::{ScrollTxEnvelope, SealedBlock};
use tracing::debug;

impl Storage {
    /// Unwinds L1 to its block `l1_block`, and the chain to block `to`: the head, if no block has to
    /// go, or else the block before [`ChainView::first_block_lost_above`].
    ///
    /// The heights of the blocks that go may be signed anew. A proposed block that is not in the
    /// chain is withdrawn if its parent or one of its L1 messages goes: [`Self::proposal`] does not
    /// give it any more, and its height may be signed anew. Gives that block.
    ///
    /// # Errors
    /// [`StorageError::Rollup`] if L1 would go below its finalized block, and those of
    /// [`Self::unwind`]: nothing changes then. [`StorageError::SignedHeight`] if a file could not be
    /// written, and what else [`Self::unwind_with`] says: it is to be done again then.
    pub fn reorg_l1(&self, l1_block: u64, to: u64) -> Result<Option<BlockNumHash>, StorageError> {
        let shared = self.shared();
        let mut log = shared.log.lock();
        shared.check_unwind(to)?;
        let view = self.view()?;
        if let Some(finalized) = view.l1_progress()?.finalized.filter(|number| l1_block < *number) {
            return Err(RollupError::BelowL1Finalized { to: l1_block, finalized }.into());
        }
        let withdrawn = shared.release_above(&view, l1_block, to)?;
        drop(view);
        let head = shared.pending.head().number;
        let changes = vec![RollupChange::UnwindL1 { to: l1_block }];
        if to < head {
            shared.unwind_logged(&mut log, to, changes)?;
        } else {
            shared.pending.submit(|reply| Work::Rollup { changes, head, reply })?;
        }
        debug!(target: "storage::log", l1_block, to, "unwound L1");
        Ok(withdrawn)
    }
}

impl Shared {
    /// Releases the heights above block `to`, unless the block that is promised there keeps its
    /// ground. One that does not, and is not in the chain, is given. Called with the log locked.
    fn release_above(
        &self,
        view: &ChainView,
        l1_block: u64,
        to: u64,
    ) -> Result<Option<BlockNumHash>, StorageError> {
        let proposal = self.proposal.lock();
        let last = proposal.read()?.filter(|block| block.number > to);
        let is_lost = match &last {
            Some(block) => lacks_ground(view, block, l1_block, to)?,
            None => view.head()?.number > to,
        };
        if !is_lost {
            return Ok(None);
        }
        let missing = StorageError::Missing { table: "CanonicalHeaders", number: to };
        let hash = view.hash_of(to)?.ok_or(missing)?;
        self.signed.lock().release_above(SignedBlockId { number: to, hash })?;
        debug!(target: "storage::log", to, "released signed heights");
        let Some(BlockNumHash { number, hash }) = last.map(|block| block.num_hash()) else {
            return Ok(None);
        };
        proposal.void().map_err(SignedHeightError::from)?;
        debug!(target: "storage::log", number, %hash, "withdrew the proposal");
        let is_in_chain = view.hash_of(number)? == Some(hash);
        Ok((!is_in_chain).then_some(BlockNumHash { number, hash }))
    }
}

/// Whether the parent of a block is not in the chain up to block `to`, or one of its L1 messages not
/// known up to an L1 block.
fn lacks_ground(
    view: &ChainView,
    block: &SealedBlock,
    l1_block: u64,
    to: u64,
) -> Result<bool, StorageError> {
    let parent = block.number.saturating_sub(1);
    if parent > to || view.hash_of(parent)? != Some(block.parent_hash) {
        return Ok(true);
    }
    let transactions = &block.body().transactions;
    for message in transactions.iter().filter_map(ScrollTxEnvelope::as_l1_message) {
        let known = view.l1_message(message.inner().queue_index)?;
        let is_kept = known.is_some_and(|known| {
            known.hash == *message.hash_ref() && known.l1_block_number <= l1_block
        });
        if !is_kept {
            return Ok(true);
        }
    }
    Ok(false)
}
