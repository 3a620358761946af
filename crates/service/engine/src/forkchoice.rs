//! Requested changes of the forkchoice.

use crate::error::ForkchoiceError;
use alloy_eips::BlockNumHash;
use alloy_primitives::B256;
use rollup_storage::ForkchoiceState;

/// A change of the forkchoice; `None` leaves a point where it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ForkchoiceUpdate {
    /// Hash of the new head: an imported block, or one of the chain, which then ends there.
    pub head: Option<B256>,
    /// New safe block.
    pub safe: Option<BlockNumHash>,
    /// New finalized block. What is final stays so.
    pub finalized: Option<BlockNumHash>,
}

impl ForkchoiceUpdate {
    /// The forkchoice after the update, with `head` as its head.
    ///
    /// The safe block goes down with the head unless the update names one.
    ///
    /// # Errors
    /// Every variant but [`ForkchoiceError::NotInChain`] and
    /// [`ForkchoiceError::HeadLeavesFinalized`].
    pub(crate) fn apply(
        &self,
        now: ForkchoiceState,
        head: BlockNumHash,
        fork: BlockNumHash,
    ) -> Result<ForkchoiceState, ForkchoiceError> {
        let lowered = if now.safe.number > fork.number { fork } else { now.safe };
        let safe = self.safe.unwrap_or(lowered);
        let finalized = self.finalized.unwrap_or(now.finalized);
        let goes_back = finalized.number < now.finalized.number
            || finalized.number == now.finalized.number && finalized.hash != now.finalized.hash;
        if goes_back {
            let (finalized, stored) = (finalized.number, now.finalized);
            return Err(ForkchoiceError::FinalizedGoesBack { finalized, stored });
        }
        if safe.number < finalized.number {
            let (safe, finalized) = (safe.number, finalized.number);
            return Err(ForkchoiceError::SafeBelowFinalized { safe, finalized });
        }
        if head.number < safe.number {
            let (head, safe) = (head.number, safe.number);
            return Err(ForkchoiceError::HeadBelowSafe { head, safe });
        }
        Ok(ForkchoiceState { head, safe, finalized })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(number: u64) -> BlockNumHash {
        BlockNumHash::new(number, B256::with_last_byte(u8::try_from(number).unwrap()))
    }

    fn state(head: u64, safe: u64, finalized: u64) -> ForkchoiceState {
        ForkchoiceState { head: block(head), safe: block(safe), finalized: block(finalized) }
    }

    #[test]
    fn moves_what_it_names_and_leaves_the_rest() {
        let now = state(10, 5, 3);
        let update = ForkchoiceUpdate { safe: Some(block(7)), ..Default::default() };
        assert_eq!(update.apply(now, block(11), block(10)), Ok(state(11, 7, 3)));
        let update = ForkchoiceUpdate { finalized: Some(block(5)), ..Default::default() };
        assert_eq!(update.apply(now, block(10), block(10)), Ok(state(10, 5, 5)));
    }

    #[test]
    fn the_safe_block_goes_down_with_a_reorg() {
        let update = ForkchoiceUpdate::default();
        assert_eq!(update.apply(state(10, 8, 3), block(12), block(6)), Ok(state(12, 6, 3)));
    }

    #[test]
    fn refuses_what_is_out_of_order() {
        let now = state(10, 5, 3);
        let safe = ForkchoiceUpdate { safe: Some(block(11)), ..Default::default() };
        let refused = safe.apply(now, block(10), block(10));
        assert_eq!(refused, Err(ForkchoiceError::HeadBelowSafe { head: 10, safe: 11 }));
        let finalized = ForkchoiceUpdate { finalized: Some(block(6)), ..Default::default() };
        let refused = finalized.apply(now, block(10), block(10));
        assert_eq!(refused, Err(ForkchoiceError::SafeBelowFinalized { safe: 5, finalized: 6 }));
    }

    #[test]
    fn what_is_final_stays() {
        let now = state(10, 5, 3);
        let back = ForkchoiceUpdate { finalized: Some(block(2)), ..Default::default() };
        let other = BlockNumHash::new(3, B256::repeat_byte(9));
        let other = ForkchoiceUpdate { finalized: Some(other), ..Default::default() };
        for update in [back, other] {
            let refused = update.apply(now, block(10), block(10)).unwrap_err();
            assert!(matches!(refused, ForkchoiceError::FinalizedGoesBack { .. }), "{refused}");
        }
        let reorg = ForkchoiceUpdate::default().apply(now, block(10), block(2));
        assert_eq!(reorg, Err(ForkchoiceError::SafeBelowFinalized { safe: 2, finalized: 3 }));
    }
}
