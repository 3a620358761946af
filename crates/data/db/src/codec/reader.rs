//! Reads the fields of a value.

use super::key::exact;
use crate::error::DecodeError;
use alloy_primitives::{Address, B256, U256};

/// Takes fields from the front of a value. Every method fails, and none panics, on bytes that
/// [`Writer`](super::Writer) does not write.
#[derive(Debug)]
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], DecodeError> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(DecodeError::UnexpectedEnd)?;
        self.0 = rest;
        Ok(taken)
    }

    pub(crate) fn byte(&mut self) -> Result<u8, DecodeError> {
        let (first, rest) = self.0.split_first().ok_or(DecodeError::UnexpectedEnd)?;
        self.0 = rest;
        Ok(*first)
    }

    pub(crate) fn number(&mut self) -> Result<u64, DecodeError> {
        let mut number = 0_u64;
        for shift in (0..u64::BITS).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            // The tenth byte has room for one bit only.
            if (bits << shift) >> shift != bits {
                return Err(DecodeError::NotCanonical);
            }
            number |= bits << shift;
            if byte & 0x80 == 0 {
                return if byte == 0 && shift > 0 {
                    Err(DecodeError::NotCanonical)
                } else {
                    Ok(number)
                };
            }
        }
        Err(DecodeError::NotCanonical)
    }

    pub(crate) fn address(&mut self) -> Result<Address, DecodeError> {
        exact(self.take(Address::len_bytes())?).map(Address::new)
    }

    pub(crate) fn hash(&mut self) -> Result<B256, DecodeError> {
        exact(self.take(B256::len_bytes())?).map(B256::new)
    }

    pub(crate) fn word(&mut self) -> Result<U256, DecodeError> {
        let length = self.byte()?;
        word(self.take(length.into())?)
    }

    pub(crate) fn rest_word(&mut self) -> Result<U256, DecodeError> {
        word(self.rest())
    }

    pub(crate) fn rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.0)
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) const fn finish(self) -> Result<(), DecodeError> {
        if self.0.is_empty() { Ok(()) } else { Err(DecodeError::TrailingBytes(self.0.len())) }
    }
}

fn word(bytes: &[u8]) -> Result<U256, DecodeError> {
    if bytes.first() == Some(&0) {
        return Err(DecodeError::NotCanonical);
    }
    U256::try_from_be_slice(bytes).ok_or(DecodeError::NotCanonical)
}

#[cfg(test)]
mod tests {
    use super::{super::Writer, *};
    use proptest::prelude::*;
    use rstest::rstest;

    proptest! {
        #[test]
        fn reads_what_was_written(
            number: u64,
            address: [u8; 20],
            hash: [u8; 32],
            word: [u8; 32],
            rest: Vec<u8>,
        ) {
            let (address, hash) = (Address::from(address), B256::from(hash));
            let word = U256::from_be_bytes(word) >> (number % 256);
            let mut bytes = Vec::new();
            let mut writer = Writer(&mut bytes);
            writer.number(number);
            writer.address(&address);
            writer.hash(&hash);
            writer.word(&word);
            bytes.extend_from_slice(&rest);

            let mut reader = Reader::new(&bytes);
            prop_assert_eq!(reader.number(), Ok(number));
            prop_assert_eq!(reader.address(), Ok(address));
            prop_assert_eq!(reader.hash(), Ok(hash));
            prop_assert_eq!(reader.word(), Ok(word));
            prop_assert_eq!(reader.rest(), &rest);
            prop_assert_eq!(reader.finish(), Ok(()));
        }
    }

    #[rstest]
    #[case::ends_early(&[0x80], DecodeError::UnexpectedEnd)]
    #[case::padded(&[0x81, 0x00], DecodeError::NotCanonical)]
    #[case::above_64_bits(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02], DecodeError::NotCanonical)]
    #[case::endless(&[0xff; 11], DecodeError::NotCanonical)]
    fn rejects_a_number(#[case] bytes: &[u8], #[case] error: DecodeError) {
        assert_eq!(Reader::new(bytes).number(), Err(error));
    }

    #[rstest]
    #[case::leading_zero(&[1, 0], DecodeError::NotCanonical)]
    #[case::too_long(&[33; 34], DecodeError::NotCanonical)]
    #[case::ends_early(&[2, 1], DecodeError::UnexpectedEnd)]
    fn rejects_a_word(#[case] bytes: &[u8], #[case] error: DecodeError) {
        assert_eq!(Reader::new(bytes).word(), Err(error));
    }
}
