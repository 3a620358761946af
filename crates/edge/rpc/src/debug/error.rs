//! Blocks and ranges that the methods cannot work on.

use crate::error::{invalid_params, limit_exceeded, server_error};
use jsonrpsee::types::ErrorObjectOwned;
use rollup_consensus::{BodyError, HeaderError, ParentError, SenderError};
use thiserror::Error;

/// A block, a place in a block or a range that cannot be worked on.
#[derive(Debug, Error)]
pub(crate) enum UnfitError {
    /// Bytes that are no block.
    #[error("not the RLP of a block: {0}")]
    Rlp(#[from] alloy_rlp::Error),
    /// A block whose parent the chain does not have.
    #[error("the parent of the block is not known")]
    UnknownParent,
    /// A header that breaks a rule.
    #[error("invalid block: {0}")]
    Header(#[from] HeaderError),
    /// A header that does not fit on its parent.
    #[error("invalid block: {0}")]
    Parent(#[from] ParentError),
    /// A body that breaks a rule.
    #[error("invalid block: {0}")]
    Body(#[from] BodyError),
    /// A transaction whose signature names no sender.
    #[error("invalid block: {0}")]
    Sender(#[from] SenderError),
    /// A place behind the last transaction of the block.
    #[error("transaction index {index} is out of range, the block has {count} transactions")]
    Index {
        /// The place.
        index: u64,
        /// How many transactions there are.
        count: usize,
    },
    /// Nothing to execute.
    #[error("bundles are empty")]
    NoBundles,
    /// The block from which everything starts.
    #[error("genesis is not executed")]
    Genesis,
    /// A witness of an old block.
    #[error("block is more than {window} blocks below the head: no witness is made of it")]
    OutsideWitnessWindow {
        /// Blocks below the head of which one is made.
        window: u64,
    },
    /// A range that ends before it starts.
    #[error("start block {start} must be before end block {end}")]
    Reversed {
        /// First block.
        start: u64,
        /// Last block.
        end: u64,
    },
    /// A range of too many blocks.
    #[error("range of {blocks} blocks, at most {max} are looked at")]
    TooManyBlocks {
        /// Blocks asked for.
        blocks: u64,
        /// Blocks at most.
        max: u64,
    },
}

impl UnfitError {
    /// How a call is answered that asks for it.
    pub(crate) fn object(&self) -> ErrorObjectOwned {
        match self {
            Self::Rlp(_) | Self::Index { .. } | Self::NoBundles | Self::Reversed { .. } => {
                invalid_params(self)
            }
            Self::OutsideWitnessWindow { .. } | Self::TooManyBlocks { .. } => limit_exceeded(self),
            Self::UnknownParent
            | Self::Header(_)
            | Self::Parent(_)
            | Self::Body(_)
            | Self::Sender(_)
            | Self::Genesis => server_error(self),
        }
    }
}
