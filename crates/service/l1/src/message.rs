//! Commands to the watcher.

use crate::error::L1WatcherError;
use tokio::sync::oneshot;

/// Where the answer to a command goes.
pub(crate) type Reply<T> = oneshot::Sender<Result<T, L1WatcherError>>;

/// A command.
#[derive(Debug)]
pub(crate) enum Command {
    /// Read everything above a block again.
    RevertTo { to: u64, reply: Reply<()> },
}
