use alloy_primitives::B256;
use derive_more::Display;
use rollup_primitives::BlockSignatureError;
use std::{io, path::PathBuf};
use thiserror::Error;

/// A file operation that failed.
#[derive(Debug, Error)]
#[error("cannot {operation} {}", path.display())]
pub struct FileError {
    /// What was tried.
    pub operation: FileOperation,
    /// On which file or directory.
    pub path: PathBuf,
    /// What the operating system answered.
    pub source: io::Error,
}

/// What was tried on a file or directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Display)]
pub enum FileOperation {
    /// Creating a file or directory.
    #[display("create")]
    Create,
    /// Listing a directory.
    #[display("list")]
    List,
    /// Opening a file.
    #[display("open")]
    Open,
    /// Taking a lock.
    #[display("lock")]
    Lock,
    /// Reading.
    #[display("read")]
    Read,
    /// Writing.
    #[display("write to")]
    Write,
    /// Making what was written durable.
    #[display("sync")]
    Sync,
    /// Cutting a file.
    #[display("truncate")]
    Truncate,
    /// Renaming to this path.
    #[display("rename a new file to")]
    Rename,
    /// Deleting.
    #[display("delete")]
    Remove,
}

/// An operation on the block log that failed.
#[derive(Debug, Error)]
pub enum LogError {
    /// The operating system refused. After a failed write the log is as it was and usable; after a
    /// failed sync it is [`Poisoned`](Self::Poisoned).
    #[error(transparent)]
    File(#[from] FileError),
    /// Another process has the log open.
    #[error(
        "{} is locked: another process uses this directory, stop it first or choose another \
         directory",
        path.display()
    )]
    Locked {
        /// The lock file.
        path: PathBuf,
    },
    /// Bytes that no crash can leave behind: a disk, a copy or a program damaged the file.
    #[error(
        "{} is corrupt at byte {offset}: {corruption}; restore the files of this directory from a \
         backup, or move them away to continue from the database without the blocks logged after it",
        path.display()
    )]
    Corrupt {
        /// The damaged segment.
        path: PathBuf,
        /// Where in it, in bytes from its start.
        offset: u64,
        /// What is wrong there.
        corruption: Corruption,
    },
    /// The segment was written by another version of the format.
    #[error("{} has version {version}, which this program cannot read; run the one that wrote it", path.display())]
    UnsupportedVersion {
        /// The segment.
        path: PathBuf,
        /// Its version.
        version: u32,
    },
    /// An earlier operation failed in a way that leaves open what is on the disk.
    #[error(
        "the block log in {} takes no more records because an earlier write could not be made \
         durable; check the disk and restart",
        path.display()
    )]
    Poisoned {
        /// Directory of the log.
        path: PathBuf,
    },
    /// A block that is not above the last one; an unwind must be logged first.
    #[error("block {number} is not above block {tip}, the tip of the block log")]
    NotAboveTip {
        /// Number of the block.
        number: u64,
        /// Number of the last block in force.
        tip: u64,
    },
    /// An unwind to a block that is not there yet.
    #[error("cannot unwind to block {to}: the tip of the block log is block {tip}")]
    UnwindAboveTip {
        /// Block to unwind to.
        to: u64,
        /// Number of the last block in force.
        tip: u64,
    },
    /// A payload longer than [`MAX_PAYLOAD_BYTES`](crate::MAX_PAYLOAD_BYTES).
    #[error("a payload of {bytes} bytes is too long for the block log")]
    PayloadTooLong {
        /// Its length.
        bytes: usize,
    },
    /// The first sequence number of a log that has records cannot be chosen.
    #[error("the block log has records already, the next of which has sequence number {next}")]
    NotEmpty {
        /// Sequence number of the next record.
        next: u64,
    },
}

