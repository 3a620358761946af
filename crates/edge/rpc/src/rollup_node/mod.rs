//! `rollupNode` and `rollupNodeAdmin`: status of the rollup, and control of the sequencer.

mod admin;
mod control;
mod events;
mod health;
mod message;
mod node;
mod sequencer;
mod status;
mod subscribe;

pub use admin::RollupNodeAdminRpc;
pub use control::{SequencerControl, SequencerFailure, SequencerReport, SequencerState};
pub use events::{NodeEvent, NodeEventReceiver, NodeEvents, NumberedEvent};
pub use health::{NodeHealth, NodeRole};
pub use message::{L1MessageKey, NotIncludedKey, RollupL1Message};
pub use node::RollupNodeRpc;
pub use status::{BlockRef, ChainSync, L1Status, L2Status, RollupStatus};
pub use subscribe::{NodeEventStream, RollupNodeEventsRpc};
