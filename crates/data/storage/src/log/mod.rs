//! The block log and the record of the highest signed block.

mod block_log;
mod checksum;
mod config;
mod disk;
mod error;
mod files;
mod index;
mod inspect;
mod iter;
mod logged_block;
mod proposal;
mod reader;
mod record;
mod recovery;
mod segment;
mod signed_height;
#[cfg(test)]
mod tests;

pub use block_log::BlockLog;
pub use config::{DEFAULT_SEGMENT_BYTES, LogConfig};
pub use error::{
    Corruption, FileError, FileOperation, LogError, LoggedBlockError, SignedHeightError,
};
pub(crate) use inspect::LogLock;
pub use inspect::{LogFiles, read_log_files, read_signed_height};
pub use iter::{Records, RecordsFrom};
pub use logged_block::LoggedBlock;
pub(crate) use proposal::ProposalFile;
pub use record::{LogRecord, MAX_PAYLOAD_BYTES, RecordKind};
pub use recovery::Recovered;
pub(crate) use signed_height::SignedRecord;
pub use signed_height::{SignedBlockId, SignedHeight, signed_height_path};
