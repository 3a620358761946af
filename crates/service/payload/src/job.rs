//! One job, as whoever started it sees it.

use crate::{built::BuiltPayload, error::PayloadError, signals::Signals};
use alloy_eips::BlockNumHash;
use rollup_primitives::PayloadId;
use std::sync::Arc;
use tokio::sync::oneshot;

/// What a job comes to.
pub(crate) type PayloadResult = Result<BuiltPayload, PayloadError>;

/// A block that is being built. Dropping this gives it up: the thread ends before the next
/// transaction, or in place of sealing.
#[derive(Debug)]
pub struct PayloadJob {
    id: PayloadId,
    parent: BlockNumHash,
    signals: Arc<Signals>,
    result: oneshot::Receiver<PayloadResult>,
}

impl PayloadJob {
    pub(crate) const fn new(
        id: PayloadId,
        parent: BlockNumHash,
        signals: Arc<Signals>,
        result: oneshot::Receiver<PayloadResult>,
    ) -> Self {
        Self { id, parent, signals, result }
    }

    /// Names the job.
    pub const fn id(&self) -> PayloadId {
        self.id
    }

    /// The block that it builds on.
    pub const fn parent(&self) -> BlockNumHash {
        self.parent
    }

    /// Takes no more transactions. Returns at once; a second call does nothing.
    pub fn seal(&self) {
        self.signals.seal();
    }

    /// Waits for the payload: until the block is full or [`Self::seal`] is called, and then for as
    /// long as sealing takes. The first call that completes gets it.
    ///
    /// Cancel-safe.
    ///
    /// # Errors
    /// See [`PayloadError`].
    pub async fn wait(&mut self) -> Result<BuiltPayload, PayloadError> {
        if self.result.is_terminated() {
            return Err(PayloadError::Taken);
        }
        // The sender is dropped without a result by a panic alone.
        (&mut self.result).await.unwrap_or(Err(PayloadError::Stopped))
    }
}

impl Drop for PayloadJob {
    fn drop(&mut self) {
        self.signals.cancel();
    }
}