/// What is wrong with a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Display)]
pub enum Corruption {
    /// The name is that of a segment, but for its number.
    #[display("the name of the file is not one that the block log gives")]
    FileName,
    /// The header is incomplete, fails its checksum or is that of another file.
    #[display("the header of the segment is damaged")]
    SegmentHeader,
    /// The segment does not follow the one before it.
    #[display("records before number {first_sequence} in the log are missing")]
    MissingSegment {
        /// Sequence number of the segment's first record.
        first_sequence: u64,
    },
    /// A segment comes to life with its first record, so an earlier record cannot be torn.
    #[display("the first record of the segment is damaged")]
    FirstRecord,
    /// The header of a record fails its checksum or is incomplete, and it is not the last record.
    #[display("the header of a record is damaged")]
    RecordHeader,
    /// The payload of a record fails its checksum or is incomplete, and it is not the last record.
    #[display("the payload of a record is damaged")]
    Payload,
    /// A sound record that does not belong behind the one before it.
    #[display("a record does not follow the one before it")]
    OutOfSequence,
    /// A sound record of a kind that this program does not know.
    #[display("a record has the unknown kind {kind}")]
    UnknownKind {
        /// The kind.
        kind: u8,
    },
}

/// A payload that is not a logged block.
#[derive(Debug, Error)]
pub enum LoggedBlockError {
    /// Bytes end before the block does.
    #[error("logged block ends in the middle of its {field}")]
    Truncated {
        /// The field that is cut.
        field: &'static str,
    },
    /// Bytes follow the block.
    #[error("{bytes} bytes follow the logged block")]
    TrailingBytes {
        /// How many.
        bytes: usize,
    },
    /// Written by another version of the format.
    #[error("logged block has the unknown version {version}")]
    UnsupportedVersion {
        /// Its version.
        version: u8,
    },
    /// Neither 0 (no signature) nor 1 (signature).
    #[error("logged block has the unknown signature flag {flag}")]
    SignatureFlag {
        /// The flag.
        flag: u8,
    },
    /// The signature is not one.
    #[error("logged block has an invalid signature")]
    Signature(#[from] BlockSignatureError),
    /// The block is not RLP of a block.
    #[error("logged block has an invalid block")]
    Block(#[from] alloy_rlp::Error),
    /// The record says another number than its block.
    #[error("record of block {record} holds block {block}")]
    Number {
        /// Number in the record.
        record: u64,
        /// Number in the block's header.
        block: u64,
    },
    /// The record is not that of a block.
    #[error("record {sequence} of the block log is not a block")]
    NotABlock {
        /// Its sequence number.
        sequence: u64,
    },
}

/// An operation on the record of the highest signed block that failed.
#[derive(Debug, Error)]
pub enum SignedHeightError {
    /// The operating system refused.
    #[error(transparent)]
    File(#[from] FileError),
    /// Another process has the record open.
    #[error("{} is locked: another process uses this directory, stop it first", path.display())]
    Locked {
        /// The lock file.
        path: PathBuf,
    },
    /// Blocks were logged, so the record existed once.
    #[error(
        "{} is missing although the block log has blocks; restore it from a backup: without it \
         a block could be signed for a height that was signed before",
        path.display()
    )]
    Missing {
        /// Where the record should be.
        path: PathBuf,
    },
    /// Neither copy is sound, which no crash can cause.
    #[error(
        "{} is corrupt: neither of its copies is sound; restore it from a backup: without it \
         a block could be signed for a height that was signed before",
        path.display()
    )]
    Corrupt {
        /// The file.
        path: PathBuf,
    },
    /// The file was written by another version of the format.
    #[error("{} has version {version}, which this program cannot read; run the one that wrote it", path.display())]
    UnsupportedVersion {
        /// The file.
        path: PathBuf,
        /// Its version.
        version: u32,
    },
    /// The height is below one that was signed.
    #[error("block {number} cannot be signed: block {signed} was signed before")]
    Below {
        /// Height asked for.
        number: u64,
        /// Highest signed height.
        signed: u64,
    },
    /// Another block was signed at this height.
    #[error(
        "block {number} with hash {hash} cannot be signed: at this height {signed} was signed before"
    )]
    Conflict {
        /// The height.
        number: u64,
        /// Hash asked for.
        hash: B256,
        /// Hash that was signed.
        signed: B256,
    },
    /// An earlier write failed, which leaves open what is on the disk.
    #[error("{} takes no more heights because an earlier write failed; check the disk and restart", path.display())]
    Poisoned {
        /// The file.
        path: PathBuf,
    },
}
