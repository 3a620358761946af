//! Metrics.

use crate::built::BuiltPayload;
use metrics::{Counter, Histogram};
use metrics_derive::Metrics;

/// Metrics of the builder.
#[derive(Clone, Metrics)]
#[metrics(scope = "rollup_payload")]
pub(crate) struct PayloadMetrics {
    /// Blocks that were built.
    built_total: Counter,
    /// Blocks that were given up before they were sealed.
    cancelled_total: Counter,
    /// Blocks that could not be built because something failed.
    failed_total: Counter,
    /// L1 messages that were to be in a block and could not.
    skipped_l1_messages_total: Counter,
    /// Time from the start of a block to its last transaction, waits included.
    building_seconds: Histogram,
    /// Time from the last transaction of a block to its hash.
    sealing_seconds: Histogram,
    /// Transactions in a block.
    transactions: Histogram,
    /// Gas used by a block.
    used_gas: Histogram,
    /// Encoded transactions of a block, L1 messages not included.
    transactions_bytes: Histogram,
}

impl PayloadMetrics {
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    pub(crate) fn on_built(&self, payload: &BuiltPayload) {
        self.built_total.increment(1);
        self.skipped_l1_messages_total.increment(payload.skipped_l1_messages.len() as u64);
        self.building_seconds.record(payload.building);
        self.sealing_seconds.record(payload.sealing);
        self.transactions.record(payload.transactions as f64);
        self.used_gas.record(payload.block.block.gas_used as f64);
        self.transactions_bytes.record(payload.transaction_bytes as f64);
    }

    pub(crate) fn on_cancelled(&self) {
        self.cancelled_total.increment(1);
    }

    pub(crate) fn on_failed(&self) {
        self.failed_total.increment(1);
    }
}
