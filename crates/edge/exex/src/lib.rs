#![doc = include_str!("../README.md")]

mod chain;
mod config;
mod context;
mod error;
mod finished;
mod follow;
mod log;
mod metrics;
mod notification;
mod recent;
mod record;
mod runner;
#[cfg(test)]
mod tests;

pub use chain::{Chain, ChainBlock};
pub use config::{
    DEFAULT_EXEX_SEGMENT_BYTES, DEFAULT_MAX_LOGGED_BLOCKS, DEFAULT_MAX_NOTIFICATION_BLOCKS,
    DEFAULT_MAX_RECENT_BLOCKS, ExExConfig,
};
pub use context::{ExExContext, ExExEvents, ExExNotifications};
pub use error::{ExExError, ExExFailure, ExExRecordError};
pub use notification::ExExNotification;
pub use runner::{BoxError, ExExParts, ExExs, InstalledExEx};
