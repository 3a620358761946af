//! The sequencer, as far as it can be seen and controlled from outside.

use super::status::BlockRef;
use alloy_primitives::B256;
use futures::future::BoxFuture;
use rollup_sequencer::SlotHistory;
use serde::{Deserialize, Serialize};
use std::{error::Error, fmt::Debug};

/// Why the sequencer did not do what it was told. The operator reads it with its causes.
pub type SequencerFailure = Box<dyn Error + Send + Sync>;

/// The sequencer of a node.
pub trait SequencerControl: Debug + Send + Sync + 'static {
    /// Builds a block in every slot. True, also if it does so already.
    fn enable(&self) -> BoxFuture<'_, Result<bool, SequencerFailure>>;

    /// Builds no more blocks. True, also if it does not.
    fn disable(&self) -> BoxFuture<'_, Result<bool, SequencerFailure>>;

    /// Builds blocks on this head. Fails if the head is another.
    fn start(&self, expected_head: B256) -> BoxFuture<'_, Result<(), SequencerFailure>>;

    /// Builds no more blocks, waits for the signature that is under way, and gives the last signed
    /// block.
    fn stop(&self) -> BoxFuture<'_, Result<BlockRef, SequencerFailure>>;

    /// Begins a slot at once.
    fn build_block(&self) -> BoxFuture<'_, Result<(), SequencerFailure>>;

    /// What it does. Does not wait.
    fn report(&self) -> SequencerReport;

    /// What it remembers of the last slots, if it does.
    fn slots(&self) -> Option<&SlotHistory> {
        None
    }
}

/// What a sequencer does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SequencerReport {
    /// What it does now.
    pub state: SequencerState,
    /// Whether it was told to build blocks.
    pub enabled: bool,
    /// The last block it signed since the node runs.
    pub last_block: Option<BlockRef>,
    /// When that was, in seconds since the Unix epoch.
    pub last_block_at: Option<u64>,
    /// Slots that failed in a row, up to now.
    pub consecutive_failures: u32,
    /// What the operator has to look at.
    pub reasons: Vec<String>,
}

/// What a sequencer does at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SequencerState {
    /// Nothing: it is to be enabled.
    Disabled,
    /// Waits for the node to know L1 and the chain.
    WaitingForSync,
    /// Lets its slots pass: it must not sign for the chain.
    NotAuthorized,
    /// Lets its slots pass: what it knows of L1 is too old.
    L1Stale,
    /// Waits for the next slot.
    Idle,
    /// Builds a block.
    Building,
    /// Has a block signed.
    Signing,
    /// Has given up until it is enabled again.
    Failed,
}
