#![doc = include_str!("../README.md")]

mod codec;
mod config;
mod copy;
mod cursor;
mod database;
mod error;
mod handles;
mod keys;
mod lock;
mod readers;
mod schema;
mod space;
mod stats;
mod table;
mod tables;
mod tx;
mod values;
mod walk;

pub use codec::{DupValue, Key, Value};
pub use config::{
    DatabaseConfig, MAX_DUP_KEY_BYTES, MAX_DUP_VALUE_BYTES, MAX_KEY_BYTES, MAX_VALUE_BYTES,
    PAGE_SIZE_BYTES,
};
pub use cursor::Cursor;
pub use database::Database;
pub use error::{DbError, DecodeError, EngineError, KeyTextError, TransactionDecodeError};
pub use keys::{
    AccountShard, BatchKey, BlockAddress, ForkchoiceKey, HashedStorageKey, MetadataKey, PathBytes,
    SingleKey, StorageKey, StorageShard, StorageTriePath, TriePath,
};
pub use lock::DirectoryLock;
pub use schema::SCHEMA_VERSION;
pub use stats::{DatabaseStats, TableStats};
pub use table::{DupTable, EntryText, Table, TableInfo};
pub use tables::{
    AccountChangesets, AccountHistory, Accounts, AccountsTrie, BatchCalldata, Batches,
    BlockBatches, BlockBodyIndices, Bytecodes, CanonicalHeaders, Forkchoice, HashedAccounts,
    HashedStorage, HeaderNumbers, Headers, L1Blocks, L1MessageIndices, L1Messages, Metadata,
    NextQueueIndices, Receipts, Senders, Signatures, SignedHeight, Storage, StorageChangesets,
    StorageHistory, StoragesTrie, TABLES, TransactionNumbers, Transactions,
};
pub use tx::{Mode, ReadOnly, ReadTx, ReadWrite, Tx, WriteTx};
pub use values::{
    Account, AccountBefore, BatchBlocks, BatchCommit, BatchId, BatchRoots, BlockBodyIndex,
    BlockList, HashedAccount, StorageBefore, StoredBatch, StoredL1Message, StoredReceipt,
};
pub use walk::{Walk, WalkBack, WalkDup};
