#![doc = include_str!("../README.md")]

mod announce;
mod config;
mod error;
mod event;
mod handle;
mod inclusion;
mod machine;
mod message;
mod status;

pub use announce::{Announce, AnnouncedTo, NoNetwork};
pub use config::SequencerConfig;
pub use error::{SequencerConfigError, SequencerError};
pub use event::{SequencerEvent, SkipReason};
pub use handle::SequencerHandle;
pub use inclusion::{L1InclusionMode, L1InclusionModeError};
pub use status::{HealthReason, SequencerState, SequencerStatus, Stage, StopReason, SyncState};
