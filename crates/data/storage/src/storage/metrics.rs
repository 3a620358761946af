//! Metrics of the storage.

use metrics::{Counter, Gauge, Histogram};
use metrics_derive::Metrics;

/// Metrics of the storage.
#[derive(Metrics)]
#[metrics(scope = "storage")]
pub(super) struct StorageMetrics {
    /// Time to make a block durable in the log
    pub(super) log_append_duration_seconds: Histogram,
    /// Time to make a proposed block and the intent to sign it durable
    pub(super) propose_duration_seconds: Histogram,
    /// Time to commit blocks to the database
    pub(super) commit_duration_seconds: Histogram,
    /// Blocks that were committed to the database
    pub(super) committed_blocks_total: Counter,
    /// Blocks that are in the log and in memory, and not in the database yet
    pub(super) unpersisted_blocks: Gauge,
    /// Times that blocks were taken off the chain
    pub(super) unwinds_total: Counter,
}
