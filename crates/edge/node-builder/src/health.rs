//! What the probes are told.

use crate::l1::NodeL1;
use alloy_eips::BlockNumHash;
use alloy_primitives::Address;
use parking_lot::Mutex;
use rollup_engine::EngineHandle;
use rollup_l1_client::L1EndpointStatus;
use rollup_orchestrator::L1State as State;
use rollup_runtime::Clock;
use rollup_sequencer::{L1Gate, SequencerHandle, SequencerState};
use rollup_storage::CanonicalChange;
use rollup_telemetry::{
    BlockHealth, Health, HealthSource, L1EndpointHealth, L1Health, L1State, Role, SequencerHealth,
    SequencerState as Activity,
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::sync::watch;

/// When the engine last answered.
#[derive(Debug)]
pub(crate) struct Pulse(Mutex<Duration>);

impl Pulse {
    /// By the clock's `now`.
    pub(crate) const fn new(now: Duration) -> Self {
        Self(Mutex::new(now))
    }

    pub(crate) fn beat(&self, now: Duration) {
        *self.0.lock() = now;
    }

    fn last(&self) -> Duration {
        *self.0.lock()
    }
}

/// Timestamp of the head, in seconds, for those who must not look into the database.
#[derive(Debug)]
pub(crate) struct HeadTime(AtomicU64);

impl HeadTime {
    pub(crate) const fn new(timestamp: u64) -> Self {
        Self(AtomicU64::new(timestamp))
    }

    pub(crate) fn follow(&self, change: &CanonicalChange) {
        if let Some(last) = change.added.last() {
            self.0.store(last.block.timestamp, Ordering::Relaxed);
        }
    }
}

/// What the probes are told, all of it from memory.
#[derive(Debug)]
pub(crate) struct NodeHealthSource {
    pub(crate) engine: EngineHandle,
    pub(crate) sequencer: Option<(SequencerHandle, Address)>,
    /// What follows L1, and what that lets the sequencer do.
    pub(crate) l1: Option<(NodeL1, watch::Receiver<L1Gate>)>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) pulse: Arc<Pulse>,
    pub(crate) head_time: Arc<HeadTime>,
    pub(crate) is_serving: Arc<AtomicBool>,
}

impl HealthSource for NodeHealthSource {
    fn health(&self) -> Health {
        let forkchoice = self.engine.forkchoice();
        let head_time = Duration::from_secs(self.head_time.0.load(Ordering::Relaxed));
        Health {
            role: if self.sequencer.is_some() { Role::Sequencer } else { Role::Follower },
            loop_age: self.clock.now().saturating_sub(self.pulse.last()),
            is_serving: self.is_serving.load(Ordering::Relaxed),
            is_l2_synced: true,
            head: block(forkchoice.head),
            head_age: self.clock.unix_time().saturating_sub(head_time),
            safe: block(forkchoice.safe),
            finalized: block(forkchoice.finalized),
            l1: self.l1.as_ref().map(|(l1, gate)| {
                let unsafe_blocks = forkchoice.head.number.saturating_sub(forkchoice.safe.number);
                l1_health(l1, !gate.borrow().permits(unsafe_blocks))
            }),
            peers: None,
            sequencer: self.sequencer.as_ref().map(|(sequencer, signer)| {
                let state = sequencer.status().state;
                SequencerHealth {
                    signer: *signer,
                    is_authorized: state != SequencerState::NotAuthorized,
                    state: match state {
                        SequencerState::Disabled => Activity::Stopped,
                        SequencerState::Failed(_) => Activity::Failed,
                        SequencerState::WaitingForSync
                        | SequencerState::NotAuthorized
                        | SequencerState::L1Stale
                        | SequencerState::Idle
                        | SequencerState::Building
                        | SequencerState::Signing => Activity::Active,
                    },
                }
            }),
        }
    }
}

fn l1_health(l1: &NodeL1, holds_blocks: bool) -> L1Health {
    let report = l1.orchestrator.report();
    let endpoint =
        |status: L1EndpointStatus| L1EndpointHealth { url: status.url, state: status.state.name() };
    L1Health {
        is_synced: l1.orchestrator.watch_sync().borrow().l1_synced,
        state: match report.state {
            State::Unreachable => L1State::Unreachable,
            State::Stale => L1State::Stale,
            State::Syncing => L1State::Syncing,
            State::Synced => L1State::Synced,
            State::Fault => L1State::Faulty,
        },
        lag: report.latest_age,
        holds_blocks,
        endpoints: l1.client.endpoints().into_iter().map(endpoint).collect(),
    }
}

const fn block(block: BlockNumHash) -> BlockHealth {
    BlockHealth { number: block.number, hash: block.hash }
}
