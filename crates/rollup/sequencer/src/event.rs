//! What the sequencer did.

use alloy_eips::BlockNumHash;
use rollup_storage::ExecutedBlock;
use std::{fmt, sync::Arc};

/// Something that the sequencer did.
#[derive(Clone, Debug)]
pub enum SequencerEvent {
    /// A block was built and is to be signed. It is not durable yet.
    BlockSequenced(BlockNumHash),
    /// A block is signed, durable, the head, and announced.
    SignedBlock(Arc<ExecutedBlock>),
    /// The block that was built has no transactions, and such are not kept.
    BlockBuildingSkipped {
        /// What it would have followed.
        parent: BlockNumHash,
    },
    /// Slots went by without a block.
    SlotSkipped {
        /// Why.
        reason: SkipReason,
        /// How many.
        slots: u64,
    },
}

/// Why a slot has no block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SkipReason {
    /// The block of an earlier slot was not finished.
    Overrun,
    /// The sequencer noticed it too late.
    Late,
    /// The signer is not the authorized one.
    NotAuthorized,
    /// The node fell behind while the block was built.
    NotSynced,
    /// Sequencing was disabled while the block was built.
    Disabled,
    /// The head moved while the block was built.
    HeadMoved,
    /// L1 took back a message of the block while it was built.
    L1Reorg,
    /// What is known of L1 is too old.
    L1Stale,
    /// Building or signing failed.
    Failed,
    /// There was nothing to put into it.
    Empty,
}

impl SkipReason {
    /// All of them.
    pub(crate) const ALL: [Self; 10] = [
        Self::Overrun,
        Self::Late,
        Self::NotAuthorized,
        Self::NotSynced,
        Self::Disabled,
        Self::HeadMoved,
        Self::L1Reorg,
        Self::L1Stale,
        Self::Failed,
        Self::Empty,
    ];

    /// As it stands in logs and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Overrun => "overrun",
            Self::Late => "late",
            Self::NotAuthorized => "not_authorized",
            Self::NotSynced => "not_synced",
            Self::Disabled => "disabled",
            Self::HeadMoved => "head_moved",
            Self::L1Reorg => "l1_reorg",
            Self::L1Stale => "l1_stale",
            Self::Failed => "failed",
            Self::Empty => "empty",
        }
    }
}

impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
