//! Why a block was not taken.

use alloy_eips::BlockNumHash;
use alloy_evm::block::{BlockExecutionError, BlockValidationError};
use alloy_primitives::B256;
use rollup_consensus::{
    BodyError, HeaderError, ParentError, PostExecutionError, SenderError, StateRootError,
};
use rollup_evm::ExecuteError;
use rollup_payload::PayloadError;
use rollup_storage::StorageError;
use std::sync::Arc;
use thiserror::Error;
use tokio::task::JoinError;

/// A block that was not taken.
#[derive(Debug, Error)]
pub enum ImportError {
    /// The block is invalid, here and everywhere.
    #[error(transparent)]
    Invalid(#[from] Arc<InvalidBlock>),
    /// The head is not its parent. Says nothing about the block.
    #[error(
        "block {} ({}) does not follow the head {} ({})",
        block.number, block.hash, head.number, head.hash
    )]
    NotAChild {
        /// The block.
        block: BlockNumHash,
        /// Head of the chain it was to continue.
        head: BlockNumHash,
    },
    /// The node failed. Says nothing about the block.
    #[error("block {} ({}) cannot be executed", block.number, block.hash)]
    Internal {
        /// The block.
        block: BlockNumHash,
        /// What failed.
        #[source]
        source: Box<InternalError>,
    },
}

/// A block that breaks a rule. The source names the first one.
#[derive(Debug, Error)]
#[error("block {} ({}) is invalid", block.number, block.hash)]
pub struct InvalidBlock {
    /// The block.
    pub block: BlockNumHash,
    /// The first thing that is wrong.
    #[source]
    pub reason: InvalidReason,
}

