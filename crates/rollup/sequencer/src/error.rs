//! Errors of the sequencer.

use crate::{
    machine::Failure,
    status::{Stage, StopReason},
};
use alloy_primitives::B256;
use rollup_engine::EngineError;
use rollup_payload::PayloadError;
use rollup_signer::{Severity, SigningError};
use rollup_storage::{SignedHeightError, StorageError};
use thiserror::Error;
use tokio::task::JoinError;

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

/// A step of a block that came to nothing.
#[derive(Debug, Error)]
pub(crate) enum WorkError {
    /// The chain cannot be read.
    #[error("the chain cannot be read")]
    Read(#[source] StorageError),
    /// The engine refuses, or failed.
    #[error("{stage} the block failed")]
    Engine {
        /// In which step.
        stage: Stage,
        /// What it says.
        source: EngineError,
    },
    /// There is no block.
    #[error("building the block failed")]
    Payload(#[source] PayloadError),
    /// There is no signature.
    #[error("the block cannot be signed")]
    Sign(#[source] SigningError),
    /// A message of the block that was promised is not on L1 any more.
    #[error("the L1 message {queue_index} of the promised block {number} is not on L1 any more")]
    MessageLost {
        /// The message.
        queue_index: u64,
        /// Number of the block.
        number: u64,
        /// Whether L1 has another one in its place.
        is_replaced: bool,
    },
    /// A thread panicked, or the process ends.
    #[error("the thread that reads the chain stopped")]
    Thread(#[from] JoinError),
}

impl WorkError {
    /// Says in which step the engine failed.
    pub(crate) const fn engine(stage: Stage) -> impl FnOnce(EngineError) -> Self {
        move |source| Self::Engine { stage, source }
    }

    /// What failed, in words for everybody: without what the cause says, which may name files and
    /// addresses.
    pub(crate) fn summary(&self) -> String {
        match self {
            Self::Sign(err) => format!("{self}: {}", err.source),
            Self::Engine {
                source: err @ (EngineError::Withdrawn { .. } | EngineError::MessageLost { .. }),
                ..
            } => err.to_string(),
            _ => self.to_string(),
        }
    }

    /// Whether the block that failed is durable and may still be signed.
    pub(crate) const fn leaves_a_promise(&self) -> bool {
        match self {
            Self::Engine { source: EngineError::Withdrawn { .. }, .. } => false,
            Self::Sign(_)
            | Self::Engine { stage: Stage::Append, .. }
            | Self::MessageLost { .. } => true,
            Self::Read(_) | Self::Engine { .. } | Self::Payload(_) | Self::Thread(_) => false,
        }
    }

    /// What the machine makes of it.
    pub(crate) const fn failure(&self) -> Failure {
        match self {
            Self::Read(_) | Self::Payload(_) | Self::Thread(_) => Failure::Once(Stage::Build),
            Self::Engine { stage, source } => engine_failure(*stage, source),
            Self::Sign(err) => match err.severity() {
                Severity::Retry => Failure::Once(Stage::Sign),
                Severity::Fatal => Failure::ForGood(StopReason::SigningRefused),
            },
            // Nothing else can be signed at its height. What follows L1 brings the message back, or
            // has the block withdrawn.
            Self::MessageLost { is_replaced: false, .. } => Failure::L1Reorg,
            // Nobody has it withdrawn, so an operator has to look.
            Self::MessageLost { is_replaced: true, .. } => Failure::Once(Stage::Propose),
        }
    }
}

const fn engine_failure(stage: Stage, err: &EngineError) -> Failure {
    match err {
        EngineError::HeadMoved { .. } | EngineError::Storage(StorageError::NotAChild { .. }) => {
            Failure::HeadMoved
        }
        EngineError::Withdrawn { .. } | EngineError::MessageLost { .. } => Failure::L1Reorg,
        EngineError::Stopped => Failure::ForGood(StopReason::EngineStopped),
        EngineError::Storage(StorageError::SignedHeight(
            SignedHeightError::Below { number, .. } | SignedHeightError::Conflict { number, .. },
        )) => Failure::ForGood(StopReason::HeightTaken { number: *number }),
        _ => Failure::Once(stage),
    }
}
