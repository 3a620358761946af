//! Why a block of another node is not taken.

use alloy_primitives::Address;
use rollup_primitives::BlockSignatureError;
use thiserror::Error;

/// Why it cannot be said that a block is signed by who may.
#[derive(Debug, Error)]
pub enum ConsensusCheckError {
    /// No signer can be read from the signature.
    #[error("the signature of block {number} is invalid")]
    Signature {
        /// Number of the block.
        number: u64,
        /// What is wrong with it.
        #[source]
        source: BlockSignatureError,
    },
    /// Somebody else signed it.
    #[error("block {number} is signed by {got}, the authorized signer is {expected}")]
    Unauthorized {
        /// Number of the block.
        number: u64,
        /// Who signed it.
        got: Address,
        /// Who is the signer.
        expected: Address,
    },
    /// L1 was not read yet. Says nothing about the block.
    #[error("block {number} cannot be judged, the authorized signer is not known yet")]
    SignerUnknown {
        /// Number of the block.
        number: u64,
    },
}

impl ConsensusCheckError {
    /// Whether it speaks against the block, and so against whoever sent it.
    pub const fn is_of_the_block(&self) -> bool {
        match self {
            Self::Signature { .. } | Self::Unauthorized { .. } => true,
            Self::SignerUnknown { .. } => false,
        }
    }
}
