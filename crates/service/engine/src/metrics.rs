//! Metrics of the engine.

use metrics::{Counter, Gauge, Histogram};
use metrics_derive::Metrics;
use rollup_storage::ForkchoiceState;

/// Metrics of the engine.
#[derive(Metrics)]
#[metrics(scope = "engine")]
pub(crate) struct EngineMetrics {
    /// Number of the head
    pub(crate) head_number: Gauge,
    /// Number of the safe block
    pub(crate) safe_number: Gauge,
    /// Number of the finalized block
    pub(crate) finalized_number: Gauge,
    /// Timestamp of the head, in seconds since the Unix epoch
    pub(crate) head_timestamp_seconds: Gauge,
    /// Blocks that are kept beside the chain
    pub(crate) side_blocks: Gauge,
    /// Blocks that were found invalid
    pub(crate) invalid_blocks_total: Counter,
    /// Changes of the chain that took blocks off it
    pub(crate) reorgs_total: Counter,
    /// Blocks that such a change took off
    pub(crate) reorg_depth_blocks: Histogram,
    /// Time to validate and execute an imported block
    pub(crate) import_duration_seconds: Histogram,
    /// Time to make a signed block durable
    pub(crate) append_duration_seconds: Histogram,
}

impl EngineMetrics {
    pub(crate) fn follow(&self, forkchoice: ForkchoiceState) {
        self.head_number.set(forkchoice.head.number as f64);
        self.safe_number.set(forkchoice.safe.number as f64);
        self.finalized_number.set(forkchoice.finalized.number as f64);
    }
}
