//! Figures of reading L1.

use metrics::{Counter, Gauge, Histogram};
use metrics_derive::Metrics;

/// Figures of all endpoints together.
#[derive(Metrics)]
#[metrics(scope = "l1_client")]
pub(crate) struct ClientMetrics {
    /// Requests that were sent to one more endpoint because there was no answer yet.
    pub(crate) hedges_total: Counter,
    /// Requests that were sent to the next endpoint because there was an error.
    pub(crate) failovers_total: Counter,
}

/// Figures of one endpoint.
#[derive(Metrics)]
#[metrics(scope = "l1_client")]
pub(crate) struct EndpointMetrics {
    /// 1 while the endpoint is used: it answers, and serves the right chain.
    pub(crate) up: Gauge,
    /// Time to an answer: mean that follows the last few.
    pub(crate) latency_seconds: Gauge,
    /// Time from a request to its answer.
    pub(crate) request_duration_seconds: Histogram,
    /// How many blocks the newest block of the endpoint is behind that of the best one.
    pub(crate) lag_blocks: Gauge,
    /// HTTP requests sent to the endpoint.
    pub(crate) requests_total: Counter,
    /// Those without a usable answer.
    pub(crate) errors_total: Counter,
    /// How often its logs contradicted others.
    pub(crate) distrusted_total: Counter,
    /// Requests that waited for the budget of compute units.
    pub(crate) rate_limit_waits_total: Counter,
}

impl EndpointMetrics {
    /// Those of the endpoint at this place in the list, which tells nothing of its URL.
    pub(crate) fn of(index: usize) -> Self {
        let metrics = Self::new_with_labels(&[("endpoint", index.to_string())]);
        metrics.up.set(0.0);
        metrics
    }
}
