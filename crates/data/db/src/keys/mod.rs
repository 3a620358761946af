//! Keys of the tables.

mod composite;
mod path;
mod tags;

pub use composite::{
    AccountShard, BatchKey, BlockAddress, HashedStorageKey, StorageKey, StorageShard,
};
pub use path::{PathBytes, StorageTriePath, TriePath};
pub use tags::{ForkchoiceKey, MetadataKey, SingleKey};
