#![doc = include_str!("../README.md")]

mod builder;
mod built;
mod config;
mod environment;
mod error;
mod job;
mod metrics;
mod open_block;
mod open_payload;
mod preview;
mod running;
mod seal;
mod signals;
mod task;

pub use builder::PayloadBuilder;
pub use built::{BuiltPayload, StopReason};
pub use config::PayloadConfig;
pub use error::PayloadError;
pub use job::PayloadJob;
pub use preview::BlockPreview;
