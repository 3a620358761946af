//! The blooms of stored headers.

use crate::error::StorageError;
use alloy_primitives::{BLOOM_SIZE_BYTES, Bloom};
use alloy_rlp::Header;
use rollup_db::{DbError, DecodeError, Headers, Key, ReadTx, Table};
use std::ops::RangeInclusive;

/// Fields of a header before the bloom: hash of the parent, hash of the ommers, beneficiary, and the
/// roots of state, transactions and receipts.
const FIELDS_BEFORE_BLOOM: usize = 6;

/// [`LogSource::first_block`](super::LogSource::first_block) of the stored headers: one walk over
/// the table, in which nothing but the bloom is decoded and nothing is copied.
///
/// # Errors
/// [`StorageError::Missing`] if one of the blocks is not there, and those of the database.
pub(super) fn first_stored_block(
    tx: &ReadTx,
    blocks: RangeInclusive<u64>,
    test: &mut dyn FnMut(&Bloom) -> bool,
) -> Result<Option<u64>, StorageError> {
    let (mut number, last) = blocks.into_inner();
    if number > last {
        return Ok(None);
    }
    let mut outcome = None;
    let start = number.encode();
    tx.visit_raw(Headers::NAME, start.as_ref(), |key, value| {
        if key == number.encode().as_ref() {
            outcome = match bloom(value) {
                Err(error) => Some(Err(error)),
                Ok(bloom) if test(bloom) => Some(Ok(Some(number))),
                Ok(_) if number == last => Some(Ok(None)),
                Ok(_) => {
                    number += 1;
                    return true;
                }
            };
        }
        false
    })?;
    match outcome {
        Some(outcome) => outcome.map_err(|error| damaged(error).into()),
        None => Err(StorageError::Missing { table: Headers::NAME, number }),
    }
}

/// The logs bloom of an encoded header.
fn bloom(mut header: &[u8]) -> Result<&Bloom, alloy_rlp::Error> {
    let mut fields = Header::decode_bytes(&mut header, true)?;
    for _ in 0..FIELDS_BEFORE_BLOOM {
        Header::decode_bytes(&mut fields, false)?;
    }
    let bloom = Header::decode_bytes(&mut fields, false)?;
    let bloom = bloom.as_array::<BLOOM_SIZE_BYTES>().ok_or(alloy_rlp::Error::UnexpectedLength)?;
    Ok(bloom.into())
}

const fn damaged(error: alloy_rlp::Error) -> DbError {
    DbError::DecodeValue { table: Headers::NAME, source: DecodeError::Rlp(error) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rollup_primitives::ScrollHeader;

    #[test]
    fn reads_the_bloom_of_a_header() {
        let logs_bloom = Bloom::repeat_byte(7);
        let header = ScrollHeader { logs_bloom, number: 1 << 40, ..Default::default() };
        let encoded = alloy_rlp::encode(&header);
        assert_eq!(bloom(&encoded), Ok(&logs_bloom));
        for length in 0..encoded.len() {
            assert!(bloom(&encoded[..length]).is_err(), "{length}");
        }
    }
}
