//! What the sequencer tells the world: logs, metrics, events and status.

use crate::{
    error::WorkError,
    event::{SequencerEvent, SkipReason},
    l1_messages::QueueProblem,
    machine::{Failure, Machine},
    metrics::SequencerMetrics,
    plan::Notes,
    slot_history::{NextL1Message, SlotBlock, SlotHistory},
    status::{HealthReason, SequencerState, SequencerStatus, StopReason},
    work::{Candidate, Steps, Tools},
};
use alloy_eips::BlockNumHash;
use alloy_primitives::Address;
use rollup_payload::BuiltPayload;
use rollup_primitives::ScrollTxEnvelope;
use rollup_runtime::Clock;
use rollup_storage::ExecutedBlock;
use std::{error::Error, sync::Arc, time::Duration};
use tokio::sync::{broadcast, watch};
use tracing::{debug, error, info, warn};

/// By how much the clock may be behind the parent without a word.
const CLOCK_TOLERANCE: Duration = Duration::from_secs(1);

/// What was told, so that nothing is told twice.
#[derive(Debug)]
pub(crate) struct Reporter {
    status: watch::Sender<SequencerStatus>,
    events: broadcast::Sender<SequencerEvent>,
    slots: SlotHistory,
    clock: Arc<dyn Clock>,
    /// When the block in hand was begun, by the clock's `now`.
    begun_at: Duration,
    /// Whether the block in hand has cost a slot.
    has_overrun: bool,
    /// When the last block was built that was kept, by the clock's `now`.
    last_kept_at: Option<Duration>,
    last_block: Option<BlockNumHash>,
    last_block_at: Option<Duration>,
    problem: Option<QueueProblem>,
    /// The promised block that waits for a message to come back.
    waits_for_l1: Option<u64>,
    is_clock_behind: bool,
    /// `None` before the first news.
    is_authorized: Option<bool>,
    is_l1_stale: bool,
}

