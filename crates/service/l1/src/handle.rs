//! The front of the watcher.

use crate::{
    error::L1WatcherError, message::Command, notification::L1Notification, status::L1WatcherStatus,
};
use tokio::sync::{broadcast, mpsc, mpsc::error::TrySendError, oneshot, watch};

/// The front of the watcher. Cloning gives another one.
#[derive(Clone, Debug)]
pub struct L1WatcherHandle {
    pub(crate) commands: mpsc::Sender<Command>,
    pub(crate) status: watch::Receiver<L1WatcherStatus>,
    pub(crate) notifications: broadcast::WeakSender<L1Notification>,
}

impl L1WatcherHandle {
    /// How the watcher is. Never waits.
    pub fn status(&self) -> L1WatcherStatus {
        self.status.borrow().clone()
    }

    /// How the watcher is, now and later.
    pub fn watch_status(&self) -> watch::Receiver<L1WatcherStatus> {
        self.status.clone()
    }

    /// What happens on L1 from now on. Who is more than
    /// [`NOTIFICATION_CAPACITY`](crate::NOTIFICATION_CAPACITY) behind loses the oldest ones; the
    /// storage has what they were about.
    pub fn subscribe(&self) -> broadcast::Receiver<L1Notification> {
        // Of a watcher that has ended: a receiver that says so.
        self.notifications
            .upgrade()
            .map_or_else(|| broadcast::channel(1).1, |sent| sent.subscribe())
    }

    /// Undoes what L1 blocks above `to` did and reads them again. L2 blocks stay. The watcher is
    /// not synced until it has caught up. A command that was taken is carried out even if nobody
    /// waits for its answer.
    ///
    /// # Errors
    /// [`L1WatcherError::NotProcessed`] if there is nothing above `to`, [`L1WatcherError::Sink`] if
    /// it could not be undone, [`L1WatcherError::Busy`] if too many commands wait,
    /// [`L1WatcherError::Stopped`].
    pub async fn revert_to(&self, to: u64) -> Result<(), L1WatcherError> {
        let (reply, answer) = oneshot::channel();
        match self.commands.try_send(Command::RevertTo { to, reply }) {
            Ok(()) => answer.await.unwrap_or(Err(L1WatcherError::Stopped)),
            Err(TrySendError::Full(_)) => Err(L1WatcherError::Busy),
            Err(TrySendError::Closed(_)) => Err(L1WatcherError::Stopped),
        }
    }
}
