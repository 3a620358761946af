#![doc = include_str!("../README.md")]
#![cfg_attr(not(test), deny(clippy::indexing_slicing))]

pub mod abi;
mod builder;
mod chain;
mod config;
mod decode;
mod error;
mod handle;
mod message;
mod metrics;
mod notification;
mod report;
mod sink;
mod source;
mod status;
mod watcher;

pub use builder::{L1WatcherBuilder, L1WatcherParts};
pub use config::{L1Contracts, L1WatcherConfig, NOTIFICATION_CAPACITY};
pub use decode::{DecodedBlock, QueueTip, commit_transactions, decode_block};
pub use error::{HeaderId, L1DataError, L1WatcherConfigError, L1WatcherError};
pub use handle::L1WatcherHandle;
pub use notification::L1Notification;
pub use sink::{L1Resume, L1Sink, L1SinkError};
pub use status::{L1BlockRef, L1Fault, L1WatcherStatus};
