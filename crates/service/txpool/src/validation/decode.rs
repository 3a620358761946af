//! From bytes to a transaction.

use crate::error::PoolError;
use alloy_eips::eip2718::{Decodable2718, Encodable2718};
use rollup_primitives::{L1_MESSAGE_TX_TYPE, ScrollPooledTransaction, ScrollTxEnvelope};
use std::sync::Arc;

/// EIP-2718 type of blob transactions.
const BLOB_TX_TYPE: u8 = 0x03;
/// Types of signed transactions besides the legacy one.
const TYPED: [u8; 3] = [0x01, 0x02, 0x04];
/// From here on the first byte is not a type, but that of a legacy transaction.
const FIRST_LIST_BYTE: u8 = 0xc0;

/// A transaction with its EIP-2718 bytes.
#[derive(Clone, Debug)]
pub(crate) struct DecodedTransaction {
    pub(crate) transaction: ScrollTxEnvelope,
    pub(crate) raw: Vec<u8>,
}

impl From<ScrollTxEnvelope> for DecodedTransaction {
    fn from(transaction: ScrollTxEnvelope) -> Self {
        let raw = transaction.encoded_2718();
        Self { transaction, raw }
    }
}

/// Decodes EIP-2718 bytes of a type that a pool may hold. The length is not looked at.
///
/// # Errors
/// [`PoolError::BlobTransaction`], [`PoolError::L1Message`], [`PoolError::TypeNotSupported`],
/// [`PoolError::Undecodable`], and [`PoolError::NotCanonical`].
pub(crate) fn decode(raw: &[u8]) -> Result<DecodedTransaction, PoolError> {
    match raw.first().copied() {
        Some(BLOB_TX_TYPE) => return Err(PoolError::BlobTransaction),
        Some(L1_MESSAGE_TX_TYPE) => return Err(PoolError::L1Message),
        Some(ty) if ty < FIRST_LIST_BYTE && !TYPED.contains(&ty) => {
            return Err(PoolError::TypeNotSupported { ty });
        }
        _ => {}
    }
    let transaction = ScrollPooledTransaction::decode_2718_exact(raw)
        .map_err(|source| PoolError::Undecodable { source: Arc::new(source) })?;
    let decoded = DecodedTransaction::from(ScrollTxEnvelope::from(transaction));
    if decoded.raw != raw {
        return Err(PoolError::NotCanonical);
    }
    Ok(decoded)
}
