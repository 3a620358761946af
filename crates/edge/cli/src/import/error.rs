//! Why an import stopped.

use super::blocks::ReadError;
use crate::exit::Exit;
use alloy_eips::BlockNumHash;
use alloy_primitives::B256;
use rollup_engine::{ImportError as EngineError, InternalError};
use rollup_storage::StorageError;
use thiserror::Error;

/// Why an import stopped. What came before is kept.
#[derive(Debug, Error)]
pub(super) enum ImportError {
    /// A file is not one of blocks.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The chain goes another way than the file.
    #[error(
        "block {} ({}) is not the one that is there, {existing}: the file is of another chain or branch",
        block.number, block.hash
    )]
    Conflict { block: BlockNumHash, existing: B256 },
    /// Blocks between the chain and the file are missing.
    #[error(
        "block {} ({}) has no parent here: the head is block {} ({}); import the blocks from {} on first",
        block.number, block.hash, head.number, head.hash, head.number + 1
    )]
    Gap { block: BlockNumHash, head: BlockNumHash },
    /// The next block, but of another parent.
    #[error(
        "block {} ({}) follows {parent}, not the head {}: the file is of another chain or branch",
        block.number, block.hash, head.hash
    )]
    OtherParent { block: BlockNumHash, parent: B256, head: BlockNumHash },
    /// The block was refused.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl ImportError {
    /// Exit code of the command.
    pub(super) fn exit(&self) -> Exit {
        match self {
            Self::Read(_) => Exit::Unusable,
            Self::Conflict { .. }
            | Self::Gap { .. }
            | Self::OtherParent { .. }
            | Self::Engine(EngineError::Invalid(_) | EngineError::NotAChild { .. }) => Exit::No,
            Self::Engine(EngineError::Internal { source, .. }) => match source.as_ref() {
                InternalError::Storage(err) => err.into(),
                InternalError::Execution(_) => Exit::Internal,
            },
            Self::Storage(err) => err.into(),
        }
    }
}
