//! Paths in the tries: one nibble per byte, so that a prefix comes before what it is a prefix of.

use crate::{
    codec::{
        Key,
        text::{self, AddressHash, FieldText},
    },
    error::{DecodeError, KeyTextError},
};
use alloy_primitives::B256;
use nybbles::Nibbles;
use std::cmp::Ordering;

const MAX_NIBBLES: usize = 64;
const HASH_BYTES: usize = 32;

/// Path of a node in the account trie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TriePath(pub Nibbles);

/// Path of a node in the storage trie of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StorageTriePath {
    /// Keccak hash of the address.
    pub hashed_address: B256,
    /// Path from the root of the account's storage trie.
    pub path: TriePath,
}

/// Bytes of a path, on the stack.
#[derive(Clone, Copy, Debug)]
pub struct PathBytes<const MAX: usize> {
    bytes: [u8; MAX],
    length: usize,
}

impl<const MAX: usize> AsRef<[u8]> for PathBytes<MAX> {
    fn as_ref(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

impl TriePath {
    fn write<const MAX: usize>(&self, prefix: &[u8]) -> PathBytes<MAX> {
        let mut bytes = [0; MAX];
        let length = prefix.len() + self.0.len();
        bytes[..prefix.len()].copy_from_slice(prefix);
        for (byte, nibble) in bytes[prefix.len()..].iter_mut().zip(self.0.iter()) {
            *byte = nibble;
        }
        PathBytes { bytes, length }
    }
}

impl Ord for TriePath {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.iter().cmp(other.0.iter())
    }
}

impl PartialOrd for TriePath {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Key for TriePath {
    type Encoded = PathBytes<MAX_NIBBLES>;

    fn encode(&self) -> Self::Encoded {
        self.write(&[])
    }

    fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        if bytes.len() > MAX_NIBBLES {
            return Err(DecodeError::TrailingBytes(bytes.len() - MAX_NIBBLES));
        }
        if bytes.iter().any(|nibble| *nibble > 0xf) {
            return Err(DecodeError::NotCanonical);
        }
        Ok(Self(Nibbles::from_nibbles_unchecked(bytes)))
    }

    fn text(&self) -> String {
        let digits = self.0.iter().filter_map(|nibble| char::from_digit(nibble.into(), 16));
        "0x".chars().chain(digits).collect()
    }

    fn parse_text(text: &str) -> Result<Vec<u8>, KeyTextError> {
        let digits = text::hex_digits(text).filter(|digits| digits.len() <= MAX_NIBBLES);
        digits
            .and_then(|digits| {
                let nibble =
                    |digit: char| digit.to_digit(16).and_then(|digit| digit.try_into().ok());
                digits.chars().map(nibble).collect()
            })
            .ok_or(KeyTextError::Field {
                expected: "a path in a trie",
                form: "0x and up to 64 hex digits",
            })
    }
}

impl Key for StorageTriePath {
    type Encoded = PathBytes<{ HASH_BYTES + MAX_NIBBLES }>;

    fn encode(&self) -> Self::Encoded {
        self.path.write(self.hashed_address.as_slice())
    }

    fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let (hash, path) =
            bytes.split_first_chunk::<HASH_BYTES>().ok_or(DecodeError::UnexpectedEnd)?;
        Ok(Self { hashed_address: B256::new(*hash), path: TriePath::decode(path)? })
    }

    fn text(&self) -> String {
        [AddressHash::show(&self.hashed_address), self.path.text()].join(text::SEPARATOR)
    }

    fn parse_text(text: &str) -> Result<Vec<u8>, KeyTextError> {
        let (hash, path) = match text.split_once(text::SEPARATOR) {
            Some((hash, path)) => (hash, Some(path)),
            None => (text, None),
        };
        let mut bytes = Vec::with_capacity(HASH_BYTES + MAX_NIBBLES);
        text::push_field::<AddressHash>(hash, &mut bytes)?;
        if let Some(path) = path {
            bytes.extend(TriePath::parse_text(path)?);
        }
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{collection::vec, prelude::*};

    fn path() -> impl Strategy<Value = TriePath> {
        prop_oneof![vec(0_u8..2, 0..4), vec(0_u8..16, 0..=64)]
            .prop_map(|nibbles| TriePath(Nibbles::from_nibbles(nibbles)))
    }

    proptest! {
        #[test]
        fn bytes_are_ordered_as_paths_are(a in path(), b in path(), account in 0_u8..2) {
            prop_assert_eq!(a.encode().as_ref().cmp(b.encode().as_ref()), a.cmp(&b));
            prop_assert_eq!(TriePath::decode(a.encode().as_ref()), Ok(a));

            let a = StorageTriePath { hashed_address: B256::repeat_byte(account), path: a };
            let b = StorageTriePath { hashed_address: B256::repeat_byte(1), path: b };
            prop_assert_eq!(a.encode().as_ref().cmp(b.encode().as_ref()), a.cmp(&b));
            prop_assert_eq!(StorageTriePath::decode(a.encode().as_ref()), Ok(a));
        }
    }

    #[test]
    fn rejects_what_is_no_path() {
        assert_eq!(TriePath::decode(&[0x10]), Err(DecodeError::NotCanonical));
        assert_eq!(TriePath::decode(&[1; 65]), Err(DecodeError::TrailingBytes(1)));
        assert_eq!(StorageTriePath::decode(&[1; 31]), Err(DecodeError::UnexpectedEnd));
    }
}
