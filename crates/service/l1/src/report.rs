//! What the watcher tells: status, notifications, metrics, log lines.

use crate::{
    config::L1WatcherConfig,
    decode::DecodedBlock,
    error::StepError,
    metrics::{AuditOutcome, WatcherMetrics},
    notification::L1Notification,
    status::{L1BlockRef, L1Fault, L1WatcherStatus},
};
use parking_lot::Mutex;
use rollup_runtime::Clock;
use rollup_storage::L1Event;
use std::{
    mem::{Discriminant, discriminant},
    sync::Arc,
    time::Duration,
};
use tokio::sync::{broadcast, watch};
use tracing::{debug, error, info, warn};

/// Tells others what the watcher does and finds. What it says of the storage is durable.
#[derive(Debug)]
pub(crate) struct Reporter {
    clock: Arc<dyn Clock>,
    status: watch::Sender<L1WatcherStatus>,
    notifications: broadcast::Sender<L1Notification>,
    metrics: WatcherMetrics,
    liveness_threshold: Duration,
    liveness_check_interval: Duration,
    stale_after: Duration,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// When a step last succeeded, by [`Clock::now`]; before the first one, when it all began.
    last_progress: Duration,
    /// When the watcher began, by the wall.
    started_at: Duration,
    /// What kind of error the last step ended with.
    failing: Option<Discriminant<StepError>>,
    is_alarmed: bool,
    has_signer_error: bool,
}

impl Reporter {
    pub(crate) fn new(
        config: &L1WatcherConfig,
        clock: Arc<dyn Clock>,
        status: watch::Sender<L1WatcherStatus>,
        notifications: broadcast::Sender<L1Notification>,
    ) -> Self {
        let state = State {
            last_progress: clock.now(),
            started_at: clock.unix_time(),
            failing: None,
            is_alarmed: false,
            has_signer_error: false,
        };
        Self {
            clock,
            status,
            notifications,
            metrics: WatcherMetrics::default(),
            liveness_threshold: config.liveness_threshold,
            liveness_check_interval: config.liveness_check_interval,
            stale_after: config.stale_after,
            state: Mutex::new(state),
        }
    }

    pub(crate) fn is_synced(&self) -> bool {
        self.status.borrow().is_synced
    }

    pub(crate) fn latest(&self) -> Option<L1BlockRef> {
        self.status.borrow().latest
    }

    fn update(&self, change: impl FnOnce(&mut L1WatcherStatus)) {
        self.status.send_if_modified(|status| {
            let before = status.clone();
            change(status);
            *status != before
        });
    }

    fn notify(&self, notification: L1Notification) {
        // Fails if nobody listens.
        self.notifications.send(notification).ok();
    }

    /// The latest block, as it is known to the storage too.
    pub(crate) fn new_latest(&self, latest: L1BlockRef) {
        if self.latest() == Some(latest) {
            return;
        }
        self.update(|status| status.latest = Some(latest));
        self.metrics.l1.latest_block.set(gauge(latest.number));
        self.metrics.l1.latest_block_timestamp_seconds.set(gauge(latest.timestamp));
        debug!(target: "rollup_node::l1", number = latest.number, hash = %latest.hash, "new L1 block");
        self.notify(L1Notification::NewBlock(latest));
    }

    pub(crate) fn safe(&self, safe: L1BlockRef) {
        self.update(|status| status.safe = Some(safe));
        self.metrics.l1.safe_block.set(gauge(safe.number));
    }

    pub(crate) fn finalized(&self, finalized: L1BlockRef) {
        self.update(|status| status.finalized = Some(finalized));
        self.metrics.l1.finalized_block.set(gauge(finalized.number));
        self.notify(L1Notification::Finalized(finalized.number));
    }

    pub(crate) fn signer(&self, signer: Option<alloy_primitives::Address>, at: L1BlockRef) {
        let before = self.status.borrow().signer;
        if before != signer {
            info!(target: "rollup_node::l1", ?signer, ?before, l1_block = at.number,
                "the L1 system contract names a signer");
        }
        self.state.lock().has_signer_error = false;
        self.update(|status| {
            status.signer = signer;
            status.signer_l1_block = Some(at);
        });
    }

