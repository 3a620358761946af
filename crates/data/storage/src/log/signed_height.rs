//! The highest block that was signed, in a file of two copies.
//!
//! ```text
//!  0  8  "RNSIGNED"
//!  8  4  version of the format
//! 12  4  1 if a block was signed, 0 if none was
//! 16  8  number of the block
//! 24 32  hash of the block
//! 56  8  checksum of bytes 0..56
//! ```
//!
//! The copies are 4096 bytes apart, so that no write to one touches a sector of the other. They are
//! written in turn, so that the one that is not written is the last that was acknowledged.

use crate::log::{
    block_log::BlockLog,
    checksum::{array_at, checksum, u32_at, u64_at},
    disk::{Disk, FileLock, OsDisk},
    error::SignedHeightError,
    files::{LogDir, LogFile},
    inspect::LogLock,
};
use alloy_primitives::B256;
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

const FILE: &str = "signed-height";
const LOCK_FILE: &str = "signed-height.lock";
const MAGIC: [u8; 8] = *b"RNSIGNED";
const VERSION: u32 = 1;
const SLOTS: usize = 2;
const SLOT_DISTANCE: usize = 4096;
const SLOT_BYTES: usize = 64;
const CHECKED_BYTES: usize = 56;
const FILE_BYTES: usize = SLOTS * SLOT_DISTANCE;

/// A block that was signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignedBlockId {
    /// Its number.
    pub number: u64,
    /// Its hash.
    pub hash: B256,
}

/// The durable record of the highest block that this node has signed. It never goes back, whatever
/// becomes of the chain and the log.
///
/// Make the block durable first, then advance, then sign. So a crash in between leaves no height
/// that is spent on a block which nobody has.
#[derive(Debug)]
pub struct SignedHeight {
    file: LogFile,
    signed: Option<SignedBlockId>,
    /// The slot that `signed` is not in.
    next_slot: usize,
    was_repaired: bool,
    is_poisoned: bool,
    _lock: Box<dyn FileLock>,
}

impl SignedHeight {
    /// Opens the record in the directory of `log`. It is created if the log is empty.
    ///
    /// A copy that is damaged, as a crash during [`advance`](Self::advance) leaves it, is written
    /// anew. When this returns, the height is durable in both copies.
    ///
    /// # Errors
    /// [`SignedHeightError::Missing`] if there is no record although the log has blocks,
    /// [`SignedHeightError::Corrupt`] if neither copy is sound, [`SignedHeightError::Locked`] if
    /// another process has it open, and others for what cannot be read.
    pub fn open(log: &BlockLog) -> Result<Self, SignedHeightError> {
        Self::open_on(Arc::new(OsDisk), log.path().to_owned(), log.is_empty())
    }

    /// Opens the record beside a log that is locked but not read. Never creates it.
    pub(crate) fn open_existing(log: &LogLock) -> Result<Self, SignedHeightError> {
        Self::open_on(Arc::new(OsDisk), log.path().to_owned(), false)
    }

    /// What the record in a directory says, without the lock on it: of the two copies a process
    /// that advances it writes one.
    pub(crate) fn read(dir: &LogDir) -> Result<Option<SignedBlockId>, SignedHeightError> {
        let path = dir.join(FILE);
        if !path.exists() {
            return Ok(None);
        }
        let slots = read_slots(&dir.open_to_read(&path)?)?;
        let latest = slots.into_iter().flatten().max_by_key(|signed| signed.map(|id| id.number));
        latest.ok_or(SignedHeightError::Corrupt { path })
    }

    pub(crate) fn open_on(
        disk: Arc<dyn Disk>,
        dir: PathBuf,
        may_create: bool,
    ) -> Result<Self, SignedHeightError> {
        let dir = LogDir::open(disk, dir)?;
        let lock_path = dir.join(LOCK_FILE);
        let lock = dir.lock(&lock_path)?.ok_or(SignedHeightError::Locked { path: lock_path })?;
        let path = dir.join(FILE);
        let exists = dir.list()?.iter().any(|name| name == FILE);
        let file = match (exists, may_create) {
            (true, _) => dir.open_to_write(&path)?,
            (false, true) => dir.create(&path, &new_file())?,
            (false, false) => return Err(SignedHeightError::Missing { path }),
        };
        let slots = read_slots(&file)?;
        let latest = (0..SLOTS).filter_map(|slot| Some((slots[slot]?, slot))).max_by_key(rank);
        let Some((signed, slot)) = latest else {
            return Err(SignedHeightError::Corrupt { path });
        };
        let next_slot = (slot + 1) % SLOTS;
        let was_repaired = slots[next_slot].is_none();
        let height =
            Self { file, signed, next_slot, was_repaired, is_poisoned: false, _lock: lock };
        // What was read may not be durable, or only in memory after a failed sync. The order
        // matters: until it is durable, a crash may take it, and the other copy must be sound.
        height.write_slot(slot, signed)?;
        height.write_slot(next_slot, signed)?;
        dir.sync()?;
        Ok(height)
    }

