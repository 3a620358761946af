//! Metrics of the ExExes.

use metrics::{Counter, Gauge};
use metrics_derive::Metrics;

/// Metrics of one ExEx.
#[derive(Metrics)]
#[metrics(scope = "exex")]
pub(crate) struct ExExMetrics {
    /// Number of the last block that the ExEx was told of
    pub(crate) told_number: Gauge,
    /// Number of the last block that the ExEx has finished
    pub(crate) finished_number: Gauge,
    /// Notifications that the ExEx has taken
    pub(crate) notifications_total: Counter,
    /// Blocks of which the ExEx was told that they left the chain
    pub(crate) reverted_blocks_total: Counter,
}

impl ExExMetrics {
    pub(crate) fn of(name: &'static str) -> Self {
        Self::new_with_labels(&[("exex", name)])
    }
}

/// Metrics of what all ExExes share.
#[derive(Metrics)]
#[metrics(scope = "exex")]
pub(crate) struct SharedMetrics {
    /// Size of the log of blocks that ExExes may have seen
    pub(crate) log_bytes: Gauge,
    /// Blocks that were executed again for ExExes
    pub(crate) executed_blocks_total: Counter,
}
