#![doc = include_str!("../README.md")]

mod block;
mod chain;
mod changes;
mod diff;
mod error;
mod log;
mod overlay;

pub use block::ExecutedBlock;
pub use chain::{ChainStore, ChainView, StateReader};
pub use changes::StateChanges;
pub use diff::{AccountDiff, SlotDiff, StateDiff};
pub use error::{ChainIdentity, StorageError};
pub use log::{
    BlockLog, Corruption, DEFAULT_SEGMENT_BYTES, FileError, FileOperation, LogConfig, LogError,
    LogRecord, LoggedBlock, LoggedBlockError, MAX_PAYLOAD_BYTES, RecordKind, Records, RecordsFrom,
    Recovered, SignedBlockId, SignedHeight, SignedHeightError,
};
