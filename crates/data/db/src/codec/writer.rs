//! Writes the fields of a value.

use alloy_primitives::{Address, B256, U256};

/// Appends fields to a buffer; [`Reader`](super::Reader) reads them back in the same order.
#[derive(Debug)]
pub(crate) struct Writer<'a>(pub(crate) &'a mut Vec<u8>);

impl Writer<'_> {
    pub(crate) fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    /// Seven bits per byte, lowest first; the top bit says that more follow.
    pub(crate) fn number(&mut self, mut number: u64) {
        loop {
            let [low, ..] = number.to_le_bytes();
            number >>= 7;
            if number == 0 {
                return self.byte(low & 0x7f);
            }
            self.byte(low | 0x80);
        }
    }

    pub(crate) fn address(&mut self, address: &Address) {
        self.0.extend_from_slice(address.as_slice());
    }

    pub(crate) fn hash(&mut self, hash: &B256) {
        self.0.extend_from_slice(hash.as_slice());
    }

    /// Big-endian without leading zeros; the reader must know where it ends.
    pub(crate) fn rest_word(&mut self, word: &U256) {
        let bytes = word.to_be_bytes::<32>();
        self.0.extend_from_slice(&bytes[32 - word.byte_len()..]);
    }

    /// Length, then big-endian without leading zeros.
    pub(crate) fn word(&mut self, word: &U256) {
        // INVARIANT: a word has at most 32 bytes.
        self.byte(u8::try_from(word.byte_len()).unwrap_or(u8::MAX));
        self.rest_word(word);
    }
}
