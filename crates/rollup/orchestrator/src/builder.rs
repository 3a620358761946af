//! From settings to what follows L1.

use crate::{
    actor::{Actor, Shown},
    config::{EVENT_CAPACITY, OrchestratorConfig},
    core::Core,
    handle::OrchestratorHandle,
    index::L1Index,
    metrics::OrchestratorMetrics,
    signers::AuthorizedSigners,
};
use rollup_l1::{L1Notification, L1WatcherStatus};
use rollup_runtime::Clock;
use std::{future::Future, sync::Arc};
use tokio::sync::{broadcast, watch};
use tokio_util::sync::CancellationToken;

/// What an orchestrator works with.
#[derive(Debug)]
pub struct OrchestratorParts {
    /// Where the watcher takes what it finds.
    pub index: Arc<L1Index>,
    /// How the watcher is.
    pub status: watch::Receiver<L1WatcherStatus>,
    /// What the watcher tells, from before it runs.
    pub notifications: broadcast::Receiver<L1Notification>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Tells the orchestrator to end.
    pub shutdown: CancellationToken,
}

/// An orchestrator that does not run yet.
#[derive(Debug)]
pub struct OrchestratorBuilder {
    actor: Actor,
    handle: OrchestratorHandle,
}

impl OrchestratorBuilder {
    /// An orchestrator with these settings.
    pub fn new(config: OrchestratorConfig, parts: OrchestratorParts) -> Self {
        let OrchestratorParts { index, status, notifications, clock, shutdown } = parts;
        let core = Core::new(config);
        let (sync, followed_sync) = watch::channel(core.sync());
        let (authorized_signer, followed_signer) = watch::channel(core.authorized_signer());
        let (gate, followed_gate) = watch::channel(core.gate());
        let (schedule, followed_schedule) = watch::channel(core.schedule().clone());
        let (events, _) = broadcast::channel(EVENT_CAPACITY);
        let handle = OrchestratorHandle {
            sync: followed_sync,
            authorized_signer: followed_signer,
            gate: followed_gate,
            progress: index.watch_progress(),
            signers: AuthorizedSigners::new(config.signers, followed_schedule),
            status: status.clone(),
            events: events.downgrade(),
            clock,
        };
        let shown = Shown { sync, authorized_signer, gate, schedule };
        let metrics = OrchestratorMetrics::default();
        let actor = Actor { core, index, status, notifications, shown, events, metrics, shutdown };
        Self { actor, handle }
    }

    /// A handle, which may be given away before the orchestrator runs.
    pub fn handle(&self) -> OrchestratorHandle {
        self.handle.clone()
    }

    /// The life of the orchestrator: until it is told to end.
    pub fn build(self) -> impl Future<Output = ()> + Send + 'static {
        self.actor.run()
    }
}
