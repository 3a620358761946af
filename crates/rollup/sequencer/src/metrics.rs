//! What sequencing looks like from outside.

use crate::{event::SkipReason, plan::PendingMessages};
use metrics::{Counter, Gauge, Histogram};
use metrics_derive::Metrics;

/// All metrics of the sequencer.
#[derive(Debug)]
pub(crate) struct SequencerMetrics {
    pub(crate) slots: SlotMetrics,
    pub(crate) blocks: BlockMetrics,
    /// In the order of [`SkipReason::ALL`].
    skipped: [SkippedMetrics; SkipReason::ALL.len()],
}

impl Default for SequencerMetrics {
    fn default() -> Self {
        let skipped = SkipReason::ALL
            .map(|reason| SkippedMetrics::new_with_labels(&[("reason", reason.as_str())]));
        Self { slots: SlotMetrics::default(), blocks: BlockMetrics::default(), skipped }
    }
}

impl SequencerMetrics {
    pub(crate) fn on_skipped(&self, reason: SkipReason, slots: u64) {
        self.skipped[reason as usize].skipped_slots_total.increment(slots);
    }

    pub(crate) fn note_pending(&self, pending: PendingMessages) {
        self.slots.l1_messages_pending.set(pending.count as f64);
        self.slots.l1_messages_oldest_pending_blocks.set(pending.oldest_l1_blocks as f64);
    }
}

#[derive(Metrics)]
#[metrics(scope = "sequencer")]
pub(crate) struct SlotMetrics {
    /// Time to choose L1 messages and the other inputs of a block, in seconds
    pub(crate) payload_attributes_building_duration: Histogram,
    /// Blocks that were signed and appended
    pub(crate) blocks_total: Counter,
    /// Unix time of the last of them, in seconds
    pub(crate) last_block_timestamp_seconds: Gauge,
    /// L1 messages in them
    pub(crate) l1_messages_included_total: Counter,
    /// Blocks that were dropped because they had no transactions
    pub(crate) empty_blocks_total: Counter,
    /// Blocks that were not finished when the next slot began
    pub(crate) overruns_total: Counter,
    /// Blocks for which there was no signature
    pub(crate) sign_failures_total: Counter,
    /// L1 messages that are known and in no block, when the last block was begun
    pub(crate) l1_messages_pending: Gauge,
    /// L1 blocks since the first of them was enqueued
    pub(crate) l1_messages_oldest_pending_blocks: Gauge,
    /// 1 while the L1 message that is next cannot be included
    pub(crate) l1_queue_blocked: Gauge,
    /// Queue index of that message
    pub(crate) l1_queue_blocked_index: Gauge,
    /// 1 while slots are asked for
    pub(crate) enabled: Gauge,
    /// 1 while the signer is the authorized one
    pub(crate) authorized: Gauge,
}

/// Under the names by which they are known.
#[derive(Metrics)]
#[metrics(scope = "chain_orchestrator")]
pub(crate) struct BlockMetrics {
    /// Time from the start of a block to its payload, in seconds, empty ones included
    pub(crate) all_block_building_duration: Histogram,
    /// The same of blocks that are kept
    pub(crate) block_building_duration: Histogram,
    /// Time between two blocks that were kept, in seconds
    pub(crate) consecutive_block_interval: Histogram,
}

#[derive(Metrics)]
#[metrics(scope = "sequencer")]
struct SkippedMetrics {
    /// Slots without a block, by reason
    skipped_slots_total: Counter,
}
