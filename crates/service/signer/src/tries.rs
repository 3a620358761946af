//! How often something is tried, and how long it is waited for.

use crate::SigningPolicy;
use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use futures::future::BoxFuture;
use rollup_runtime::Clock;
use std::time::Duration;
use tracing::warn;

/// Pause before the second try. Each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
/// The longest pause. A random part of up to as much is added to each.
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// What a request may take while a signer is opened: credentials and connection are new.
const OPENING_TIMEOUT: Duration = Duration::from_secs(5);
/// What it may take to open a signer.
const OPENING_LIMIT: Duration = Duration::from_secs(20);

impl SigningPolicy {
    /// The pauses between tries.
    pub(crate) fn pauses(&self) -> ExponentialBackoff {
        // Where a usize is too small for it, nobody lives to see that many tries.
        let retries = usize::try_from(self.retries).unwrap_or(usize::MAX);
        ExponentialBuilder::new()
            .with_min_delay(FIRST_PAUSE)
            .with_max_delay(LONGEST_PAUSE)
            .with_max_times(retries)
            .with_jitter()
            .build()
    }

    /// What a request may take while the signer is opened.
    pub(crate) fn opening_timeout(&self) -> Duration {
        self.timeout.max(OPENING_TIMEOUT)
    }
}

/// What ends the opening of a signer.
pub(crate) trait OpeningError: std::error::Error {
    /// Whether the same request may succeed soon.
    fn is_passing(&self) -> bool;

    /// No try succeeded in this time.
    fn timed_out(timeout: Duration) -> Self;
}

/// Opens a signer whose key is on another machine, in limited time.
pub(crate) async fn open_in_time<T, E: OpeningError>(
    clock: &dyn Clock,
    opening: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    let deadline = clock.now().saturating_add(OPENING_LIMIT);
    tokio::select! {
        biased;
        opened = opening => opened,
        () = clock.sleep_until(deadline) => Err(E::timed_out(OPENING_LIMIT)),
    }
}

/// Repeats a request while that may help.
///
/// The request is boxed: the future of an async closure would keep those around it on one thread.
pub(crate) async fn repeated<'a, T, E: OpeningError>(
    policy: SigningPolicy,
    clock: &dyn Clock,
    mut request: impl FnMut() -> BoxFuture<'a, Result<T, E>>,
) -> Result<T, E> {
    let mut pauses = policy.pauses();
    loop {
        let err = match request().await {
            Err(err) if err.is_passing() => err,
            ended => return ended,
        };
        let Some(pause) = pauses.next() else { return Err(err) };
        warn!(target: "rollup_node::signer", ?pause, %err, "the signer cannot be opened yet");
        clock.sleep_until(clock.now().saturating_add(pause)).await;
    }
}
