//! What the watcher looks like from outside.

use metrics::{Counter, Gauge, Histogram};
use metrics_derive::Metrics;

/// How an audit of the queue ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AuditOutcome {
    /// Contract and storage have the same queue.
    Agrees,
    /// They do not.
    Differs,
    /// The contract could not be asked.
    Inconclusive,
}

/// All metrics of the watcher.
#[derive(Debug)]
pub(crate) struct WatcherMetrics {
    pub(crate) l1: L1Metrics,
    audits: [AuditMetrics; 3],
}

impl Default for WatcherMetrics {
    fn default() -> Self {
        let audits = ["agrees", "differs", "inconclusive"]
            .map(|outcome| AuditMetrics::new_with_labels(&[("outcome", outcome)]));
        Self { l1: L1Metrics::default(), audits }
    }
}

impl WatcherMetrics {
    pub(crate) fn on_audit(&self, outcome: AuditOutcome) {
        let [agrees, differs, inconclusive] = &self.audits;
        let metrics = match outcome {
            AuditOutcome::Agrees => agrees,
            AuditOutcome::Differs => differs,
            AuditOutcome::Inconclusive => inconclusive,
        };
        metrics.audits_total.increment(1);
    }
}

#[derive(Metrics)]
#[metrics(scope = "l1_watcher")]
pub(crate) struct L1Metrics {
    /// L1 messages that were found
    pub(crate) l1_messages: Counter,
    /// Commits of batches that were found
    pub(crate) batch_commits: Counter,
    /// Finalizations of batches that were found
    pub(crate) batch_finalizations: Counter,
    /// Reverts of batches that were found
    pub(crate) batch_reverts: Counter,
    /// L1 reorgs
    pub(crate) reorgs: Counter,
    /// Processed L1 blocks that a reorg took back
    pub(crate) reorg_depths: Histogram,
    /// Times that L1 was read again, because something was missing or by order of the operator
    pub(crate) rewinds_total: Counter,
    /// Looks at L1 that failed
    pub(crate) failed_steps_total: Counter,
    /// Faults of L1 endpoints that were found
    pub(crate) faults_total: Counter,
    /// 1 while there is a fault of L1 endpoints
    pub(crate) fault: Gauge,
    /// Number of the latest L1 block
    pub(crate) latest_block: Gauge,
    /// Time of the latest L1 block, in seconds since 1970
    pub(crate) latest_block_timestamp_seconds: Gauge,
    /// Number of the safe L1 block
    pub(crate) safe_block: Gauge,
    /// Number of the finalized L1 block
    pub(crate) finalized_block: Gauge,
    /// Number of the L1 block up to which everything is stored
    pub(crate) processed_block: Gauge,
    /// Processed L1 blocks whose hashes are held
    pub(crate) held_headers: Gauge,
    /// Unix time of the last look at L1 that succeeded, in seconds
    pub(crate) last_progress_timestamp_seconds: Gauge,
    /// 1 while everything up to the latest L1 block is stored
    pub(crate) synced: Gauge,
    /// 1 while what is known of L1 is too old to rely on
    pub(crate) stale: Gauge,
    /// 1 while there is no new L1 block for longer than the threshold
    pub(crate) liveness_failing: Gauge,
}

#[derive(Metrics)]
#[metrics(scope = "l1_watcher")]
struct AuditMetrics {
    /// Comparisons of the stored messages with the message queue on L1, by outcome
    audits_total: Counter,
}
