#![doc = include_str!("../README.md")]

mod block;
mod cache;
mod canonical;
mod chain;
mod changes;
mod check;
mod diff;
mod error;
mod log;
mod logs;
mod overlay;
mod prune;
mod rollup;
mod storage;

pub use block::ExecutedBlock;
pub use cache::{
    CacheConfig, CacheStats, CommittedChanges, DEFAULT_CACHED_ACCOUNTS, DEFAULT_CACHED_CODE_BYTES,
    DEFAULT_CACHED_SLOTS, HitCount, StateCache,
};
pub use canonical::{CanonicalChange, RemovedBlock};
pub use chain::{ChainReader, ChainStore, ChainView, StateReader};
pub use changes::StateChanges;
pub use check::{
    CheckOptions, CheckPart, CheckProgress, CheckReport, Finding, PartCount, TableCount, check,
};
pub use diff::{AccountDiff, SlotDiff, StateDiff};
pub use error::{ChainIdentity, StorageError};
pub use log::{
    BlockLog, Corruption, DEFAULT_SEGMENT_BYTES, FileError, FileOperation, LogConfig, LogError,
    LogFiles, LogRecord, LoggedBlock, LoggedBlockError, MAX_PAYLOAD_BYTES, RecordKind, Records,
    RecordsFrom, Recovered, SignedBlockId, SignedHeight, SignedHeightError, read_log_files,
    read_signed_height, signed_height_path,
};
pub use logs::{LogFilter, LogLimits, LogQueryError, LogSource, MatchedLog, MatchedLogs};
pub use prune::{
    DEFAULT_DISTANCE_BLOCKS, DEFAULT_PRUNE_BLOCKS_PER_STEP, DEFAULT_PRUNE_ENTRIES_PER_STEP,
    PruneConfig, PruneMode, PruneProgress,
};
pub use rollup::{
    BatchStatus, CommittedBatch, ConsolidatedBatch, EnqueuedMessage, ForkchoiceState, L1Block,
    L1Event, L1Progress, RollupChange, RollupError, next_queue_hash,
};
// In the interface of the records and the changes above.
pub use rollup_db::{
    Account, AccountBefore, BatchBlocks, BatchCommit, BatchId, BatchRoots, StoredBatch,
    StoredL1Message,
};
pub use storage::{
    Cleared, DEFAULT_COMMIT_INTERVAL, DEFAULT_MAX_UNPERSISTED_BLOCKS, Durability, Recovery, Replay,
    ReplayError, Storage, StorageConfig, clear, database_path, log_path,
};
