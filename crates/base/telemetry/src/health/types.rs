//! What a node says of itself, and what is made of it.

use alloy_primitives::{Address, B256};
use serde::Serialize;
use std::{fmt::Debug, time::Duration};

/// A node whose main loop has not gone round for longer is not alive.
pub const MAX_LOOP_AGE: Duration = Duration::from_secs(10);

/// Gives the state of the node. It is asked for every probe, so it must answer from values at hand:
/// no lock that is held for long, no I/O.
pub trait HealthSource: Send + Sync + 'static {
    /// The state now.
    fn health(&self) -> Health;
}

impl<F: Fn() -> Health + Send + Sync + 'static> HealthSource for F {
    fn health(&self) -> Health {
        self()
    }
}

/// The state of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// What the node is for.
    pub role: Role,
    /// Time since the main loop went round.
    pub loop_age: Duration,
    /// Whether the RPC servers answer.
    pub is_serving: bool,
    /// Whether blocks are followed one by one, and not a gap filled.
    pub is_l2_synced: bool,
    /// The head.
    pub head: BlockHealth,
    /// Time since the head's timestamp.
    pub head_age: Duration,
    /// The safe block.
    pub safe: BlockHealth,
    /// The finalized block.
    pub finalized: BlockHealth,
    /// The L1 side; none on a chain without L1.
    pub l1: Option<L1Health>,
    /// Peers; none without a network.
    pub peers: Option<usize>,
    /// The sequencer; none on a node without one.
    pub sequencer: Option<SequencerHealth>,
}

/// What a node is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// It makes blocks, or would.
    Sequencer,
    /// It takes blocks from others.
    Follower,
}

/// A block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct BlockHealth {
    /// Its number.
    pub number: u64,
    /// Its hash.
    pub hash: B256,
}

/// The L1 side of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct L1Health {
    /// How the L1 is.
    pub state: L1State,
    /// Whether it was followed up to its head since the node started, or since it is read anew.
    pub is_synced: bool,
    /// Time since the timestamp of the newest L1 block; none before one was seen.
    pub lag: Option<Duration>,
    /// Whether the sequencer makes no blocks until the L1 is followed again.
    pub holds_blocks: bool,
    /// What the L1 is read from, the preferred one first.
    pub endpoints: Vec<L1EndpointHealth>,
}

/// How the L1 is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum L1State {
    /// No endpoint has answered since the node started.
    Unreachable,
    /// It is not followed up to its head yet.
    Syncing,
    /// It is followed up to its head.
    Synced,
    /// There is nothing new of it for too long.
    Stale,
    /// What the endpoints say cannot be true.
    Faulty,
}

/// What the L1 is read from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct L1EndpointHealth {
    /// Without secrets.
    pub url: String,
    /// A word.
    pub state: &'static str,
}

/// The sequencer of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SequencerHealth {
    /// Whose signature its blocks have.
    pub signer: Address,
    /// Whether the chain takes blocks of this signer.
    pub is_authorized: bool,
    /// What it does.
    pub state: SequencerState,
}

/// What a sequencer does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SequencerState {
    /// It makes blocks.
    Active,
    /// It was not told to, or told not to.
    Stopped,
    /// It stopped because blocks could not be made or signed.
    Failed,
}

/// When a node is not ready.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReadinessLimits {
    /// How old the head may be. Default: any age, as on a chain whose blocks come with transactions.
    pub max_head_lag: Option<Duration>,
}

/// Why a probe says no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, derive_more::Display)]
pub enum HealthReason {
    /// The main loop stands.
    #[display("the main loop has not gone round for {} s", age.as_secs())]
    LoopStalled {
        /// Time since it went round.
        age: Duration,
    },
    /// The RPC servers do not answer yet.
    #[display("the RPC servers have not started")]
    NotServing,
    /// A gap of blocks is filled.
    #[display("blocks are being synchronised")]
    L2Syncing,
    /// No new block for too long.
    #[display("the head is {} s old, more than {} s", age.as_secs(), limit.as_secs())]
    HeadLag {
        /// Age of the head.
        age: Duration,
        /// What it may be.
        limit: Duration,
    },
    /// A follower with nobody to follow.
    #[display("there is no peer and no L1 to get blocks from")]
    NoBlockSource,
    /// The node has no sequencer.
    #[display("this node has no sequencer")]
    NoSequencer,
    /// The sequencer does not run.
    #[display("the sequencer is stopped")]
    SequencerStopped,
    /// The sequencer gave up.
    #[display("the sequencer stopped because blocks could not be made or signed")]
    SequencerFailed,
    /// Blocks by this signer are not taken.
    #[display("the signer is not the authorized one")]
    NotAuthorized,
    /// The L1 is not followed up to its head.
    #[display("the L1 is being synchronised")]
    L1Syncing,
    /// The L1 cannot be read.
    #[display("l1 unreachable: no endpoint answers")]
    L1Unreachable,
    /// There is nothing new of the L1.
    #[display("l1 stale: nothing new of it is known")]
    L1Stale,
    /// The L1 cannot be as it is said to be.
    #[display("l1 faulty: its endpoints contradict what was final or is stored; the log says how")]
    L1Faulty,
}

impl HealthReason {
    /// A word that stays the same between versions.
    pub const fn code(self) -> &'static str {
        match self {
            Self::LoopStalled { .. } => "loop_stalled",
            Self::NotServing => "not_serving",
            Self::L2Syncing => "l2_syncing",
            Self::HeadLag { .. } => "head_lag",
            Self::NoBlockSource => "no_block_source",
            Self::NoSequencer => "no_sequencer",
            Self::SequencerStopped => "sequencer_stopped",
            Self::SequencerFailed => "sequencer_failed",
            Self::NotAuthorized => "not_authorized",
            Self::L1Syncing => "l1_syncing",
            Self::L1Unreachable => "l1_unreachable",
            Self::L1Stale => "l1_stale",
            Self::L1Faulty => "l1_faulty",
        }
    }
}
