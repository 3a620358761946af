//! Errors of the sequencer.

use alloy_primitives::B256;
use thiserror::Error;

/// Settings with which no block can be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SequencerConfigError {
    /// Slots without end.
    #[error("--sequencer.block-time is 0; give at least 1 (milliseconds)")]
    BlockTime,
    /// No time for transactions.
    #[error("--sequencer.payload-building-duration is 0; give at least 1 (milliseconds)")]
    PayloadBuildingDuration,
}

/// A command that was not carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SequencerError {
    /// Too many commands wait.
    #[error("the sequencer is busy")]
    Busy,
    /// The sequencer has ended, or is about to.
    #[error("the sequencer has stopped")]
    Stopped,
    /// The chain is not where the caller believes it to be.
    #[error("the head is {found}, not {expected}")]
    HeadMismatch {
        /// Hash that the caller expected.
        expected: B256,
        /// Hash of the head.
        found: B256,
    },
    /// A block is being built or signed.
    #[error("a block is being built already")]
    AlreadyBuilding,
}
