//! What of a transaction its L1 data fee depends on.

use super::compression::{compressed_size, compression_ratio};
use crate::spec::ScrollSpecId;
use alloy_primitives::U256;

/// Bytes that the formula before Curie adds for the signature, each counted as non-zero.
const EXTRA_SIGNATURE_BYTES: u64 = 4;
const NON_ZERO_BYTE_GAS: u64 = 16;
const ZERO_BYTE_GAS: u64 = 4;

/// What of a transaction its L1 data fee depends on, by the formula of a fork.
///
/// Whoever prices a transaction again under new values of the oracle keeps this, so that it is
/// compressed once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum L1DataFeeBasis {
    /// Before Curie.
    Calldata {
        /// Gas of the signed bytes as calldata, the signature's share included.
        gas: u64,
    },
    /// From Curie on.
    Size {
        /// Length of the signed bytes.
        raw_bytes: usize,
    },
    /// Feynman.
    Ratio {
        /// Length of the signed bytes.
        raw_bytes: usize,
        /// Compression ratio of the input, in billionths.
        ratio: U256,
    },
    /// From Galileo on.
    CompressedSize {
        /// Length of the signed bytes when compressed.
        bytes: usize,
    },
}

impl L1DataFeeBasis {
    /// Looks at a transaction. `raw` is the EIP-2718 encoding of the signed transaction, `input`
    /// its calldata or initcode.
    pub fn new(raw: &[u8], input: &[u8], spec: ScrollSpecId) -> Self {
        match spec {
            ScrollSpecId::Archimedes | ScrollSpecId::Bernoulli => {
                Self::Calldata { gas: calldata_gas(raw) }
            }
            ScrollSpecId::Curie
            | ScrollSpecId::Darwin
            | ScrollSpecId::Euclid
            | ScrollSpecId::EuclidV2 => Self::Size { raw_bytes: raw.len() },
            ScrollSpecId::Feynman => {
                Self::Ratio { raw_bytes: raw.len(), ratio: compression_ratio(input) }
            }
            ScrollSpecId::Galileo => Self::CompressedSize { bytes: compressed_size(raw) },
        }
    }
}

fn calldata_gas(raw: &[u8]) -> u64 {
    let bytes_gas: u64 =
        raw.iter().map(|byte| if *byte == 0 { ZERO_BYTE_GAS } else { NON_ZERO_BYTE_GAS }).sum();
    bytes_gas + EXTRA_SIGNATURE_BYTES * NON_ZERO_BYTE_GAS
}
