//! Values: compact, and never trusted when they are read back.

use super::{Key, Reader, Writer, key::exact};
use crate::error::DecodeError;
use alloy_eips::{
    BlockNumHash,
    eip2718::{Decodable2718, Encodable2718},
};
use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_rlp::{Decodable, Encodable};
use rollup_primitives::{BlockSignature, ScrollHeader, ScrollTxEnvelope};
use std::fmt;

/// A value. Each has one encoding, so equal values are equal bytes.
pub trait Value: Sized + fmt::Debug {
    /// Appends the bytes of the value.
    fn encode(&self, out: &mut Vec<u8>);

    /// The value that has these bytes.
    ///
    /// # Errors
    /// If there is none. Bytes of a damaged file give an error, never a panic.
    fn decode(bytes: &[u8]) -> Result<Self, DecodeError>;
}

/// A value of a table with several values per key: its encoding starts with that of a second key,
/// by which the values of a key are ordered and found.
pub trait DupValue: Value {
    /// The second key.
    type SubKey: Key;
}

impl Value for u64 {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.to_be_bytes());
    }

    fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        exact(bytes).map(Self::from_be_bytes)
    }
}

impl Value for B256 {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.as_slice());
    }

    fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        exact(bytes).map(Self::new)
    }
}

impl Value for Address {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.as_slice());
    }

    fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        exact(bytes).map(Self::new)
    }
}

/// Big-endian without leading zeros; zero is empty.
impl Value for U256 {
    fn encode(&self, out: &mut Vec<u8>) {
        Writer(out).rest_word(self);
    }

    fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        Reader::new(bytes).rest_word()
    }
}

impl Value for Bytes {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self);
    }

    fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        Ok(Self::copy_from_slice(bytes))
    }
}

impl Value for BlockNumHash {
    fn encode(&self, out: &mut Vec<u8>) {
        let mut out = Writer(out);
        out.number(self.number);
        out.hash(&self.hash);
    }

    fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let value = Self { number: reader.number()?, hash: reader.hash()? };
        reader.finish()?;
        Ok(value)
    }
}

/// The consensus encoding.
impl Value for ScrollHeader {
    fn encode(&self, out: &mut Vec<u8>) {
        Encodable::encode(self, out);
    }

    fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        decode_rlp(bytes)
    }
}

/// The EIP-2718 encoding.
impl Value for ScrollTxEnvelope {
    fn encode(&self, out: &mut Vec<u8>) {
        self.encode_2718(out);
    }

    fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut rest = bytes;
        let transaction = Self::decode_2718(&mut rest)?;
        Reader::new(rest).finish()?;
        Ok(transaction)
    }
}

impl Value for BlockSignature {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.to_bytes());
    }

    fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let signature = Self::try_from(bytes)?;
        if signature.to_bytes().as_slice() != bytes {
            return Err(DecodeError::NotCanonical);
        }
        Ok(signature)
    }
}

/// Reads RLP to the last byte.
pub(crate) fn decode_rlp<T: Decodable>(bytes: &[u8]) -> Result<T, DecodeError> {
    let mut rest = bytes;
    let value = T::decode(&mut rest)?;
    Reader::new(rest).finish()?;
    Ok(value)
}
