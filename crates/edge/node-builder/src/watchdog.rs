//! Signs of life: a regular line in the log, and how long ago the engine last answered.

use crate::health::Pulse;
use rollup_engine::EngineHandle;
use rollup_orchestrator::{L1Report, OrchestratorHandle};
use rollup_runtime::Clock;
use rollup_sequencer::SequencerHandle;
use rollup_txpool::Txpool;
use std::{sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;
use tracing::info;

/// How often the engine is asked whether it lives.
const PULSE_INTERVAL: Duration = Duration::from_secs(1);
/// Pulses between two lines in the log.
const PULSES_PER_LINE: u64 = 10;

/// What is watched.
#[derive(Debug)]
pub(crate) struct Watchdog {
    pub(crate) engine: EngineHandle,
    pub(crate) txpool: Txpool,
    pub(crate) sequencer: Option<SequencerHandle>,
    /// `None` of a node that follows no L1.
    pub(crate) l1: Option<OrchestratorHandle>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) pulse: Arc<Pulse>,
}

impl Watchdog {
    /// Watches until it is cancelled.
    pub(crate) async fn run(self, cancel: CancellationToken) {
        cancel.run_until_cancelled(self.watch()).await;
    }

    async fn watch(self) {
        let mut pulses: u64 = 0;
        let mut due = self.clock.now();
        loop {
            if self.engine.ping().await.is_ok() {
                self.pulse.beat(self.clock.now());
            }
            pulses += 1;
            if pulses.is_multiple_of(PULSES_PER_LINE) {
                self.report();
            }
            // From now on, not from when it was due: after a pause there is nothing to catch up on.
            due = self.clock.now().max(due) + PULSE_INTERVAL;
            self.clock.sleep_until(due).await;
        }
    }

    fn report(&self) {
        let forkchoice = self.engine.forkchoice();
        let size = self.txpool.size();
        let sequencer = self.sequencer.as_ref().map(|sequencer| sequencer.status().state);
        let l1 = self.l1.as_ref().map(OrchestratorHandle::report);
        let of_l1 = |number: fn(&L1Report) -> Option<u64>| l1.as_ref().and_then(number);
        info!(
            target: "rollup_node::status",
            head = forkchoice.head.number,
            safe = forkchoice.safe.number,
            finalized = forkchoice.finalized.number,
            l1 = l1.as_ref().map_or("none", |l1| l1.state.as_str()),
            l1_latest = of_l1(|l1| l1.latest.map(|block| block.number)),
            l1_finalized = of_l1(|l1| l1.finalized.map(|block| block.number)),
            l1_processed = of_l1(|l1| l1.processed),
            pending = size.pending,
            queued = size.queued,
            sequencer = sequencer.map_or_else(|| "none".to_owned(), |state| state.to_string()),
            "Status"
        );
    }
}
