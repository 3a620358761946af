//! How the sequencer is.

use alloy_eips::BlockNumHash;
use std::{fmt, time::Duration};

/// What the node knows of the chain: only with both is a block made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SyncState {
    /// Whether L1 was read up to its tip. True on a chain without L1.
    pub l1_synced: bool,
    /// Whether the head is that of the network.
    pub l2_synced: bool,
}

impl SyncState {
    /// Of a node that waits for nobody.
    pub const SYNCED: Self = Self { l1_synced: true, l2_synced: true };

    /// Whether both are.
    pub const fn is_synced(self) -> bool {
        self.l1_synced && self.l2_synced
    }
}

/// How the sequencer is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SequencerStatus {
    /// What it does now.
    pub state: SequencerState,
    /// Whether slots are asked for. Not remembered over a restart.
    pub is_enabled: bool,
    /// The last block that it signed and appended in this run.
    pub last_block: Option<BlockNumHash>,
    /// When that was, since the Unix epoch.
    pub last_block_at: Option<Duration>,
    /// Slots in a row that failed.
    pub consecutive_failures: u32,
    /// What an operator has to look at.
    pub health_reasons: Vec<HealthReason>,
}

impl Default for SequencerStatus {
    fn default() -> Self {
        Self {
            state: SequencerState::Disabled,
            is_enabled: false,
            last_block: None,
            last_block_at: None,
            consecutive_failures: 0,
            health_reasons: Vec::new(),
        }
    }
}

/// What the sequencer does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SequencerState {
    /// Nothing: it is to be enabled.
    Disabled,
    /// Waits for the node to know L1 and the chain.
    WaitingForSync,
    /// Lets its slots pass: another signer is the authorized one.
    NotAuthorized,
    /// Lets its slots pass: what it knows of L1 is too old.
    L1Stale,
    /// Waits for the next slot.
    Idle,
    /// Builds a block.
    Building,
    /// Has a block signed and makes it the head.
    Signing,
    /// Has given up until it is enabled again.
    Failed(StopReason),
}

impl fmt::Display for SequencerState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Disabled => "disabled",
            Self::WaitingForSync => "waiting_for_sync",
            Self::NotAuthorized => "not_authorized",
            Self::L1Stale => "l1_stale",
            Self::Idle => "idle",
            Self::Building => "building",
            Self::Signing => "signing",
            Self::Failed(_) => "failed",
        })
    }
}

/// A part of the work of a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Reading the chain and executing transactions.
    Build,
    /// Making block and intent durable.
    Propose,
    /// Signing.
    Sign,
    /// Making the signed block the head.
    Append,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Build => "building",
            Self::Propose => "proposing",
            Self::Sign => "signing",
            Self::Append => "appending",
        })
    }
}

/// Why sequencing stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopReason {
    /// It failed too often in a row.
    Failures {
        /// What failed last.
        stage: Stage,
        /// How often anything did.
        count: u32,
    },
    /// The signer will not sign, whatever it is asked.
    SigningRefused,
    /// This node has signed, or promised to sign, another block at the height of the next one.
    HeightTaken {
        /// Number of the next block.
        number: u64,
    },
    /// The engine has ended.
    EngineStopped,
}

impl fmt::Display for StopReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failures { stage, count } => {
                write!(f, "{stage} failed; {count} slots in a row had no block")
            }
            Self::SigningRefused => f.write_str("the signer refuses, or signs with another key"),
            Self::HeightTaken { number } => write!(
                f,
                "this node has already signed at the height of block {number} or above; is the \
                 data directory an old copy?"
            ),
            Self::EngineStopped => f.write_str("the engine has stopped"),
        }
    }
}

/// Something that an operator has to look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HealthReason {
    /// Sequencing stopped.
    Stopped(StopReason),
    /// The last slots failed.
    Failing {
        /// How many in a row.
        slots: u32,
    },
    /// No L1 message can be included.
    L1QueueBlocked {
        /// Queue index of the message that is next.
        queue_index: u64,
    },
    /// Slots pass without a block, because what is known of L1 is too old.
    L1Stale,
    /// The block that is to be signed has an L1 message that is not known from L1 any more.
    WaitingForL1 {
        /// Number of the block.
        number: u64,
    },
}

impl fmt::Display for HealthReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stopped(reason) => write!(f, "sequencing stopped: {reason}"),
            Self::Failing { slots } => write!(f, "{slots} slots in a row failed"),
            Self::L1QueueBlocked { queue_index } => {
                write!(f, "the L1 message {queue_index} cannot be included")
            }
            Self::L1Stale => f.write_str("no blocks: what is known of L1 is too old"),
            Self::WaitingForL1 { number } => write!(
                f,
                "block {number} is to be signed, but L1 does not have one of its messages any more"
            ),
        }
    }
}
