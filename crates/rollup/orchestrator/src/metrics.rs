//! What following L1 looks like from outside.

use metrics::{Counter, Gauge};
use metrics_derive::Metrics;

/// What became of L1.
#[derive(Metrics)]
#[metrics(scope = "orchestrator")]
pub(crate) struct OrchestratorMetrics {
    /// 1 while L1 is read up to its tip and the authorized signer is known
    pub(crate) l1_synced: Gauge,
    /// 1 while L1 is stale
    pub(crate) l1_stale: Gauge,
    /// 1 while following L1 rests because it contradicts what is final or stored
    pub(crate) l1_fault: Gauge,
    /// Changes of the authorized signer after the first one that was read
    pub(crate) signer_changes_total: Counter,
    /// L1 reorgs that were followed
    pub(crate) l1_reorgs_total: Counter,
    /// Blocks that left the chain because L1 took back a message
    pub(crate) l1_reorg_removed_blocks_total: Counter,
}

/// Under the name by which it is known.
#[derive(Clone, Metrics)]
#[metrics(scope = "consensus")]
pub(crate) struct ConsensusMetrics {
    /// Blocks of others that are not signed by who may
    pub(crate) validate_new_block_failed: Counter,
}
