//! Errors of this crate.

use alloy_primitives::SignatureError;
use thiserror::Error;

/// A block signature that cannot be read or names no signer.
#[derive(Debug, Error)]
pub enum BlockSignatureError {
    /// Not 65 bytes.
    #[error("block signature has {length} bytes instead of 65")]
    Length {
        /// Bytes given.
        length: usize,
    },
    /// A Clique header without room for vanity and signature.
    #[error("extra data has {length} bytes, too few for a clique vanity and signature (97)")]
    ExtraDataTooShort {
        /// Bytes present.
        length: usize,
    },
    /// The signature has a value of s in the upper half of the curve order.
    #[error("block signature has a high s value")]
    HighS,
    /// No public key fits signature and hash.
    #[error("no signer can be recovered from the block signature")]
    Unrecoverable(#[from] SignatureError),
}
