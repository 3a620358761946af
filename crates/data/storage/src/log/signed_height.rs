//! The highest block that was signed, in a file of two copies.
//!
//! ```text
//!  0  8  "RNSIGNED"
//!  8  4  version of the format
//! 12  4  1 if a block was signed, 0 if none was
//! 16  8  number of the block
//! 24 32  hash of the block
//! 56  8  checksum of bytes 0..56
//! 64  8  sequence number: the copy with the higher one is in force
//! 72  8  number of the highest block from which heights were released, if nothing was signed since;
//!        else 0
//! 80  8  checksum of bytes 0..80
//! ```
//!
//! The copies are 4096 bytes apart, so that no write to one touches a sector of the other. They are
//! written in turn, so that the one that is not written is the last that was acknowledged.
//!
//! Version 1 ends at byte 64, and of two of its copies the one with the higher number is in force. Its
//! checksum is still there, so that a program which knows version 1 alone reads the version of a copy,
//! and refuses it, instead of taking it for damaged.

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
const VERSION: u32 = 2;
const FIRST_VERSION: u32 = 1;
const SLOTS: usize = 2;
const SLOT_DISTANCE: usize = 4096;
const SLOT_BYTES: usize = 88;
const CHECKED_BYTES: usize = 80;
const FIRST_SLOT_BYTES: usize = 64;
const FIRST_CHECKED_BYTES: usize = 56;
const FILE_BYTES: usize = SLOTS * SLOT_DISTANCE;

/// A block that was signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignedBlockId {
    /// Its number.
    pub number: u64,
    /// Its hash.
    pub hash: B256,
}

/// What is compared to see which of two records is the older one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SignedRecord {
    /// Higher with each change of the record.
    pub(crate) sequence: u64,
    pub(crate) signed: SignedBlockId,
}

impl SignedRecord {
    /// Records of version 1 all have sequence number 0, and go up.
    pub(crate) fn is_older_than(&self, other: &Self) -> bool {
        (self.sequence, self.signed.number) < (other.sequence, other.signed.number)
    }
}

/// What one copy says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Copied {
    version: u32,
    sequence: u64,
    signed: Option<SignedBlockId>,
    released_from: Option<u64>,
}

impl Copied {
    /// Which of two sound copies is in force. "None signed" is below every number.
    fn rank(&self) -> (u64, Option<u64>) {
        (self.sequence, self.signed.map(|signed| signed.number))
    }
}

/// The durable record of the highest block that this node has signed. It goes back by
/// an explicit release alone, whatever becomes of the chain and the log.
///
/// Make the block durable first, then advance, then sign. So a crash in between leaves no height
/// that is spent on a block which nobody has.
#[derive(Debug)]
pub struct SignedHeight {
    file: LogFile,
    /// The copy in force.
    current: Copied,
    /// The slot that it is not in.
    next_slot: usize,
    was_repaired: bool,
    is_poisoned: bool,
    _lock: Box<dyn FileLock>,
}

impl SignedHeight {
    /// Opens the record in the directory of `log`. It is created if the log is empty.
    ///
    /// A copy that is damaged, as a crash during [`advance`](Self::advance) leaves it, is written
    /// anew, and so is one of version 1. When this returns, the height is durable in both copies.
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
        let latest = slots.into_iter().flatten().max_by_key(Copied::rank);
        Ok(latest.ok_or(SignedHeightError::Corrupt { path })?.signed)
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
        let latest = (0..SLOTS).filter_map(|slot| Some((slots[slot]?, slot)));
        let Some((found, slot)) = latest.max_by_key(|(copied, _)| copied.rank()) else {
            return Err(SignedHeightError::Corrupt { path });
        };
        let current = Copied { version: VERSION, ..found };
        let next_slot = (slot + 1) % SLOTS;
        let was_repaired = slots[next_slot].is_none();
        let height =
            Self { file, current, next_slot, was_repaired, is_poisoned: false, _lock: lock };
        // What was read may not be durable, or only in memory after a failed sync. The order
        // matters: until it is durable, a crash may take it, and the other copy must be sound. So the
        // bytes that are there come first, and a copy of version 1 is replaced when the other one has
        // what it says.
        height.write_slot(slot, found)?;
        height.write_slot(next_slot, current)?;
        if found != current {
            height.write_slot(slot, current)?;
        }
        dir.sync()?;
        Ok(height)
    }

    /// The highest block that was signed, if any was; after a release the block above which heights
    /// were released. Nothing else is signed at its height or below.
    pub const fn get(&self) -> Option<SignedBlockId> {
        self.current.signed
    }

    /// The record, to be compared with a copy of it.
    pub(crate) fn record(&self) -> Option<SignedRecord> {
        let Copied { sequence, signed, .. } = self.current;
        signed.map(|signed| SignedRecord { sequence, signed })
    }

    /// The highest block from which heights were released, if nothing was signed since.
    pub(crate) const fn released_from(&self) -> Option<u64> {
        self.current.released_from
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
        let Some(signed) = self.current.signed else { return Ok(()) };
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
        if self.current.signed.is_some_and(|signed| signed.number == number) {
            return Ok(());
        }
        self.replace(SignedBlockId { number, hash }, None)
    }

    /// Makes durable that the heights above `to`, a block of the chain, may be signed anew. Does
    /// nothing if none of them was signed.
    ///
    /// # Errors
    /// [`SignedHeightError::Poisoned`]. After [`SignedHeightError::File`] the heights may have been
    /// released, and the record is [`SignedHeightError::Poisoned`].
    pub(crate) fn release_above(&mut self, to: SignedBlockId) -> Result<(), SignedHeightError> {
        if self.is_poisoned {
            return Err(SignedHeightError::Poisoned { path: self.path().to_owned() });
        }
        match self.current.signed {
            Some(signed) if signed.number > to.number => {
                // One after the other, they are released from the highest of them.
                let from = self.current.released_from.max(Some(signed.number));
                self.replace(to, from)
            }
            _ => Ok(()),
        }
    }

    fn replace(
        &mut self,
        signed: SignedBlockId,
        released_from: Option<u64>,
    ) -> Result<(), SignedHeightError> {
        // As many changes never are made.
        let sequence = self.current.sequence.saturating_add(1);
        let next = Copied { version: VERSION, sequence, signed: Some(signed), released_from };
        let written = self.write_slot(self.next_slot, next);
        self.is_poisoned = written.is_err();
        written?;
        self.current = next;
        self.next_slot = (self.next_slot + 1) % SLOTS;
        Ok(())
    }

    /// The file.
    pub fn path(&self) -> &Path {
        self.file.path()
    }

    fn write_slot(&self, slot: usize, copied: Copied) -> Result<(), SignedHeightError> {
        self.file.write_all_at(&encode(copied), (slot * SLOT_DISTANCE) as u64)?;
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
    let none = encode(Copied { version: VERSION, ..Copied::default() });
    for slot in bytes.chunks_mut(SLOT_DISTANCE) {
        slot[..none.len()].copy_from_slice(&none);
    }
    bytes
}

