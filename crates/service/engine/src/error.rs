//! Why a block was not taken.

use alloy_eips::BlockNumHash;
use alloy_evm::block::{BlockExecutionError, BlockValidationError};
use rollup_consensus::{
    BodyError, HeaderError, ParentError, PostExecutionError, SenderError, StateRootError,
};
use rollup_evm::ExecuteError;
use rollup_storage::StorageError;
use thiserror::Error;

/// A block that was not taken.
#[derive(Debug, Error)]
pub enum ImportError {
    /// The block is invalid, here and everywhere.
    #[error(transparent)]
    Invalid(#[from] Box<InvalidBlock>),
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

/// Either kind, before it is said of which block.
pub(crate) enum Fault {
    Invalid(InvalidReason),
    Internal(InternalError),
}

impl Fault {
    pub(crate) fn of(self, block: BlockNumHash) -> ImportError {
        match self {
            Self::Invalid(reason) => Box::new(InvalidBlock { block, reason }).into(),
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
