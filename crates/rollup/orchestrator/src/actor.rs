//! The run loop: what the watcher tells goes to the core, and what follows is shown.

use crate::{
    core::{Core, Note},
    event::OrchestratorEvent,
    index::L1Index,
    metrics::OrchestratorMetrics,
    signers::{SignerChange, SignerSchedule},
};
use alloy_primitives::Address;
use rollup_l1::{L1Notification, L1WatcherStatus};
use rollup_sequencer::{L1Gate, SyncState};
use std::{future::pending, sync::Arc};
use tokio::sync::{
    broadcast::{
        self,
        error::{RecvError, TryRecvError},
    },
    watch,
};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

/// What others watch.
#[derive(Debug)]
pub(crate) struct Shown {
    pub(crate) sync: watch::Sender<SyncState>,
    pub(crate) authorized_signer: watch::Sender<Option<Address>>,
    pub(crate) gate: watch::Sender<L1Gate>,
    pub(crate) schedule: watch::Sender<SignerSchedule>,
}

/// Follows the watcher.
#[derive(Debug)]
pub(crate) struct Actor {
    pub(crate) core: Core,
    pub(crate) index: Arc<L1Index>,
    pub(crate) status: watch::Receiver<L1WatcherStatus>,
    pub(crate) notifications: broadcast::Receiver<L1Notification>,
    pub(crate) shown: Shown,
    pub(crate) events: broadcast::Sender<OrchestratorEvent>,
    pub(crate) metrics: OrchestratorMetrics,
    pub(crate) shutdown: CancellationToken,
}

impl Actor {
    pub(crate) async fn run(mut self) {
        self.status.mark_changed();
        let shutdown = self.shutdown.clone();
        // It holds nothing that is lost by being dropped.
        shutdown.run_until_cancelled(self.follow()).await;
    }

    async fn follow(&mut self) {
        loop {
            tokio::select! {
                biased;
                told = next(&mut self.notifications) => self.take(told),
                () = changed(&mut self.status) => self.follow_status(),
            }
        }
    }

    fn follow_status(&mut self) {
        let status = self.status.borrow_and_update().clone();
        // What was told before the status was shown comes before it.
        loop {
            let told = match self.notifications.try_recv() {
                Ok(notification) => Ok(notification),
                Err(TryRecvError::Lagged(count)) => Err(count),
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
            };
            self.take(told);
        }
        for note in self.core.follow_status(&status) {
            self.tell(note, &status);
        }
        self.show();
    }

    /// What the watcher told, or how much of it was missed.
    fn take(&mut self, told: Result<L1Notification, u64>) {
        let notification = match told {
            Ok(notification) => notification,
            Err(count) => return self.emit(OrchestratorEvent::EventsMissed { count }),
        };
        let note = self.core.follow(&notification);
        let event = OrchestratorEvent::of(&notification, |to| self.index.take_outcome(to));
        if let Some(event) = event {
            self.emit(event);
        }
        if let Some(note) = note {
            let status = self.status.borrow().clone();
            self.tell(note, &status);
        }
        self.show();
    }

    fn show(&self) {
        let Shown { sync, authorized_signer, gate, schedule } = &self.shown;
        // Whoever sees that L1 is synced sees the signer too.
        schedule.send_if_modified(|shown| {
            let is_new = shown != self.core.schedule();
            if is_new {
                shown.clone_from(self.core.schedule());
            }
            is_new
        });
        show(authorized_signer, self.core.authorized_signer());
        show(gate, self.core.gate());
        show(sync, self.core.sync());
    }

    fn tell(&self, note: Note, status: &L1WatcherStatus) {
        match note {
            Note::Signer(change) => self.tell_signer(change),
            Note::Synced(is_synced) => {
                self.metrics.l1_synced.set(f64::from(u8::from(is_synced)));
                let latest = status.latest.map(|block| block.number);
                if is_synced {
                    info!(target: "rollup_node::l1", ?latest, "L1 is synced");
                } else {
                    info!(
                        target: "rollup_node::l1",
                        ?latest, processed = ?status.processed, "L1 is read anew"
                    );
                }
            }
            Note::Stale(is_stale) => {
                self.metrics.l1_stale.set(f64::from(u8::from(is_stale)));
                let latest = status.latest.map(|block| block.number);
                let gate = self.core.gate();
                if is_stale {
                    warn!(
                        target: "rollup_node::l1",
                        ?latest, ?gate, "L1 is stale: there are no new L1 messages"
                    );
                } else {
                    info!(target: "rollup_node::l1", ?latest, "L1 is not stale any more");
                }
            }
            // The watcher says what it is.
            Note::Fault(is_faulty) => self.metrics.l1_fault.set(f64::from(u8::from(is_faulty))),
        }
    }

    fn tell_signer(&self, change: SignerChange) {
        let SignerChange { from, to, l1_block } = change;
        match from {
            Some(from) => {
                self.metrics.signer_changes_total.increment(1);
                info!(
                    target: "rollup_node::consensus",
                    signer = %to, before = %from, l1_block,
                    "The authorized signer is now another one"
                );
            }
            None => info!(
                target: "rollup_node::consensus",
                signer = %to, l1_block,
                "The authorized signer was read from L1"
            ),
        }
        self.emit(OrchestratorEvent::AuthorizedSignerChanged(change));
    }

    fn emit(&self, event: OrchestratorEvent) {
        // Nobody listening is fine.
        self.events.send(event).ok();
    }
}

fn show<T: PartialEq>(shown: &watch::Sender<T>, value: T) {
    shown.send_if_modified(|old| {
        let is_new = *old != value;
        *old = value;
        is_new
    });
}

/// What the watcher tells next, or how much of it was missed. Cancel-safe.
async fn next(
    notifications: &mut broadcast::Receiver<L1Notification>,
) -> Result<L1Notification, u64> {
    match notifications.recv().await {
        Ok(notification) => Ok(notification),
        Err(RecvError::Lagged(count)) => Err(count),
        Err(RecvError::Closed) => pending().await,
    }
}

/// Without a sender nothing changes any more. Cancel-safe.
async fn changed<T>(value: &mut watch::Receiver<T>) {
    if value.changed().await.is_err() {
        pending().await
    }
}
