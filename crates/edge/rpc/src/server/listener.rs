//! A port: its connections, and how many there may be.

use super::{endpoint::Endpoint, error::RpcStartError, gate::text_response, io::GuardedIo};
use crate::metrics::ConnectionMetrics;
use hyper::{
    Request, StatusCode,
    body::Incoming,
    header::{CONNECTION, HeaderValue},
};
use jsonrpsee::server::{HttpResponse, serve_with_graceful_shutdown};
use std::{
    convert::Infallible,
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{sleep, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::service_fn;
use tracing::{debug, warn};

/// Connections above the limit that are told so at the same time. Further ones are closed at once.
const MAX_REFUSALS: usize = 32;
/// How long such a connection may take to ask and to read the answer.
const REFUSAL_TIMEOUT: Duration = Duration::from_secs(5);
/// How long nothing is accepted after the system could not give a socket.
pub(crate) const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// How everything that was started is ended.
#[derive(Clone, Debug)]
pub(crate) struct Control {
    /// No more connections; open ones end when their calls are answered.
    pub(crate) stop: CancellationToken,
    /// All connections end now.
    pub(crate) abort: CancellationToken,
    /// Whatever has not ended yet.
    pub(crate) tasks: TaskTracker,
    /// How many connections there have been, on all listeners.
    pub(crate) count: Arc<AtomicUsize>,
}

/// Room for the connections of one listener.
#[derive(Debug)]
pub(crate) struct Slots {
    pub(crate) control: Control,
    metrics: Arc<ConnectionMetrics>,
    slots: Arc<Semaphore>,
}

impl Slots {
    /// Room for so many connections of the listener of this name.
    pub(crate) fn new(control: Control, max_connections: u32, name: &'static str) -> Self {
        let max = usize::try_from(max_connections).unwrap_or(usize::MAX);
        let metrics = Arc::new(ConnectionMetrics::new_with_labels(&[("listener", name)]));
        Self { control, metrics, slots: Arc::new(Semaphore::new(max.min(Semaphore::MAX_PERMITS))) }
    }

    /// Room for one more; `None`, and a count of it, if there is none.
    pub(crate) fn acquire(&self) -> Option<Arc<Connection>> {
        let Ok(slot) = Arc::clone(&self.slots).try_acquire_owned() else {
            self.metrics.refused_connections_total.increment(1);
            return None;
        };
        self.metrics.connections.increment(1);
        let number = self.control.count.fetch_add(1, Ordering::Relaxed);
        let (control, metrics) = (self.control.clone(), Arc::clone(&self.metrics));
        Some(Arc::new(Connection { control, number, metrics, _slot: slot }))
    }
}

/// An open connection. Dropping the last reference makes room for another.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) control: Control,
    /// No other connection has it.
    pub(crate) number: usize,
    metrics: Arc<ConnectionMetrics>,
    _slot: OwnedSemaphorePermit,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.metrics.connections.decrement(1);
    }
}

/// A bound port and what it serves.
#[derive(Debug)]
pub(crate) struct Listener {
    socket: TcpListener,
    endpoint: Arc<Endpoint>,
    slots: Slots,
    refusals: Arc<Semaphore>,
}

/// Binds an address, which `flags` name.
pub(crate) async fn bind(
    addr: SocketAddr,
    flags: &'static str,
) -> Result<(TcpListener, SocketAddr), RpcStartError> {
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::AddrInUse => RpcStartError::Occupied { addr, flags },
        _ => RpcStartError::Bind { addr, flags, source },
    };
    let socket = TcpListener::bind(addr).await.map_err(failed)?;
    let bound = socket.local_addr().map_err(failed)?;
    Ok((socket, bound))
}

impl Listener {
    pub(crate) fn new(socket: TcpListener, endpoint: Endpoint, slots: Slots) -> Self {
        let refusals = Arc::new(Semaphore::new(MAX_REFUSALS));
        Self { socket, endpoint: Arc::new(endpoint), slots, refusals }
    }

    /// Accepts connections until the stop.
    pub(crate) async fn run(self) {
        loop {
            tokio::select! {
                biased;
                () = self.slots.control.stop.cancelled() => return,
                // Cancel-safe: a connection that was not accepted stays in the queue.
                accepted = self.socket.accept() => match accepted {
                    Ok((socket, _)) => self.accept(socket),
                    Err(err) => {
                        warn!(target: "rpc::server", %err, "a connection cannot be accepted");
                        sleep(ACCEPT_PAUSE).await;
                    }
                },
            }
        }
    }

    fn accept(&self, socket: TcpStream) {
        // Without it answers are only later, not wrong.
        socket.set_nodelay(true).ok();
        let control = &self.slots.control;
        if let Some(connection) = self.slots.acquire() {
            control.tasks.spawn(serve(socket, Arc::clone(&self.endpoint), connection));
        } else if let Ok(refusal) = Arc::clone(&self.refusals).try_acquire_owned() {
            control.tasks.spawn(refuse(socket, control.stop.clone(), refusal));
        }
    }
}

async fn serve(socket: TcpStream, endpoint: Arc<Endpoint>, connection: Arc<Connection>) {
    let Control { stop, abort, .. } = connection.control.clone();
    let io = GuardedIo::new(socket, &abort, endpoint.limits.idle_timeout);
    let service = service_fn(move |request: Request<Incoming>| {
        Arc::clone(&endpoint).serve(request, Arc::clone(&connection))
    });
    tokio::select! {
        biased;
        () = abort.cancelled() => {}
        served = serve_with_graceful_shutdown(io, service, stop.cancelled_owned()) => {
            if let Err(err) = served {
                debug!(target: "rpc::server", %err, "a connection ended with an error");
            }
        }
    }
}

/// Says that there are too many connections. Who does not ask, or does not read the answer, is closed
/// without.
async fn refuse(socket: TcpStream, stop: CancellationToken, _refusal: OwnedSemaphorePermit) {
    let refused = serve_with_graceful_shutdown(
        socket,
        service_fn(too_many_connections),
        stop.cancelled_owned(),
    );
    timeout(REFUSAL_TIMEOUT, refused).await.ok();
}

async fn too_many_connections(_: Request<Incoming>) -> Result<HttpResponse, Infallible> {
    let text = "Too many connections. Please try again later.".to_owned();
    let mut response = text_response(StatusCode::TOO_MANY_REQUESTS, text);
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    Ok(response)
}
