#![doc = include_str!("../README.md")]

mod chain;
mod diff;
mod error;
mod log;

pub use chain::{ChainStore, ChainView, ExecutedBlock, StateReader};
pub use diff::{AccountDiff, SlotDiff, StateDiff};
pub use error::{ChainIdentity, StorageError};
pub use log::{
    BlockLog, Corruption, DEFAULT_SEGMENT_BYTES, FileError, FileOperation, LogConfig, LogError,
    LogRecord, LoggedBlock, LoggedBlockError, MAX_PAYLOAD_BYTES, RecordKind, Records, RecordsFrom,
    Recovered, SignedBlockId, SignedHeight, SignedHeightError,
};
