//! Encoding of one record.
//!
//! ```text
//!  0  8  marker: the salt of the segment
//!  8  1  kind
//!  9  3  zero
//! 12  4  length of the payload in bytes
//! 16  8  sequence number
//! 24  8  block number
//! 32  8  link: seal of the record before, or checksum of the segment's header for the first
//! 40  8  checksum of the payload
//! 48  8  seal: checksum of bytes 0..48
//! 56  …  payload
//! ```
//!
//! Numbers are little-endian; both checksums are seeded with the salt.

use crate::log::checksum::{checksum, u32_at, u64_at};

/// Longest payload of a record, in bytes.
pub const MAX_PAYLOAD_BYTES: usize = 256 * 1024 * 1024;

/// Bytes of a record before its payload.
pub(crate) const RECORD_HEADER_BYTES: usize = 56;
const SEALED_BYTES: usize = 48;

/// What a record says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordKind {
    /// The block `number` extends the chain. The payload belongs to whoever appended it.
    Block,
    /// The blocks above `number` are void. There is no payload.
    Unwind,
}

impl RecordKind {
    pub(crate) const fn to_byte(self) -> u8 {
        match self {
            Self::Block => 1,
            Self::Unwind => 2,
        }
    }

    pub(crate) const fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            1 => Some(Self::Block),
            2 => Some(Self::Unwind),
            _ => None,
        }
    }
}

/// A record that was read back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogRecord {
    /// Position in the log: the record before has one less. Never given twice.
    pub sequence: u64,
    /// What the record says.
    pub kind: RecordKind,
    /// Number of the block, or of the block to unwind to.
    pub number: u64,
    /// What was appended with it.
    pub payload: Vec<u8>,
}

/// The part of a record before its payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RecordHeader {
    /// As on disk: a newer program may know more kinds.
    pub(crate) kind: u8,
    pub(crate) length: u32,
    pub(crate) sequence: u64,
    pub(crate) number: u64,
    pub(crate) link: u64,
    pub(crate) payload_checksum: u64,
}

impl RecordHeader {
    /// The bytes, the last of which are the seal.
    pub(crate) fn encode(&self, salt: u64) -> [u8; RECORD_HEADER_BYTES] {
        let mut bytes = [0; RECORD_HEADER_BYTES];
        bytes[..8].copy_from_slice(&salt.to_le_bytes());
        bytes[8] = self.kind;
        bytes[12..16].copy_from_slice(&self.length.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.sequence.to_le_bytes());
        bytes[24..32].copy_from_slice(&self.number.to_le_bytes());
        bytes[32..40].copy_from_slice(&self.link.to_le_bytes());
        bytes[40..48].copy_from_slice(&self.payload_checksum.to_le_bytes());
        let seal = checksum(salt, &bytes[..SEALED_BYTES]);
        bytes[SEALED_BYTES..].copy_from_slice(&seal.to_le_bytes());
        bytes
    }

    /// Reads a header; `None` if these bytes are not one that was written in this segment.
    pub(crate) fn decode(bytes: &[u8; RECORD_HEADER_BYTES], salt: u64) -> Option<Self> {
        let is_sound =
            u64_at(bytes, 0) == salt && seal_of(bytes) == checksum(salt, &bytes[..SEALED_BYTES]);
        is_sound.then(|| Self {
            kind: bytes[8],
            length: u32_at(bytes, 12),
            sequence: u64_at(bytes, 16),
            number: u64_at(bytes, 24),
            link: u64_at(bytes, 32),
            payload_checksum: u64_at(bytes, 40),
        })
    }

    /// Bytes of the whole record.
    pub(crate) fn record_bytes(&self) -> u64 {
        RECORD_HEADER_BYTES as u64 + u64::from(self.length)
    }
}

/// The seal in the bytes of a header.
pub(crate) fn seal_of(header: &[u8; RECORD_HEADER_BYTES]) -> u64 {
    u64_at(header, SEALED_BYTES)
}
