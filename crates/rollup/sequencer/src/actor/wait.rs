//! Waiting for whatever happens next.

use crate::{
    actor::Actor,
    error::WorkError,
    message::Command,
    plan::Notes,
    work::{Begun, Steps},
};
use alloy_eips::BlockNumHash;
use rollup_payload::{BuiltPayload, PayloadError, PayloadJob};
use rollup_runtime::Clock;
use rollup_storage::ExecutedBlock;
use std::{
    future::{Future, pending},
    pin::Pin,
    sync::Arc,
    time::Duration,
};
use tokio::sync::{
    broadcast::{self, error::RecvError},
    watch,
};

/// A step that takes time.
pub(super) type Work = Pin<Box<dyn Future<Output = Outcome> + Send>>;

/// What a step comes to.
pub(super) enum Outcome {
    Begun(Result<Begun, WorkError>),
    Finished(BlockNumHash, Steps, Result<Arc<ExecutedBlock>, WorkError>),
}

/// What the actor waits for.
pub(super) enum Happened {
    Shutdown,
    Done(Outcome),
    Built(Box<Result<BuiltPayload, PayloadError>>),
    Command(Command),
    Sync,
    AuthorizedSigner,
    L1,
    Gate,
    Forkchoice,
    Head,
    Wake,
}

impl Actor {
    /// Waits for what happens next. Every branch may be dropped: what it takes, it gives.
    pub(super) async fn next(&mut self) -> Happened {
        let is_open = self.ends_at.is_none();
        let wake = self.machine.next_wake().into_iter().chain(self.ends_at).min();
        tokio::select! {
            biased;
            () = self.shutdown.cancelled(), if is_open => Happened::Shutdown,
            outcome = done(&mut self.work) => Happened::Done(outcome),
            result = built(&mut self.job) => Happened::Built(Box::new(result)),
            Some(command) = self.commands.recv(), if is_open => Happened::Command(command),
            () = changed(&mut self.sync) => Happened::Sync,
            () = changed(&mut self.authorized_signer) => Happened::AuthorizedSigner,
            () = changed(&mut self.l1_progress) => Happened::L1,
            () = changed(&mut self.l1_gate) => Happened::Gate,
            () = changed(&mut self.forkchoice) => Happened::Forkchoice,
            () = told(&mut self.changes) => Happened::Head,
            () = woken(self.tools.clock.as_ref(), wake) => Happened::Wake,
        }
    }
}

async fn done(work: &mut Option<Work>) -> Outcome {
    let Some(running) = work else { return pending().await };
    let outcome = running.await;
    *work = None;
    outcome
}

async fn built(job: &mut Option<(PayloadJob, Notes)>) -> Result<BuiltPayload, PayloadError> {
    match job {
        Some((job, _)) => job.wait().await,
        None => pending().await,
    }
}

/// Without a sender nothing changes any more.
async fn changed<T>(value: &mut watch::Receiver<T>) {
    if value.changed().await.is_err() {
        pending().await
    }
}

/// Without a sender nothing changes any more. Who lags has missed changes, so there are some.
async fn told<T: Clone>(changes: &mut broadcast::Receiver<T>) {
    if matches!(changes.recv().await, Err(RecvError::Closed)) {
        pending().await
    }
}

async fn woken(clock: &dyn Clock, at: Option<Duration>) {
    match at {
        Some(at) => clock.sleep_until(at).await,
        None => pending().await,
    }
}
