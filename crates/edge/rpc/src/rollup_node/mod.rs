//! `rollupNode` and `rollupNodeAdmin`: status of the rollup, of transactions and slots, and control
//! of the sequencer.

mod admin;
mod control;
mod events;
mod health;
mod l1;
mod l1_message;
mod message;
mod node;
mod sequencer;
mod slot_report;
mod slots;
mod status;
mod subscribe;
mod tx_report;
mod tx_status;

pub use admin::RollupNodeAdminRpc;
pub use control::{SequencerControl, SequencerFailure, SequencerReport, SequencerState};
pub use events::{BatchRef, NodeEvent, NodeEventReceiver, NodeEvents, NumberedEvent};
pub use health::{NodeHealth, NodeRole};
pub use l1::{L1Control, L1EndpointReport, L1EndpointState, L1Failure};
pub use l1_message::{BlockLevel, L1MessageBlock, L1MessageId, L1MessageName, L1MessageStatus};
pub use message::{L1MessageKey, NotIncludedKey, RollupL1Message};
pub use node::RollupNodeRpc;
pub use slot_report::{
    ChainBlock, NamedSlot, NextReport, PhasesReport, SlotAnswer, SlotBlockReport, SlotExplanation,
    SlotKey, SlotL1Report, SlotReport,
};
pub use status::{BlockRef, ChainSync, L1Status, L2Status, RollupStatus};
pub use subscribe::{NodeEventStream, RollupNodeEventsRpc};
pub use tx_report::{ForwardReport, InBlock, ReorgReport, TxState, TxStatus, WaitReport};
