//! How long anything is waited for.

use eyre::{Result, WrapErr};
use std::{future::Future, time::Duration};
use tokio::time::timeout;

/// How long a scenario waits for what must come. Nothing depends on it but how soon one fails that
/// waits in vain.
pub const LIMIT: Duration = Duration::from_secs(60);

/// Waits for what must come. `what` says what that is.
///
/// # Errors
/// If it does not come within [`LIMIT`].
pub async fn soon<T>(what: &'static str, future: impl Future<Output = T>) -> Result<T> {
    timeout(LIMIT, future).await.wrap_err_with(|| format!("waited in vain for {what}"))
}
