//! From settings to a running watcher.

use crate::{
    config::{L1WatcherConfig, MAILBOX_CAPACITY, NOTIFICATION_CAPACITY},
    error::L1WatcherConfigError,
    handle::L1WatcherHandle,
    message::Command,
    notification::L1Notification,
    report::Reporter,
    sink::L1Sink,
    source::Source,
    status::L1WatcherStatus,
    watcher::Watcher,
};
use rollup_l1_client::L1Reader;
use rollup_runtime::Clock;
use std::{future::Future, sync::Arc};
use tokio::{
    select,
    sync::{broadcast, mpsc, watch},
};
use tokio_util::sync::CancellationToken;

/// What a watcher works with.
#[derive(Clone, Debug)]
pub struct L1WatcherParts {
    /// L1.
    pub reader: Arc<dyn L1Reader>,
    /// Where what L1 did goes.
    pub sink: Arc<dyn L1Sink>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Tells the watcher to end.
    pub shutdown: CancellationToken,
}

/// A watcher that does not run yet.
#[derive(Debug)]
pub struct L1WatcherBuilder {
    config: L1WatcherConfig,
    parts: L1WatcherParts,
    commands: mpsc::Receiver<Command>,
    status: watch::Sender<L1WatcherStatus>,
    notifications: broadcast::Sender<L1Notification>,
    handle: L1WatcherHandle,
}

impl L1WatcherBuilder {
    /// A watcher with these settings.
    ///
    /// # Errors
    /// See [`L1WatcherConfig::validate`].
    pub fn new(
        config: L1WatcherConfig,
        parts: L1WatcherParts,
    ) -> Result<Self, L1WatcherConfigError> {
        config.validate()?;
        let (sender, commands) = mpsc::channel(MAILBOX_CAPACITY);
        let (status, followed) = watch::channel(L1WatcherStatus::default());
        let (notifications, _) = broadcast::channel(NOTIFICATION_CAPACITY);
        let weak = notifications.downgrade();
        let handle = L1WatcherHandle { commands: sender, status: followed, notifications: weak };
        Ok(Self { config, parts, commands, status, notifications, handle })
    }

    /// A handle, which may be given away before the watcher runs. Commands wait until then.
    pub fn handle(&self) -> L1WatcherHandle {
        self.handle.clone()
    }

    /// The life of the watcher: until it is told to end. That L1 cannot be read does not end it.
    pub fn build(self) -> impl Future<Output = ()> + Send + 'static {
        let Self { config, parts, commands, status, notifications, handle: _ } = self;
        let L1WatcherParts { reader, sink, clock, shutdown } = parts;
        let reporter = Reporter::new(&config, Arc::clone(&clock), status, notifications);
        let reporter = Arc::new(reporter);
        let source = Source::new(reader, config.contracts.clone());
        let watcher = Watcher::new(config, source, sink, clock, Arc::clone(&reporter));
        async move {
            select! {
                biased;
                () = watcher.run(commands, shutdown) => {}
                () = reporter.watch_liveness() => {}
            }
        }
    }
}
