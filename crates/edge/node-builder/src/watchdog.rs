//! Signs of life: a regular line in the log, and how long ago the engine last answered.

use crate::health::Pulse;
use rollup_engine::EngineHandle;
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
        info!(
            target: "rollup_node::status",
            head = forkchoice.head.number,
            safe = forkchoice.safe.number,
            finalized = forkchoice.finalized.number,
            pending = size.pending,
            queued = size.queued,
            sequencer = sequencer.map_or_else(|| "none".to_owned(), |state| state.to_string()),
            "Status"
        );
    }
}
