//! Signals that end the node.

use std::{io, time::Duration};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing::{info, warn};

/// How long the node may take to shut down.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(30);

/// SIGINT and SIGTERM. Every value sees all of them.
#[derive(Debug)]
pub(super) struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    /// From now on they do not end the process by themselves.
    pub(super) fn listen() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.interrupt.recv() => "SIGINT",
            _ = self.terminate.recv() => "SIGTERM",
        }
    }

    /// Waits for the signal to shut down.
    pub(super) async fn first(mut self) {
        let signal = self.next().await;
        info!(
            target: "rollup_node::shutdown",
            signal, "Shutting down; a second signal ends the node at once"
        );
    }

    /// Waits for the signal to shut down, and then until nobody waits for that any longer: a second
    /// signal, or the time is over.
    pub(super) async fn second(mut self) {
        self.next().await;
        tokio::select! {
            signal = self.next() => {
                warn!(target: "rollup_node::shutdown", signal, "Ending without a shutdown");
            }
            () = tokio::time::sleep(SHUTDOWN_TIMEOUT) => {
                warn!(target: "rollup_node::shutdown", "The shutdown takes too long; ending without it");
            }
        }
    }
}