/// The rule that a block breaks.
#[derive(Debug, Error)]
pub enum InvalidReason {
    /// The header on its own.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// The header on top of its parent.
    #[error(transparent)]
    Parent(#[from] ParentError),
    /// The body. See [`BodyError`] for the faults that leave the header without blame.
    #[error(transparent)]
    Body(#[from] BodyError),
    /// A signature of a transaction.
    #[error(transparent)]
    Sender(#[from] SenderError),
    /// A transaction that no valid block may hold in this state.
    #[error(transparent)]
    Execution(#[from] BlockValidationError),
    /// Gas used, receipts root or logs bloom.
    #[error(transparent)]
    Results(#[from] PostExecutionError),
    /// The state root.
    #[error(transparent)]
    StateRoot(#[from] StateRootError),
}

/// A failure that is not the block's fault.
#[derive(Debug, Error)]
pub enum InternalError {
    /// The stored chain could not be read.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The EVM gave up for a reason that is neither in the block nor in the database.
    #[error("execution failed")]
    Execution(#[source] BlockExecutionError),
}

/// A request to the engine that was not carried out. The chain is as it was.
#[derive(Debug, Error)]
pub enum EngineError {
    /// The block is not taken.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// The block continues one that is invalid.
    #[error("block {} ({}) continues an invalid block", block.number, block.hash)]
    InvalidAncestor {
        /// The block.
        block: BlockNumHash,
        /// The invalid block, and why it is.
        #[source]
        ancestor: Arc<InvalidBlock>,
    },
    /// Neither the chain nor a block beside it is the parent. Says nothing about the block.
    #[error("the parent {parent} of block {} ({}) is not known", block.number, block.hash)]
    UnknownParent {
        /// The block.
        block: BlockNumHash,
        /// Hash of its parent.
        parent: B256,
    },
    /// No block with this hash was imported.
    #[error("block {hash} is not known")]
    UnknownBlock {
        /// The hash.
        hash: B256,
    },
    /// The head is another than the request is about.
    #[error("the head is block {} ({}), not {} ({})", head.number, head.hash, expected.number, expected.hash)]
    HeadMoved {
        /// Head that the request needs.
        expected: BlockNumHash,
        /// The head.
        head: BlockNumHash,
    },
    /// The forkchoice contradicts itself or what is final.
    #[error(transparent)]
    Forkchoice(#[from] ForkchoiceError),
    /// The storage failed, or refused.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The block was proposed, and withdrawn by an L1 reorg since.
    #[error("block {} ({}) was withdrawn: L1 took back what it is built on", block.number, block.hash)]
    Withdrawn {
        /// The block.
        block: BlockNumHash,
    },
    /// An L1 message of a block that is to be proposed is not known from L1.
    #[error("the L1 message {queue_index} of block {} ({}) is not known from L1", block.number, block.hash)]
    MessageLost {
        /// The block.
        block: BlockNumHash,
        /// The message.
        queue_index: u64,
    },
    /// The thread that writes the rollup records panicked, or the process ends.
    #[error("the thread that writes the rollup records stopped")]
    Thread(#[from] JoinError),
    /// The payload could not be built.
    #[error(transparent)]
    Payload(#[from] PayloadError),
    /// Too many requests wait.
    #[error("the engine has too many requests waiting")]
    Busy,
    /// The engine has ended.
    #[error("the engine has stopped")]
    Stopped,
}

/// A forkchoice that must not be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ForkchoiceError {
    /// The head would be below the safe block.
    #[error("the head, block {head}, is below the safe block {safe}")]
    HeadBelowSafe {
        /// Number of the head.
        head: u64,
        /// Number of the safe block.
        safe: u64,
    },
    /// The safe block would be below the finalized one.
    #[error("the safe block {safe} is below the finalized block {finalized}")]
    SafeBelowFinalized {
        /// Number of the safe block.
        safe: u64,
        /// Number of the finalized block.
        finalized: u64,
    },
    /// What is final would change.
    #[error("the finalized block {finalized} is not at or above block {}, which is final", stored.number)]
    FinalizedGoesBack {
        /// Number of the new one.
        finalized: u64,
        /// The finalized block.
        stored: BlockNumHash,
    },
    /// The new head does not continue the finalized block.
    #[error("block {} ({}) does not continue the finalized block {finalized}", head.number, head.hash)]
    HeadLeavesFinalized {
        /// The new head.
        head: BlockNumHash,
        /// Number of the finalized block.
        finalized: u64,
    },
    /// L1 takes back a message of a block that is final: the L1 that this node is shown is not the
    /// one that made it final.
    #[error(
        "block {block} includes an L1 message from above L1 block {l1_block}, to which L1 is to be \
         unwound, and blocks up to {finalized} are final; check the L1 endpoints"
    )]
    FinalizedLost {
        /// Number of the lowest block that would be lost.
        block: u64,
        /// L1 block to which L1 is to be unwound.
        l1_block: u64,
        /// Number of the finalized block.
        finalized: u64,
    },
    /// The safe or finalized block is not of the chain.
    #[error("block {} ({}) is not in the chain", block.number, block.hash)]
    NotInChain {
        /// The block.
        block: BlockNumHash,
    },
}

/// Either kind, before it is said of which block.
pub(crate) enum Fault {
    Invalid(InvalidReason),
    Internal(InternalError),
}

impl Fault {
    pub(crate) fn of(self, block: BlockNumHash) -> ImportError {
        match self {
            Self::Invalid(reason) => Arc::new(InvalidBlock { block, reason }).into(),
            Self::Internal(source) => ImportError::Internal { block, source: source.into() },
        }
    }
}

impl From<InvalidReason> for Fault {
    fn from(reason: InvalidReason) -> Self {
        Self::Invalid(reason)
    }
}

impl From<StorageError> for Fault {
    fn from(err: StorageError) -> Self {
        Self::Internal(err.into())
    }
}

impl From<ExecuteError<StorageError>> for Fault {
    fn from(err: ExecuteError<StorageError>) -> Self {
        match err {
            ExecuteError::Invalid(err) => Self::Invalid(err.into()),
            ExecuteError::Database(err) => Self::Internal(err.into()),
            ExecuteError::Internal(err) => Self::Internal(InternalError::Execution(err)),
        }
    }
}
