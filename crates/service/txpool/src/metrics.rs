//! Figures of the pool.

use crate::{
    content::PoolSize,
    error::PoolError,
    pool::{Effects, Removal},
};
use metrics::{Counter, Gauge, Histogram};
use metrics_derive::Metrics;
use std::{collections::HashMap, time::Duration};

/// Figures of the pool.
#[derive(Metrics)]
#[metrics(scope = "rollup_txpool")]
pub(crate) struct TxpoolMetrics {
    /// Executable transactions.
    pending: Gauge,
    /// Bytes of the executable transactions.
    pending_bytes: Gauge,
    /// Transactions that wait for a nonce, for balance, or for a lower base fee.
    queued: Gauge,
    /// Bytes of the transactions that wait.
    queued_bytes: Gauge,
    /// Transactions that came into the pool.
    inserted_total: Counter,
    /// Time from taking a batch of transactions to answering for it.
    validation_duration_seconds: Histogram,
    /// Transactions of a batch.
    batch_transactions: Histogram,
    /// Time from a change of the chain to the pool that knows of it.
    maintenance_duration_seconds: Histogram,
    /// Length of the journal.
    journal_bytes: Gauge,
    /// Transactions in the journal that were not taken at the start.
    journal_dropped_total: Counter,
    /// Failures to read the state or to write the journal.
    internal_errors_total: Counter,
}

/// Figures by reason.
#[derive(Metrics)]
#[metrics(scope = "rollup_txpool")]
struct ReasonMetrics {
    /// Transactions that were not taken.
    rejected_total: Counter,
    /// Transactions that left the pool.
    removed_total: Counter,
}

impl TxpoolMetrics {
    pub(crate) fn record_size(&self, size: PoolSize) {
        // Gauges are floats, which hold every count that memory allows.
        self.pending.set(size.pending as f64);
        self.pending_bytes.set(size.pending_bytes as f64);
        self.queued.set(size.queued as f64);
        self.queued_bytes.set(size.queued_bytes as f64);
    }

    pub(crate) fn record_batch<T>(&self, outcomes: &[Result<T, PoolError>], duration: Duration) {
        let taken = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        self.inserted_total.increment(taken as u64);
        self.batch_transactions.record(outcomes.len() as f64);
        self.validation_duration_seconds.record(duration.as_secs_f64());
        let mut reasons = HashMap::<_, u64>::new();
        for error in outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
            *reasons.entry(error.label()).or_default() += 1;
        }
        for (reason, count) in reasons {
            reason_metrics(reason).rejected_total.increment(count);
        }
    }

    pub(crate) fn record_rejection(&self, error: &PoolError) {
        reason_metrics(error.label()).rejected_total.increment(1);
    }

    pub(crate) fn record_removals(&self, effects: &Effects) {
        let mut reasons = HashMap::<_, u64>::new();
        for (_, reason) in &effects.removed {
            *reasons.entry(reason.label()).or_default() += 1;
        }
        for (reason, count) in reasons {
            reason_metrics(reason).removed_total.increment(count);
        }
    }

    pub(crate) fn record_maintenance(&self, duration: Duration) {
        self.maintenance_duration_seconds.record(duration.as_secs_f64());
    }

    pub(crate) fn record_journal(&self, bytes: u64) {
        self.journal_bytes.set(bytes as f64);
    }

    pub(crate) fn record_journal_dropped(&self, count: usize) {
        self.journal_dropped_total.increment(count as u64);
    }

    pub(crate) fn record_internal_error(&self) {
        self.internal_errors_total.increment(1);
    }
}

impl Removal {
    const fn label(self) -> &'static str {
        match self {
            Self::NonceUsed => "nonce_used",
            Self::Replaced { .. } => "replaced",
            Self::Full => "full",
            Self::AccountLimit => "account_limit",
            Self::Expired => "expired",
            Self::Refused => "refused",
        }
    }
}

fn reason_metrics(reason: &'static str) -> ReasonMetrics {
    ReasonMetrics::new_with_labels(&[("reason", reason)])
}