    pub(crate) fn signer_failed(&self, err: &StepError) {
        let known = std::mem::replace(&mut self.state.lock().has_signer_error, true);
        if !known {
            warn!(target: "rollup_node::l1", %err, "cannot read the signer of the L1 system contract");
        }
    }

    pub(crate) fn held_headers(&self, count: usize) {
        self.metrics.l1.held_headers.set(gauge(u64::try_from(count).unwrap_or(u64::MAX)));
    }

    /// Where a start begins, without anything new.
    pub(crate) fn resumed(&self, processed: u64) {
        self.update(|status| status.processed = Some(processed));
        self.metrics.l1.processed_block.set(gauge(processed));
    }

    /// Blocks that were applied, and that nothing else is to be applied up to `processed`.
    pub(crate) fn applied(&self, blocks: &[DecodedBlock], processed: u64) {
        for decoded in blocks {
            self.block_applied(decoded);
        }
        self.resumed(processed);
        debug!(target: "rollup_node::l1", processed, events = blocks.len(), "processed L1 blocks");
        self.notify(L1Notification::Processed(processed));
    }

    fn block_applied(&self, decoded: &DecodedBlock) {
        let block = &decoded.block;
        let (number, hash, timestamp) = (block.number, block.hash, block.timestamp);
        let l1_block = L1BlockRef { number, hash, timestamp };
        let metrics = &self.metrics.l1;
        for event in &block.events {
            self.notify(match event {
                L1Event::MessageEnqueued(enqueued) => {
                    metrics.l1_messages.increment(1);
                    let queue_index = enqueued.message.queue_index;
                    L1Notification::MessageEnqueued { queue_index, l1_block }
                }
                L1Event::BatchCommitted(committed) => {
                    metrics.batch_commits.increment(1);
                    let batch = committed.batch;
                    L1Notification::BatchCommitted {
                        index: batch.index,
                        hash: batch.hash,
                        l1_block,
                    }
                }
                L1Event::BatchFinalized { batch, .. } => {
                    metrics.batch_finalizations.increment(1);
                    L1Notification::BatchFinalized {
                        index: batch.index,
                        hash: batch.hash,
                        l1_block,
                    }
                }
                L1Event::BatchReverted(batch) => {
                    metrics.batch_reverts.increment(1);
                    L1Notification::BatchReverted { index: batch.index, hash: batch.hash, l1_block }
                }
                L1Event::BatchesReverted { first, last } => {
                    metrics.batch_reverts.increment(1);
                    L1Notification::BatchesReverted { first: *first, last: *last, l1_block }
                }
            });
        }
        for &signer in &decoded.signers {
            self.notify(L1Notification::SignerUpdated { signer, l1_block });
        }
    }

    pub(crate) fn reorged(&self, to: u64, depth: u64) {
        warn!(target: "rollup_node::l1", to, depth, "L1 reorg");
        self.metrics.l1.reorgs.increment(1);
        self.metrics.l1.reorg_depths.record(gauge(depth));
        self.resumed(to);
        self.notify(L1Notification::Reorg { to, depth });
    }

    pub(crate) fn rewound(&self, to: u64) {
        info!(target: "rollup_node::l1", to, "L1 is read again");
        self.metrics.l1.rewinds_total.increment(1);
        self.metrics.l1.synced.set(0.0);
        self.update(|status| status.is_synced = false);
        self.resumed(to);
        self.notify(L1Notification::Rewound { to });
    }

    pub(crate) fn audited(&self, outcome: AuditOutcome) {
        self.metrics.on_audit(outcome);
    }

    pub(crate) fn synced(&self) {
        if self.is_synced() {
            return;
        }
        self.update(|status| status.is_synced = true);
        self.metrics.l1.synced.set(1.0);
        info!(target: "rollup_node::l1", processed = self.status.borrow().processed, "L1 is now synced");
        self.notify(L1Notification::Synced);
    }

