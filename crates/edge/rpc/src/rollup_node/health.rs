//! What `rollupNode_health` says.

use super::{
    control::SequencerReport,
    status::{BlockRef, ChainSync, RollupStatus},
};
use serde::{Deserialize, Serialize};

/// What a node is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NodeRole {
    /// Builds blocks.
    Sequencer,
    /// Follows those of another.
    Follower,
}

/// Whether a node does what it is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeHealth {
    /// Whether there are no reasons against it.
    pub healthy: bool,
    /// What it is for.
    pub role: NodeRole,
    /// Tip of the chain.
    pub head: BlockRef,
    /// Seconds between the time of the tip and that of the node.
    pub head_age_s: u64,
    /// Highest block that is consolidated with a batch.
    pub safe: BlockRef,
    /// Highest block of a batch that is finalized.
    pub finalized: BlockRef,
    /// Whether L1 is known.
    pub l1: ChainSync,
    /// Whether L2 is known.
    pub l2: ChainSync,
    /// What the sequencer does; `null` without one.
    pub sequencer: Option<SequencerReport>,
    /// What is wrong.
    pub reasons: Vec<String>,
}

impl NodeHealth {
    /// `l1_reasons` is what is wrong with L1, of a node that follows it.
    pub(super) fn new(
        status: &RollupStatus,
        head_age_s: u64,
        sequencer: Option<SequencerReport>,
        l1_reasons: Option<Vec<String>>,
    ) -> Self {
        let mut reasons = l1_reasons.unwrap_or_default();
        if status.l1.status == ChainSync::Syncing && reasons.is_empty() {
            reasons.push("L1 is not synced".to_owned());
        }
        if status.l2.status == ChainSync::Syncing {
            reasons.push("L2 is not synced".to_owned());
        }
        reasons.extend(sequencer.iter().flat_map(|own| own.reasons.clone()));
        Self {
            healthy: reasons.is_empty(),
            role: if sequencer.is_some() { NodeRole::Sequencer } else { NodeRole::Follower },
            head: status.l2.head,
            head_age_s,
            safe: status.l2.safe,
            finalized: status.l2.finalized,
            l1: status.l1.status,
            l2: status.l2.status,
            sequencer,
            reasons,
        }
    }
}
