#![doc = include_str!("../README.md")]

mod actor;
mod announce;
mod builder;
mod config;
mod error;
mod event;
mod gate;
mod handle;
mod inclusion;
mod l1_messages;
mod machine;
mod message;
mod metrics;
mod plan;
mod report;
mod slot_history;
mod status;
mod work;

pub use announce::{Announce, AnnouncedTo, NoNetwork};
pub use builder::{SequencerBuilder, SequencerParts};
pub use config::SequencerConfig;
pub use error::{SequencerConfigError, SequencerError};
pub use event::{SequencerEvent, SkipReason};
pub use gate::L1Gate;
pub use handle::SequencerHandle;
pub use inclusion::{L1InclusionMode, L1InclusionModeError};
pub use slot_history::{
    NextL1Message, SlotBlock, SlotHistory, SlotL1, SlotOutcome, SlotPhases, SlotRecord, SlotsAt,
};
pub use status::{HealthReason, SequencerState, SequencerStatus, Stage, StopReason, SyncState};