    /// The highest block that was signed, if any was.
    pub const fn get(&self) -> Option<SignedBlockId> {
        self.signed
    }

    /// Whether one copy was found damaged at open: by a crash during [`advance`](Self::advance),
    /// or by the disk, which cannot be told apart.
    pub const fn was_repaired(&self) -> bool {
        self.was_repaired
    }

    /// Whether [`advance`](Self::advance) would be refused.
    ///
    /// # Errors
    /// Those of [`advance`](Self::advance) that change nothing.
    pub fn check(&self, number: u64, hash: B256) -> Result<(), SignedHeightError> {
        if self.is_poisoned {
            return Err(SignedHeightError::Poisoned { path: self.path().to_owned() });
        }
        let Some(signed) = self.signed else { return Ok(()) };
        if number < signed.number {
            return Err(SignedHeightError::Below { number, signed: signed.number });
        }
        if number == signed.number && hash != signed.hash {
            return Err(SignedHeightError::Conflict { number, hash, signed: signed.hash });
        }
        Ok(())
    }

    /// Makes durable that the block `number` is signed with this hash. The same block again is no
    /// change.
    ///
    /// # Errors
    /// [`SignedHeightError::Below`] and [`SignedHeightError::Conflict`] if the signature must not
    /// be used; they change nothing. After [`SignedHeightError::File`] the height may have been
    /// advanced, and the record is [`SignedHeightError::Poisoned`].
    pub fn advance(&mut self, number: u64, hash: B256) -> Result<(), SignedHeightError> {
        self.check(number, hash)?;
        if self.signed.is_some_and(|signed| signed.number == number) {
            return Ok(());
        }
        let signed = Some(SignedBlockId { number, hash });
        let written = self.write_slot(self.next_slot, signed);
        self.is_poisoned = written.is_err();
        written?;
        self.signed = signed;
        self.next_slot = (self.next_slot + 1) % SLOTS;
        Ok(())
    }

    /// The file.
    pub fn path(&self) -> &Path {
        self.file.path()
    }

    fn write_slot(
        &self,
        slot: usize,
        signed: Option<SignedBlockId>,
    ) -> Result<(), SignedHeightError> {
        self.file.write_all_at(&encode(signed), (slot * SLOT_DISTANCE) as u64)?;
        self.file.sync_data()?;
        Ok(())
    }
}

/// The record of the signed height in the directory of a block log.
pub fn signed_height_path(directory: &Path) -> PathBuf {
    directory.join(FILE)
}

/// A file in which both copies say that nothing was signed.
fn new_file() -> Vec<u8> {
    let mut bytes = vec![0; FILE_BYTES];
    for slot in bytes.chunks_mut(SLOT_DISTANCE) {
        slot[..SLOT_BYTES].copy_from_slice(&encode(None));
    }
    bytes
}

fn encode(signed: Option<SignedBlockId>) -> [u8; SLOT_BYTES] {
    let mut bytes = [0; SLOT_BYTES];
    bytes[..8].copy_from_slice(&MAGIC);
    bytes[8..12].copy_from_slice(&VERSION.to_le_bytes());
    if let Some(SignedBlockId { number, hash }) = signed {
        bytes[12..16].copy_from_slice(&1_u32.to_le_bytes());
        bytes[16..24].copy_from_slice(&number.to_le_bytes());
        bytes[24..56].copy_from_slice(hash.as_slice());
    }
    let sum = checksum(0, &bytes[..CHECKED_BYTES]);
    bytes[CHECKED_BYTES..].copy_from_slice(&sum.to_le_bytes());
    bytes
}

/// What the slots say; `None` for one that is not sound.
fn read_slots(file: &LogFile) -> Result<[Option<Option<SignedBlockId>>; SLOTS], SignedHeightError> {
    let length = file.length()?;
    let mut slots = [None; SLOTS];
    for (slot, content) in slots.iter_mut().enumerate() {
        let offset = (slot * SLOT_DISTANCE) as u64;
        if offset + SLOT_BYTES as u64 > length {
            continue;
        }
        let mut bytes = [0; SLOT_BYTES];
        file.read_exact_at(&mut bytes, offset)?;
        let is_sound = bytes[..8] == MAGIC
            && u64_at(&bytes, CHECKED_BYTES) == checksum(0, &bytes[..CHECKED_BYTES]);
        if !is_sound {
            continue;
        }
        let version = u32_at(&bytes, 8);
        if version != VERSION {
            let path = file.path().to_owned();
            return Err(SignedHeightError::UnsupportedVersion { path, version });
        }
        let id =
            SignedBlockId { number: u64_at(&bytes, 16), hash: B256::new(array_at(&bytes, 24)) };
        *content = Some((u32_at(&bytes, 12) != 0).then_some(id));
    }
    Ok(slots)
}

/// "None signed" is below every number, and numbers only ascend.
fn rank((signed, _): &(Option<SignedBlockId>, usize)) -> Option<u64> {
    signed.map(|signed| signed.number)
}
