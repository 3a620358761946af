//! Segments: the files of the log.
//!
//! ```text
//!  0  8  "RNBLKLOG"
//!  8  4  version of the format
//! 12  4  zero
//! 16  8  salt: random, marks and seeds every record of the segment
//! 24  8  sequence number of the first record
//! 32  8  link: seal of the last record of the segment before, 0 if there was none
//! 40  8  checksum of bytes 0..40
//! 48  …  records, the first of which always exists
//! ```

use crate::log::{
    checksum::{checksum, u32_at, u64_at},
    error::{Corruption, LogError},
    files::LogFile,
};
use alloy_primitives::B64;
use std::path::PathBuf;

/// Bytes of a segment before its first record.
pub(crate) const SEGMENT_HEADER_BYTES: usize = 48;

const MAGIC: [u8; 8] = *b"RNBLKLOG";
const VERSION: u32 = 1;
const CHECKED_BYTES: usize = 40;
const NAME_PREFIX: &str = "blocks-";
const NAME_SUFFIX: &str = ".log";
/// Enough for every sequence number, so that the names sort as the numbers do.
const NAME_DIGITS: usize = 20;

/// The start of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SegmentHeader {
    pub(crate) salt: u64,
    pub(crate) first_sequence: u64,
    pub(crate) link: u64,
}

impl SegmentHeader {
    /// The header of a new segment.
    pub(crate) fn new(first_sequence: u64, link: u64) -> Self {
        Self { salt: u64::from_le_bytes(B64::random().0), first_sequence, link }
    }

    pub(crate) fn encode(&self) -> [u8; SEGMENT_HEADER_BYTES] {
        let mut bytes = [0; SEGMENT_HEADER_BYTES];
        bytes[..8].copy_from_slice(&MAGIC);
        bytes[8..12].copy_from_slice(&VERSION.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.salt.to_le_bytes());
        bytes[24..32].copy_from_slice(&self.first_sequence.to_le_bytes());
        bytes[32..40].copy_from_slice(&self.link.to_le_bytes());
        let sum = checksum(0, &bytes[..CHECKED_BYTES]);
        bytes[CHECKED_BYTES..].copy_from_slice(&sum.to_le_bytes());
        bytes
    }

    /// Checksum in the encoded header: what the first record links to.
    pub(crate) fn checksum(&self) -> u64 {
        u64_at(&self.encode(), CHECKED_BYTES)
    }

    /// Reads the header of `file`.
    pub(crate) fn read(file: &LogFile) -> Result<Self, LogError> {
        let corrupt = || LogError::Corrupt {
            path: file.path().to_owned(),
            offset: 0,
            corruption: Corruption::SegmentHeader,
        };
        if file.length()? < SEGMENT_HEADER_BYTES as u64 {
            return Err(corrupt());
        }
        let mut bytes = [0; SEGMENT_HEADER_BYTES];
        file.read_exact_at(&mut bytes, 0)?;
        if bytes[..8] != MAGIC || u64_at(&bytes, 40) != checksum(0, &bytes[..CHECKED_BYTES]) {
            return Err(corrupt());
        }
        let version = u32_at(&bytes, 8);
        if version != VERSION {
            return Err(LogError::UnsupportedVersion { path: file.path().to_owned(), version });
        }
        Ok(Self {
            salt: u64_at(&bytes, 16),
            first_sequence: u64_at(&bytes, 24),
            link: u64_at(&bytes, 32),
        })
    }
}

/// A segment whose records were checked or written by this process.
#[derive(Clone, Debug)]
pub(crate) struct Segment {
    pub(crate) path: PathBuf,
    pub(crate) header: SegmentHeader,
    /// Length in bytes up to which there are records.
    pub(crate) end: u64,
    /// The segment is of no use once the chain is durable elsewhere up to and including this
    /// block: the highest of its blocks and of the blocks that follow its unwinds.
    pub(crate) needed_for: u64,
}

impl Segment {
    /// Sequence number of the first record.
    pub(crate) const fn first_sequence(&self) -> u64 {
        self.header.first_sequence
    }
}

/// Name of the segment that starts with this record.
pub(crate) fn segment_name(first_sequence: u64) -> String {
    format!("{NAME_PREFIX}{first_sequence:0NAME_DIGITS$}{NAME_SUFFIX}")
}

/// What the name of a file says about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FileName {
    /// A segment that starts with this record.
    Segment(u64),
    /// Named like a segment, but for its number.
    Malformed,
    /// Not a file of the log.
    Other,
}

/// Reads the name of a file.
pub(crate) fn parse_file_name(name: &str) -> FileName {
    let middle = name.strip_prefix(NAME_PREFIX).and_then(|rest| rest.strip_suffix(NAME_SUFFIX));
    let Some(digits) = middle else { return FileName::Other };
    match digits.parse() {
        Ok(first_sequence) if segment_name(first_sequence) == name => {
            FileName::Segment(first_sequence)
        }
        _ => FileName::Malformed,
    }
}
