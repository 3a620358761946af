//! A port: its connections, and how many there may be.

use super::{endpoint::Endpoint, error::RpcStartError, gate::text_response, io::GuardedIo};
use crate::metrics::ConnectionMetrics;
use hyper::{
    Request, StatusCode,
    body::Incoming,
    header::{CONNECTION, HeaderValue},
};
use jsonrpsee::server::{HttpResponse, StopHandle, serve_with_graceful_shutdown};
use std::{convert::Infallible, io, net::SocketAddr, sync::Arc, time::Duration};
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
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// How everything that was started is ended.
#[derive(Clone, Debug)]
pub(crate) struct Control {
    /// No more connections; open ones end when their calls are answered.
    pub(crate) stop: CancellationToken,
    /// The same for connections that are no longer HTTP.
    pub(crate) stop_handle: StopHandle,
    /// All connections end now.
    pub(crate) abort: CancellationToken,
    /// Whatever has not ended yet.
    pub(crate) tasks: TaskTracker,
}

/// An open connection. Dropping the last reference makes room for another.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) control: Control,
    metrics: Arc<ConnectionMetrics>,
    _slot: OwnedSemaphorePermit,
}

impl Connection {
    fn new(
        control: Control,
        metrics: Arc<ConnectionMetrics>,
        slot: OwnedSemaphorePermit,
    ) -> Arc<Self> {
        metrics.connections.increment(1);
        Arc::new(Self { control, metrics, _slot: slot })
    }
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
    control: Control,
    metrics: Arc<ConnectionMetrics>,
    slots: Arc<Semaphore>,
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
    pub(crate) fn new(
        socket: TcpListener,
        endpoint: Endpoint,
        control: Control,
        name: &'static str,
    ) -> Self {
        let max = usize::try_from(endpoint.limits.max_connections).unwrap_or(usize::MAX);
        Self {
            socket,
            endpoint: Arc::new(endpoint),
            control,
            metrics: Arc::new(ConnectionMetrics::new_with_labels(&[("listener", name)])),
            slots: Arc::new(Semaphore::new(max.min(Semaphore::MAX_PERMITS))),
            refusals: Arc::new(Semaphore::new(MAX_REFUSALS)),
        }
    }

    /// Accepts connections until the stop.
    pub(crate) async fn run(self) {
        loop {
            tokio::select! {
                biased;
                () = self.control.stop.cancelled() => return,
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
        if let Ok(slot) = Arc::clone(&self.slots).try_acquire_owned() {
            let control = self.control.clone();
            let connection = Connection::new(control, Arc::clone(&self.metrics), slot);
            self.control.tasks.spawn(serve(socket, Arc::clone(&self.endpoint), connection));
            return;
        }
        self.metrics.refused_connections_total.increment(1);
        if let Ok(refusal) = Arc::clone(&self.refusals).try_acquire_owned() {
            let stop = self.control.stop.clone();
            self.control.tasks.spawn(refuse(socket, stop, refusal));
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
