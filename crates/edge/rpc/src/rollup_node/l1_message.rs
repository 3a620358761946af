//! What `rollupNode_l1MessageStatus` says.

use super::status::BlockRef;
use alloy_primitives::B256;
use rollup_orchestrator::{
    InclusionLevel, L1MessageObstacle, L1MessageState, L1MessageStatus as Known,
};
use serde::{Deserialize, Serialize};

/// Which L1 message is asked about: a number is its place in the queue, anything else the hash of its
/// transaction on L2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum L1MessageName {
    /// Its place in the queue.
    QueueIndex(u64),
    /// Hash of its transaction on L2.
    Hash(B256),
}

impl From<L1MessageName> for rollup_orchestrator::L1MessageKey {
    fn from(name: L1MessageName) -> Self {
        match name {
            L1MessageName::QueueIndex(index) => Self::QueueIndex(index),
            L1MessageName::Hash(hash) => Self::Hash(hash),
        }
    }
}

/// Where an L1 message is on its way into the chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum L1MessageStatus {
    /// L1 has none by this name, as far as it is known.
    Unknown,
    /// Its L1 block is not deep enough.
    WaitsForDepth {
        /// The message.
        #[serde(flatten)]
        message: L1MessageId,
        /// The rule that says how deep, as `--sequencer.l1-inclusion-mode` does.
        rule: String,
        /// The L1 block that has to be finalized, or there, as the rule says.
        l1_block: u64,
        /// L1 blocks that are missing until then.
        missing: u64,
    },
    /// It is included as soon as there is room.
    Queued {
        /// The message.
        #[serde(flatten)]
        message: L1MessageId,
        /// Messages that come before it.
        ahead: u64,
    },
    /// It is not included until somebody does something.
    Blocked {
        /// The message.
        #[serde(flatten)]
        message: L1MessageId,
        /// The message that cannot be included: this one, or one before it.
        blocked_by: u64,
        /// Why it cannot.
        #[serde(flatten)]
        reason: L1MessageBlock,
    },
    /// It is in a block.
    Included {
        /// The message.
        #[serde(flatten)]
        message: L1MessageId,
        /// The block.
        block: BlockRef,
        /// How firm that is.
        level: BlockLevel,
    },
    /// The chain goes on behind it without it, and will not include it.
    Skipped {
        /// The message.
        #[serde(flatten)]
        message: L1MessageId,
    },
}

/// Which L1 message it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct L1MessageId {
    /// Its place in the queue.
    pub queue_index: u64,
    /// Hash of its transaction on L2.
    pub hash: B256,
    /// The L1 block that enqueued it; `null` while that is not read from L1.
    pub l1_block_number: Option<u64>,
}

/// Why an L1 message cannot be included as things are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum L1MessageBlock {
    /// The settings permit no messages at all.
    NonePermitted,
    /// It alone has more gas than the messages of a block may have.
    TooMuchGas {
        /// Its gas limit.
        gas_limit: u64,
        /// That of all messages of a block.
        max_gas: u64,
    },
    /// A batch has passed it over.
    PassedOver,
    /// It is not known, although later ones are.
    Missing,
}

/// How firm it is that a block is in the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BlockLevel {
    /// Only by the signature of the sequencer.
    Unsafe,
    /// It is in a batch on L1.
    Safe,
    /// That batch is final.
    Finalized,
}

impl From<Option<Known>> for L1MessageStatus {
    fn from(known: Option<Known>) -> Self {
        let Some(Known { queue_index, hash, l1_block_number, state }) = known else {
            return Self::Unknown;
        };
        let message = L1MessageId { queue_index, hash, l1_block_number };
        match state {
            L1MessageState::WaitsForDepth { mode, l1_block, missing } => {
                Self::WaitsForDepth { message, rule: mode.to_string(), l1_block, missing }
            }
            L1MessageState::Queued { ahead } => Self::Queued { message, ahead },
            L1MessageState::Blocked { queue_index, obstacle } => {
                Self::Blocked { message, blocked_by: queue_index, reason: obstacle.into() }
            }
            L1MessageState::Included { block, level } => {
                Self::Included { message, block: block.into(), level: level.into() }
            }
            L1MessageState::Skipped => Self::Skipped { message },
        }
    }
}

impl From<L1MessageObstacle> for L1MessageBlock {
    fn from(obstacle: L1MessageObstacle) -> Self {
        match obstacle {
            L1MessageObstacle::NonePermitted => Self::NonePermitted,
            L1MessageObstacle::TooMuchGas { gas_limit, max_gas } => {
                Self::TooMuchGas { gas_limit, max_gas }
            }
            L1MessageObstacle::PassedOver => Self::PassedOver,
            L1MessageObstacle::Missing => Self::Missing,
        }
    }
}

impl From<InclusionLevel> for BlockLevel {
    fn from(level: InclusionLevel) -> Self {
        match level {
            InclusionLevel::Unsafe => Self::Unsafe,
            InclusionLevel::Safe => Self::Safe,
            InclusionLevel::Finalized => Self::Finalized,
        }
    }
}