fn encode(copied: Copied) -> Vec<u8> {
    let mut bytes = vec![0; SLOT_BYTES];
    bytes[..8].copy_from_slice(&MAGIC);
    bytes[8..12].copy_from_slice(&copied.version.to_le_bytes());
    if let Some(SignedBlockId { number, hash }) = copied.signed {
        bytes[12..16].copy_from_slice(&1_u32.to_le_bytes());
        bytes[16..24].copy_from_slice(&number.to_le_bytes());
        bytes[24..56].copy_from_slice(hash.as_slice());
    }
    put_checksum(&mut bytes, FIRST_CHECKED_BYTES);
    if copied.version == FIRST_VERSION {
        bytes.truncate(FIRST_SLOT_BYTES);
        return bytes;
    }
    bytes[64..72].copy_from_slice(&copied.sequence.to_le_bytes());
    bytes[72..80].copy_from_slice(&copied.released_from.unwrap_or_default().to_le_bytes());
    put_checksum(&mut bytes, CHECKED_BYTES);
    bytes
}

/// Writes the checksum of the bytes before it.
fn put_checksum(bytes: &mut [u8], at: usize) {
    let sum = checksum(0, &bytes[..at]);
    bytes[at..at + 8].copy_from_slice(&sum.to_le_bytes());
}

fn has_checksum(bytes: &[u8], at: usize) -> bool {
    u64_at(bytes, at) == checksum(0, &bytes[..at])
}

/// What the slots say; `None` for one that is not sound.
fn read_slots(file: &LogFile) -> Result<[Option<Copied>; SLOTS], SignedHeightError> {
    let length = file.length()?;
    let mut slots = [None; SLOTS];
    for (slot, content) in slots.iter_mut().enumerate() {
        let offset = (slot * SLOT_DISTANCE) as u64;
        let mut bytes = [0; SLOT_BYTES];
        let available = usize::try_from(length.saturating_sub(offset)).unwrap_or(SLOT_BYTES);
        let available = available.min(SLOT_BYTES);
        if available < FIRST_SLOT_BYTES {
            continue;
        }
        file.read_exact_at(&mut bytes[..available], offset)?;
        *content = decode(&bytes[..available]).map_err(|version| {
            SignedHeightError::UnsupportedVersion { path: file.path().to_owned(), version }
        })?;
    }
    Ok(slots)
}

/// What a slot says, of which there are as many bytes as version 1 has, or more; `None` if it is not
/// sound.
///
/// # Errors
/// Its version, if that is another one.
fn decode(bytes: &[u8]) -> Result<Option<Copied>, u32> {
    if bytes[..8] != MAGIC || !has_checksum(bytes, FIRST_CHECKED_BYTES) {
        return Ok(None);
    }
    let id = SignedBlockId { number: u64_at(bytes, 16), hash: B256::new(array_at(bytes, 24)) };
    let signed = (u32_at(bytes, 12) != 0).then_some(id);
    match u32_at(bytes, 8) {
        version @ FIRST_VERSION => Ok(Some(Copied { version, signed, ..Copied::default() })),
        version @ VERSION if bytes.len() >= SLOT_BYTES && has_checksum(bytes, CHECKED_BYTES) => {
            let released_from = Some(u64_at(bytes, 72)).filter(|number| *number > 0);
            Ok(Some(Copied { version, sequence: u64_at(bytes, 64), signed, released_from }))
        }
        VERSION => Ok(None),
        version => Err(version),
    }
}
