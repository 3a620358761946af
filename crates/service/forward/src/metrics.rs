//! Figures of forwarding.

use metrics::{Counter, Gauge, Histogram};
use metrics_derive::Metrics;

/// Figures of all sequencers together.
#[derive(Metrics)]
#[metrics(scope = "rollup_forward")]
pub(crate) struct ForwardMetrics {
    /// Transactions that wait for a sequencer, those that are being sent included.
    pub(crate) waiting: Gauge,
    /// Transactions that were not taken because too many wait.
    pub(crate) busy_total: Counter,
    /// Transactions that left the pool before a sequencer answered.
    pub(crate) gone_total: Counter,
}

/// Figures of one sequencer.
#[derive(Metrics)]
#[metrics(scope = "rollup_forward")]
pub(crate) struct EndpointMetrics {
    /// Transactions that the sequencer has taken, or had already.
    pub(crate) forwarded_total: Counter,
    /// Transactions that the sequencer has refused.
    pub(crate) refused_total: Counter,
    /// Requests without an answer, or with an error of the sequencer's own.
    pub(crate) failed_total: Counter,
    /// Time from a request to its answer.
    pub(crate) request_duration_seconds: Histogram,
    /// 1 while the sequencer can be reached.
    pub(crate) up: Gauge,
}

impl EndpointMetrics {
    /// Those of the sequencer at this place in the list, which tells nothing of its URL.
    pub(crate) fn of(index: usize) -> Self {
        let metrics = Self::new_with_labels(&[("endpoint", index.to_string())]);
        metrics.up.set(1.0);
        metrics
    }
}
