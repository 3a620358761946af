#![doc = include_str!("../README.md")]
#![deny(clippy::indexing_slicing)]

mod builder;
mod config;
mod error;
mod handle;
mod message;
mod notification;
mod sink;
mod status;

pub use builder::{L1WatcherBuilder, L1WatcherParts};
pub use config::{L1Contracts, L1WatcherConfig, NOTIFICATION_CAPACITY};
pub use error::{L1DataError, L1WatcherConfigError, L1WatcherError};
pub use handle::L1WatcherHandle;
pub use notification::L1Notification;
pub use sink::{L1Resume, L1Sink, L1SinkError};
pub use status::{L1BlockRef, L1Fault, L1WatcherStatus};
