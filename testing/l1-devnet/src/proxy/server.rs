//! The server of the proxy.

use super::{Shared, answer::handle};
use axum::{Router, routing::any};
use eyre::{Result, WrapErr as _};
use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, mpsc},
    thread::{self, JoinHandle},
};
use tokio::{net::TcpSocket, runtime::Builder};
use tokio_util::sync::CancellationToken;

/// Connections that may wait to be taken.
const BACKLOG: u32 = 1024;

/// A port of this machine that is held. Whoever connects is refused.
#[derive(Debug)]
pub(super) struct Port(TcpSocket);

impl Port {
    /// One that is free.
    pub(super) fn any() -> Result<Self> {
        Self::bound((Ipv4Addr::LOCALHOST, 0).into())
    }

    /// This one, on which nobody listens any more.
    pub(super) fn bound(address: SocketAddr) -> Result<Self> {
        let socket = TcpSocket::new_v4()?;
        // Connections to the server before may not be over yet.
        socket.set_reuseaddr(true)?;
        socket.bind(address).wrap_err_with(|| format!("{address} cannot be held"))?;
        Ok(Self(socket))
    }

    pub(super) fn address(&self) -> Result<SocketAddr> {
        Ok(self.0.local_addr()?)
    }
}

/// A server in a thread. Its connections end with it.
#[derive(Debug)]
pub(super) struct Server {
    shutdown: CancellationToken,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Starts one, which listens when this returns.
    pub(super) fn start(port: Port, shared: Arc<Shared>) -> Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let shutdown = CancellationToken::new();
        let stopped = shutdown.clone();
        let (ready, listens) = mpsc::sync_channel(1);
        let thread = thread::spawn(move || {
            runtime.block_on(async move {
                let listener = match port.0.listen(BACKLOG) {
                    Ok(listener) => listener,
                    Err(err) => {
                        // Whoever waits for it is told.
                        ready.send(Err(err)).ok();
                        return;
                    }
                };
                ready.send(Ok(())).ok();
                let router = Router::new().fallback(any(handle)).with_state(shared);
                tokio::select! {
                    biased;
                    () = stopped.cancelled() => {}
                    // It ends only with an error, and then the proxy refuses connections.
                    _ = axum::serve(listener, router) => {}
                }
            });
        });
        let server = Self { shutdown, thread: Some(thread) };
        listens.recv()??;
        Ok(server)
    }

    /// Ends it and all that it does.
    pub(super) fn stop(self) {
        drop(self);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shutdown.cancel();
        if let Some(thread) = self.thread.take() {
            // A panic of it was printed.
            thread.join().ok();
        }
    }
}