impl Reporter {
    pub(crate) fn new(
        status: watch::Sender<SequencerStatus>,
        events: broadcast::Sender<SequencerEvent>,
        slots: SlotHistory,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            status,
            events,
            slots,
            clock,
            begun_at: Duration::ZERO,
            has_overrun: false,
            last_kept_at: None,
            last_block: None,
            last_block_at: None,
            problem: None,
            waits_for_l1: None,
            is_clock_behind: false,
            is_authorized: None,
            is_l1_stale: false,
        }
    }

    pub(crate) fn begun(&mut self, now: Duration) {
        self.begun_at = now;
        self.has_overrun = false;
        self.slots.begin(self.clock.unix_time());
    }

    /// The job of the slot runs.
    pub(crate) fn started(&mut self, parent: BlockNumHash, notes: &Notes) {
        self.waits_for_l1 = None;
        let waiting = self.clock.now().saturating_sub(self.begun_at);
        self.slots.note(|record| {
            record.parent = Some(parent);
            record.l1 = Some(notes.l1);
            record.phases.waiting = Some(waiting);
        });
    }

    /// Instead of a job there is a block that was promised.
    pub(crate) fn resumed(&self, block: &ExecutedBlock) {
        let waiting = self.clock.now().saturating_sub(self.begun_at);
        self.slots.note(|record| {
            record.is_resumed = true;
            record.block = Some(slot_block(block));
            record.phases.waiting = Some(waiting);
        });
    }

    /// The steps behind the sealed block took so long, whether they succeeded or not.
    pub(crate) fn took(&self, steps: Steps) {
        let Steps { proposing, signing, appending, announcing, signing_attempts } = steps;
        self.slots.note(|record| {
            record.phases.proposing = proposing;
            record.phases.signing = signing;
            record.phases.appending = appending;
            record.phases.announcing = announcing;
            record.signing_attempts = signing_attempts;
        });
    }

    /// A promised block is not the next one any more.
    pub(crate) fn gave_up(&self, promised: BlockNumHash, head: BlockNumHash) {
        warn!(
            target: "rollup_node::sequencer",
            number = promised.number,
            hash = %promised.hash,
            head_number = head.number,
            head_hash = %head.hash,
            "Dropped a block that was to be signed: it cannot become the head any more"
        );
    }

    pub(crate) fn check_clock(&mut self, notes: &Notes) {
        let is_behind = notes.clock_behind > CLOCK_TOLERANCE;
        if is_behind && !self.is_clock_behind {
            let behind_ms = notes.clock_behind.as_millis();
            warn!(
                target: "rollup_node::sequencer",
                behind_ms,
                "The clock is behind the last block; blocks repeat its timestamp"
            );
        }
        self.is_clock_behind = is_behind;
    }

    /// A job gave its block.
    pub(crate) fn built(
        &mut self,
        metrics: &SequencerMetrics,
        now: Duration,
        payload: &BuiltPayload,
        notes: &Notes,
    ) {
        metrics.blocks.all_block_building_duration.record(now.saturating_sub(self.begun_at));
        self.note_built(payload);
        let left_out = payload.skipped_l1_messages.first().copied();
        let left_out = left_out.filter(|index| notes.first_queue_index == Some(*index));
        let left_out = left_out.map(|queue_index| QueueProblem::LeftOut { queue_index });
        self.note_problem(metrics, notes.problem.or(left_out));
    }

    fn note_built(&self, payload: &BuiltPayload) {
        self.slots.note(|record| {
            let building_end = Some(payload.stop);
            record.block = Some(SlotBlock { building_end, ..slot_block(&payload.block) });
            record.phases.building = Some(payload.building);
            record.phases.sealing = Some(payload.sealing);
            if let Some(l1) = &mut record.l1 {
                l1.included = payload.l1_messages as u64;
                if !payload.skipped_l1_messages.is_empty() {
                    l1.next = NextL1Message::LeftOut;
                }
            }
        });
    }

    fn note_problem(&mut self, metrics: &SequencerMetrics, problem: Option<QueueProblem>) {
        if self.problem == problem {
            return;
        }
        self.problem = problem;
        metrics.slots.l1_queue_blocked.set(f64::from(u8::from(problem.is_some())));
        match problem {
            Some(problem) => {
                let queue_index = problem.queue_index();
                metrics.slots.l1_queue_blocked_index.set(queue_index as f64);
                error!(
                    target: "rollup_node::sequencer",
                    queue_index, %problem,
                    "The next L1 message cannot be included; blocks go on without L1 messages"
                );
            }
            None => info!(target: "rollup_node::sequencer", "L1 messages are included again"),
        }
    }

    /// A block is about to be signed.
    pub(crate) fn signing(
        &mut self,
        metrics: &SequencerMetrics,
        now: Duration,
        candidate: &Candidate,
    ) {
        let BlockNumHash { number, hash } = candidate.block().id();
        match candidate {
            Candidate::Built(payload) => {
                let block = &payload.block.block;
                info!(
                    target: "rollup_node::sequencer",
                    id = %payload.id,
                    number,
                    %hash,
                    txs = payload.transactions,
                    l1_msgs = payload.l1_messages,
                    gas = block.gas_used,
                    size = block.rlp_length(),
                    build_ms = (payload.building + payload.sealing).as_millis(),
                    "Built payload"
                );
                metrics.blocks.block_building_duration.record(now.saturating_sub(self.begun_at));
                if let Some(last) = self.last_kept_at.replace(now) {
                    metrics.blocks.consecutive_block_interval.record(now.saturating_sub(last));
                }
                self.emit(SequencerEvent::BlockSequenced(candidate.block().id()));
            }
            Candidate::Promised(_) => info!(
                target: "rollup_node::sequencer",
                number, %hash,
                "Resuming the block that was to be signed"
            ),
        }
    }

    /// A block is the head and announced.
    pub(crate) fn finished(&mut self, tools: &Tools, block: Arc<ExecutedBlock>) {
        self.waits_for_l1 = None;
        let slots = &tools.metrics.slots;
        let transactions = &block.block.body().transactions;
        let l1_messages = transactions.iter().filter(|tx| ScrollTxEnvelope::is_l1_message(tx));
        slots.l1_messages_included_total.increment(l1_messages.count() as u64);
        slots.blocks_total.increment(1);
        let unix_time = tools.clock.unix_time();
        slots.last_block_timestamp_seconds.set(unix_time.as_secs_f64());
        self.last_block = Some(block.id());
        self.last_block_at = Some(unix_time);
        self.slots.made(block.id(), unix_time);
        self.emit(SequencerEvent::SignedBlock(block));
    }

    pub(crate) fn failed(&mut self, err: &WorkError, failure: Failure) {
        self.waits_for_l1 = match err {
            WorkError::MessageLost { number, is_replaced: false, .. } => Some(*number),
            _ => None,
        };
        self.slots.note(|record| record.failure = Some(err.summary().into()));
        let err: &(dyn Error + 'static) = err;
        match failure {
            Failure::HeadMoved | Failure::L1Reorg => {
                debug!(target: "rollup_node::sequencer", err, "Block dropped");
            }
            Failure::Once(stage) => {
                error!(target: "rollup_node::sequencer", err, %stage, "The slot failed");
            }
            Failure::ForGood(_) => {
                error!(target: "rollup_node::sequencer", err, "The slot failed for good");
            }
        }
    }

    pub(crate) fn skipped(
        &mut self,
        metrics: &SequencerMetrics,
        reason: SkipReason,
        slots: u64,
        head: BlockNumHash,
    ) {
        metrics.on_skipped(reason, slots);
        self.slots.skipped(reason, slots, self.clock.unix_time());
        if reason == SkipReason::Overrun && !self.has_overrun {
            self.has_overrun = true;
            metrics.slots.overruns_total.increment(1);
        }
        // A standby would say so for ever, and L1 may be away for long.
        if !matches!(reason, SkipReason::NotAuthorized | SkipReason::L1Stale) {
            debug!(target: "rollup_node::sequencer", %reason, slots, "Slot skipped");
        }
        if reason == SkipReason::Empty {
            metrics.slots.empty_blocks_total.increment(1);
            self.emit(SequencerEvent::BlockBuildingSkipped { parent: head });
        } else {
            self.emit(SequencerEvent::SlotSkipped { reason, slots });
        }
    }

    pub(crate) fn stopped(&self, reason: StopReason) {
        self.slots.stopped(reason);
        error!(
            target: "rollup_node::sequencer",
            %reason,
            "Sequencing stopped; enable it again when the cause is gone"
        );
    }

    pub(crate) fn follow_authorized_signer(
        &mut self,
        metrics: &SequencerMetrics,
        signer: Address,
        authorized: Option<Address>,
    ) {
        let is_authorized = authorized.is_none_or(|authorized| authorized == signer);
        metrics.slots.authorized.set(f64::from(u8::from(is_authorized)));
        let before = self.is_authorized.replace(is_authorized);
        match (is_authorized, authorized) {
            _ if before == Some(is_authorized) => {}
            (false, Some(authorized)) => warn!(
                target: "rollup_node::sequencer",
                %signer, %authorized,
                "The signer is not the authorized one; slots pass without a block"
            ),
            (true, _) if before.is_some() => info!(
                target: "rollup_node::sequencer",
                %signer,
                "The signer is the authorized one now"
            ),
            _ => {}
        }
    }

    fn note_l1_stale(&mut self, is_l1_stale: bool) {
        match (self.is_l1_stale, is_l1_stale) {
            (false, true) => warn!(
                target: "rollup_node::sequencer",
                "What is known of L1 is too old; slots pass without a block"
            ),
            (true, false) => info!(
                target: "rollup_node::sequencer",
                "Slots do not wait for L1 any more"
            ),
            _ => {}
        }
        self.is_l1_stale = is_l1_stale;
    }

    /// Shows the state, if it is another than before.
    pub(crate) fn publish(&mut self, metrics: &SequencerMetrics, machine: &Machine) {
        let (state, failures) = (machine.state(), machine.failures());
        self.note_l1_stale(state == SequencerState::L1Stale);
        let mut health_reasons = Vec::new();
        match state {
            SequencerState::Failed(reason) => health_reasons.push(HealthReason::Stopped(reason)),
            SequencerState::L1Stale => health_reasons.push(HealthReason::L1Stale),
            _ if failures > 0 => health_reasons.push(HealthReason::Failing { slots: failures }),
            _ => {}
        }
        let queue_index = self.problem.map(QueueProblem::queue_index);
        health_reasons
            .extend(queue_index.map(|queue_index| HealthReason::L1QueueBlocked { queue_index }));
        health_reasons
            .extend(self.waits_for_l1.map(|number| HealthReason::WaitingForL1 { number }));
        let status = SequencerStatus {
            state,
            is_enabled: machine.is_enabled(),
            last_block: self.last_block,
            last_block_at: self.last_block_at,
            consecutive_failures: failures,
            health_reasons,
        };
        metrics.slots.enabled.set(f64::from(u8::from(status.is_enabled)));
        self.status.send_if_modified(|shown| {
            let is_new = *shown != status;
            if is_new {
                *shown = status;
            }
            is_new
        });
    }

    fn emit(&self, event: SequencerEvent) {
        // Nobody listening is fine.
        self.events.send(event).ok();
    }
}

/// What a slot remembers of a block that was built before.
fn slot_block(block: &ExecutedBlock) -> SlotBlock {
    let transactions = &block.block.body().transactions;
    let l1_messages = transactions.iter().filter(|tx| ScrollTxEnvelope::is_l1_message(tx));
    SlotBlock {
        id: block.id(),
        transactions: transactions.len(),
        l1_messages: l1_messages.count(),
        gas_used: block.block.gas_used,
        building_end: None,
    }
}
