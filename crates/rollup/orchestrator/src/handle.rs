//! What others watch.

use crate::{event::OrchestratorEvent, report::L1Report, signers::AuthorizedSigners};
use alloy_primitives::Address;
use rollup_l1::L1WatcherStatus;
use rollup_runtime::Clock;
use rollup_sequencer::{L1Gate, SyncState};
use rollup_storage::L1Progress;
use std::sync::Arc;
use tokio::sync::{broadcast, watch};

/// What others watch. Cloning gives another one. None of its methods waits.
#[derive(Clone, Debug)]
pub struct OrchestratorHandle {
    pub(crate) sync: watch::Receiver<SyncState>,
    pub(crate) authorized_signer: watch::Receiver<Option<Address>>,
    pub(crate) gate: watch::Receiver<L1Gate>,
    pub(crate) progress: watch::Receiver<L1Progress>,
    pub(crate) signers: AuthorizedSigners,
    pub(crate) status: watch::Receiver<L1WatcherStatus>,
    pub(crate) events: broadcast::WeakSender<OrchestratorEvent>,
    pub(crate) clock: Arc<dyn Clock>,
}

impl OrchestratorHandle {
    /// Whether L1 is known up to its tip, and the authorized signer too. False again from when L1 is
    /// read anew until that is done.
    pub fn watch_sync(&self) -> watch::Receiver<SyncState> {
        self.sync.clone()
    }

    /// The authorized signer; `None` if anybody may sign, and while it is not known. As long as that
    /// is so, L1 is not synced.
    pub fn watch_authorized_signer(&self) -> watch::Receiver<Option<Address>> {
        self.authorized_signer.clone()
    }

    /// What the state of L1 lets the sequencer do.
    pub fn watch_gate(&self) -> watch::Receiver<L1Gate> {
        self.gate.clone()
    }

    /// How far L1 is stored. The latest block goes back by an L1 reorg alone.
    pub fn watch_progress(&self) -> watch::Receiver<L1Progress> {
        self.progress.clone()
    }

    /// Judges who signed the blocks of others.
    pub const fn authorized_signers(&self) -> &AuthorizedSigners {
        &self.signers
    }

    /// How L1 is now.
    pub fn report(&self) -> L1Report {
        let is_synced = self.sync.borrow().l1_synced;
        let signer = *self.authorized_signer.borrow();
        L1Report::new(&self.status.borrow(), is_synced, signer, self.clock.unix_time())
    }

    /// What happens on L1 from now on. Who is slow loses the oldest events.
    pub fn subscribe(&self) -> broadcast::Receiver<OrchestratorEvent> {
        // Of one that has ended: a receiver that says so.
        self.events.upgrade().map_or_else(|| broadcast::channel(1).1, |events| events.subscribe())
    }
}