    /// A look at L1 succeeded. `fault` remains if one is not gone by that.
    pub(crate) fn step_succeeded(&self, fault: Option<L1Fault>) {
        let mut state = self.state.lock();
        state.last_progress = self.clock.now();
        if state.failing.take().is_some() {
            info!(target: "rollup_node::l1", "L1 can be followed again");
        }
        drop(state);
        let at = self.clock.unix_time();
        self.metrics.l1.last_progress_timestamp_seconds.set(at.as_secs_f64());
        self.update(|status| status.last_progress_at = Some(at));
        self.set_fault(fault);
        self.check_staleness();
    }

    /// A look at L1 failed. One line for each kind of failure in a row.
    pub(crate) fn step_failed(&self, err: &StepError) {
        self.metrics.l1.failed_steps_total.increment(1);
        let kind = discriminant(err);
        let known = self.state.lock().failing.replace(kind) == Some(kind);
        match err {
            StepError::Fault(fault) => self.set_fault(Some(*fault)),
            StepError::Sink(err) if !known => {
                error!(target: "rollup_node::l1", ?err, "what L1 did cannot be stored; trying again");
            }
            StepError::Read(_)
            | StepError::NotKnownYet { .. }
            | StepError::ForksBelow { .. }
            | StepError::Unconfirmed { .. }
                if !known =>
            {
                warn!(target: "rollup_node::l1", %err, "L1 cannot be followed; trying again");
            }
            _ => debug!(target: "rollup_node::l1", %err, "L1 still cannot be followed"),
        }
        self.check_staleness();
    }

    pub(crate) fn set_fault(&self, fault: Option<L1Fault>) {
        let before = self.status.borrow().fault;
        let kind = |fault: Option<L1Fault>| fault.as_ref().map(discriminant);
        if kind(before) != kind(fault) {
            match fault {
                Some(fault) => {
                    self.metrics.l1.faults_total.increment(1);
                    error!(target: "rollup_node::l1", %fault, "the L1 endpoints are at fault");
                }
                None => info!(target: "rollup_node::l1", "the fault of the L1 endpoints is gone"),
            }
        }
        self.metrics.l1.fault.set(f64::from(u8::from(fault.is_some())));
        self.update(|status| status.fault = fault);
    }

    /// Looks at the age of what is known, again and again.
    pub(crate) async fn watch_liveness(&self) {
        loop {
            let next = self.clock.now().saturating_add(self.liveness_check_interval);
            self.clock.sleep_until(next).await;
            self.check_liveness();
            self.check_staleness();
        }
    }

    fn check_liveness(&self) {
        let age = self.latest_age();
        let is_alarmed = age > self.liveness_threshold;
        let was_alarmed = std::mem::replace(&mut self.state.lock().is_alarmed, is_alarmed);
        let latest = self.latest().map(|latest| latest.number);
        self.metrics.l1.liveness_failing.set(f64::from(u8::from(is_alarmed)));
        if is_alarmed {
            error!(target: "rollup_node::l1", ?latest, age_seconds = age.as_secs(),
                "L1 liveness check failed: no new L1 block received");
        } else if was_alarmed {
            info!(target: "rollup_node::l1", ?latest, "there are new L1 blocks again");
        }
    }

    /// Age of the newest block; before there is one, the time that the watcher has waited for it.
    fn latest_age(&self) -> Duration {
        let since = self.latest().map(|latest| Duration::from_secs(latest.timestamp));
        let since = since.unwrap_or_else(|| self.state.lock().started_at);
        self.clock.unix_time().saturating_sub(since)
    }

    fn check_staleness(&self) {
        let without = self.clock.now().saturating_sub(self.state.lock().last_progress);
        let is_stale = self.latest_age() > self.stale_after || without > self.stale_after;
        self.metrics.l1.stale.set(f64::from(u8::from(is_stale)));
        let was_stale = self.status.borrow().is_stale;
        match (was_stale, is_stale) {
            (false, true) => warn!(target: "rollup_node::l1", "what is known of L1 is stale"),
            (true, false) => info!(target: "rollup_node::l1", "what is known of L1 is fresh again"),
            _ => {}
        }
        self.update(|status| status.is_stale = is_stale);
    }
}

#[expect(clippy::cast_precision_loss, reason = "a metric is a float")]
const fn gauge(number: u64) -> f64 {
    number as f64
}
