//! A small HTTP server: few connections, none for ever.

use crate::error::ServeError;
use axum::{Router, serve::Listener};
use std::{
    io,
    net::SocketAddr,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, Sleep},
};
use tokio_util::sync::CancellationToken;
use tracing::warn;

/// Connections to one listener at the same time; further ones wait for one of them to end.
pub const MAX_CONNECTIONS: usize = 64;
/// After this time without a byte in either direction a connection is closed.
pub const IDLE_CONNECTION: Duration = Duration::from_secs(15);
/// How long an end waits for the answers under way.
const GRACE: Duration = Duration::from_secs(1);
/// How long nothing is accepted after the operating system refused to.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A bound listener.
#[derive(Debug)]
pub(crate) struct Server {
    listener: TcpListener,
    address: SocketAddr,
}

impl Server {
    /// Binds the address, which the flag sets.
    pub(crate) async fn bind(address: SocketAddr, flag: &'static str) -> Result<Self, ServeError> {
        let error = |source: io::Error| match source.kind() {
            io::ErrorKind::AddrInUse => ServeError::InUse { address, flag, source },
            _ => ServeError::Bind { address, flag, source },
        };
        let listener = TcpListener::bind(address).await.map_err(error)?;
        let address = listener.local_addr().map_err(error)?;
        Ok(Self { listener, address })
    }

    /// Where it listens, with the port that was chosen if it was 0.
    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers until it is cancelled.
    pub(crate) async fn run(self, routes: Router, cancel: CancellationToken) {
        let connections = Arc::new(Semaphore::new(MAX_CONNECTIONS));
        let listener = LimitedListener { listener: self.listener, connections };
        let serve = axum::serve(listener, routes)
            .with_graceful_shutdown(cancel.clone().cancelled_owned())
            .into_future();
        let mut serve = pin!(serve);
        tokio::select! {
            biased;
            // It ends only when it is cancelled, and without an error.
            _ = &mut serve => {}
            () = cancel.cancelled() => {
                if tokio::time::timeout(GRACE, serve).await.is_err() {
                    warn!(target: "rollup_telemetry::server", address = %self.address, "Left connections open");
                }
            }
        }
    }
}

/// Accepts a connection when there is room for one.
struct LimitedListener {
    listener: TcpListener,
    connections: Arc<Semaphore>,
}

impl Listener for LimitedListener {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let permit = Arc::clone(&self.connections).acquire_owned().await.ok();
        loop {
            match self.listener.accept().await {
                Ok((stream, address)) => return (Connection::new(stream, permit), address),
                // Too many open files, or a client that is gone already.
                Err(err) => {
                    warn!(target: "rollup_telemetry::server", %err, "Cannot accept a connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}

/// A connection that fails when nothing comes or goes for [`IDLE_CONNECTION`].
struct Connection {
    stream: TcpStream,
    idle: Pin<Box<Sleep>>,
    _permit: Option<OwnedSemaphorePermit>,
}

impl Connection {
    fn new(stream: TcpStream, permit: Option<OwnedSemaphorePermit>) -> Self {
        let idle = Box::pin(tokio::time::sleep(IDLE_CONNECTION));
        Self { stream, idle, _permit: permit }
    }

    /// The result of an operation on the stream, or the end of the patience with it.
    fn within_limit<T>(
        &mut self,
        context: &mut Context<'_>,
        result: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if result.is_ready() {
            self.idle.as_mut().reset(Instant::now() + IDLE_CONNECTION);
            return result;
        }
        ready!(self.idle.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let result = Pin::new(&mut self.stream).poll_read(context, buffer);
        self.within_limit(context, result)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.within_limit(context, result)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
