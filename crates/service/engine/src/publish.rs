//! Telling others what became of the chain.

use rollup_storage::{CanonicalChange, ForkchoiceState};
use std::{fmt, sync::Arc};
use tokio::sync::{broadcast, watch};

/// Called on the engine's thread with every change of the chain, before the request that made it is
/// answered. Returns at once.
pub type ChangeListener = Arc<dyn Fn(&Arc<CanonicalChange>) + Send + Sync>;

/// Everybody who is told.
pub(crate) struct Publisher {
    pub(crate) listeners: Vec<ChangeListener>,
    pub(crate) changes: broadcast::Sender<Arc<CanonicalChange>>,
    pub(crate) forkchoice: watch::Sender<ForkchoiceState>,
}

impl Publisher {
    pub(crate) fn change(&self, change: &Arc<CanonicalChange>, forkchoice: ForkchoiceState) {
        for listener in &self.listeners {
            listener(change);
        }
        self.forkchoice(forkchoice);
        // Nobody listening is fine.
        self.changes.send(Arc::clone(change)).ok();
    }

    /// What was told last.
    pub(crate) fn told(&self) -> ForkchoiceState {
        *self.forkchoice.borrow()
    }

    pub(crate) fn forkchoice(&self, forkchoice: ForkchoiceState) {
        self.forkchoice.send_replace(forkchoice);
    }
}

impl fmt::Debug for Publisher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Publisher")
            .field("listeners", &self.listeners.len())
            .finish_non_exhaustive()
    }
}
