//! The block that this node has bound itself to, kept until the next one.
//!
//! ```text
//!  0  8  "RNPROPOS"
//!  8  4  version of the format
//! 12  4  zero
//! 16  8  length of the block
//! 24  8  checksum of bytes 0..24 and of the block
//! 32  n  the block, as the log encodes it, without signature
//! ```
//!
//! Written in place, so that a crash in the middle leaves nothing that is sound. Nothing is lost
//! then: the block before is in the chain, and this one has not been signed. Behind the block there
//! may be the end of a longer one.

use crate::log::{
    block_log::BlockLog,
    checksum::{checksum, u32_at, u64_at},
    disk::{Disk, OsDisk},
    error::{FileError, SignedHeightError},
    files::{LogDir, LogFile},
    logged_block::{self, LoggedBlock},
    record::MAX_PAYLOAD_BYTES,
};
use rollup_primitives::SealedBlock;
use std::{path::PathBuf, sync::Arc};

const FILE: &str = "proposal";
const MAGIC: [u8; 8] = *b"RNPROPOS";
const VERSION: u32 = 1;
const HEADER_BYTES: usize = 32;
const CHECKED_BYTES: usize = 24;

/// The file of the last proposed block.
#[derive(Debug)]
pub(crate) struct ProposalFile {
    file: LogFile,
}

impl ProposalFile {
    /// Opens the file beside `log`, which is locked, and makes it if there is none.
    pub(crate) fn open(log: &BlockLog) -> Result<Self, SignedHeightError> {
        Ok(Self::open_on(Arc::new(OsDisk), log.path().to_owned())?)
    }

    pub(crate) fn open_on(disk: Arc<dyn Disk>, dir: PathBuf) -> Result<Self, FileError> {
        let dir = LogDir::open(disk, dir)?;
        let path = dir.join(FILE);
        let exists = dir.list()?.iter().any(|name| name == FILE);
        let file = if exists { dir.open_to_write(&path)? } else { dir.create(&path, &[])? };
        Ok(Self { file })
    }

    /// Makes a block durable, in the place of the one before.
    pub(crate) fn write(&self, block: &SealedBlock) -> Result<(), FileError> {
        let mut bytes = vec![0; HEADER_BYTES];
        logged_block::encode(block, None, &[], &mut bytes);
        let length = (bytes.len() - HEADER_BYTES) as u64;
        bytes[..8].copy_from_slice(&MAGIC);
        bytes[8..12].copy_from_slice(&VERSION.to_le_bytes());
        bytes[16..24].copy_from_slice(&length.to_le_bytes());
        let sum = sum_of(&bytes);
        bytes[CHECKED_BYTES..HEADER_BYTES].copy_from_slice(&sum.to_le_bytes());
        self.file.write_all_at(&bytes, 0)?;
        self.file.sync_data()
    }

    /// Forgets the block, durably. A crash leaves it or nothing.
    pub(crate) fn void(&self) -> Result<(), FileError> {
        self.file.write_all_at(&[0; HEADER_BYTES], 0)?;
        self.file.sync_data()
    }

    /// The last block that was written, unless it was voided. `None` if there is none, or if its writing was cut short.
    pub(crate) fn read(&self) -> Result<Option<SealedBlock>, SignedHeightError> {
        let available = self.file.length()?.saturating_sub(HEADER_BYTES as u64);
        if available == 0 {
            return Ok(None);
        }
        let mut bytes = vec![0; HEADER_BYTES];
        self.file.read_exact_at(&mut bytes, 0)?;
        if bytes[..8] != MAGIC {
            return Ok(None);
        }
        let version = u32_at(&bytes, 8);
        let length = u64_at(&bytes, 16);
        if length > available.min(MAX_PAYLOAD_BYTES as u64) {
            return Ok(None);
        }
        let Ok(length) = usize::try_from(length) else { return Ok(None) };
        bytes.resize(HEADER_BYTES + length, 0);
        self.file.read_exact_at(&mut bytes[HEADER_BYTES..], HEADER_BYTES as u64)?;
        if u64_at(&bytes, CHECKED_BYTES) != sum_of(&bytes) {
            return Ok(None);
        }
        if version != VERSION {
            let path = self.file.path().to_owned();
            return Err(SignedHeightError::UnsupportedVersion { path, version });
        }
        // What passes the checksum was written as a block.
        Ok(LoggedBlock::decode(&bytes[HEADER_BYTES..]).ok().map(|logged| logged.block))
    }
}

/// Of header and block, the place of the checksum itself left out.
fn sum_of(bytes: &[u8]) -> u64 {
    checksum(checksum(0, &bytes[..CHECKED_BYTES]), &bytes[HEADER_BYTES..])
}
