//! All servers of a node, from start to stop.

use super::{
    call::CallRules,
    endpoint::{Endpoint, HttpTransport, WsTransport},
    error::RpcStartError,
    gate::{Gate, Transport},
    ipc::{IpcListener, IpcSocket},
    jwt::JwtSecret,
    listener::{Control, Listener, Slots, bind},
    modules::RpcModules,
    origins::AllowedOrigins,
    plan::{Plan, Served, is_loopback},
    totals::Totals,
};
use crate::config::{IpcConfig, ListenerConfig, RpcConfig, RpcLimits};
use rollup_runtime::Clock;
use std::{
    error::Error,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{Arc, atomic::AtomicUsize},
    time::Duration,
};
use tokio::{net::TcpListener, time::timeout};
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::TaskTracker,
};
use tracing::{info, warn};

const HTTP_FLAGS: &str = "--http.addr and --http.port";
const WS_FLAGS: &str = "--ws.addr and --ws.port";
const ADMIN_FLAGS: &str = "--admin.addr";

/// The servers that run. Dropping it ends them at once, without waiting for calls that are being
/// answered.
#[derive(Debug)]
pub struct RpcServers {
    http_addr: Option<SocketAddr>,
    ws_addr: Option<SocketAddr>,
    admin_addr: Option<SocketAddr>,
    ipc_path: Option<PathBuf>,
    stop_timeout: Duration,
    tasks: TaskTracker,
    stop: DropGuard,
    abort: DropGuard,
}

/// What has been bound, before any of it serves.
#[derive(Default)]
struct Bound {
    http: Option<(TcpListener, SocketAddr)>,
    ws: Option<(TcpListener, SocketAddr)>,
    admin: Option<(TcpListener, SocketAddr)>,
    ipc: Option<IpcSocket>,
}

impl RpcServers {
    /// Binds all addresses, then serves. Runs on the runtime it is called on.
    ///
    /// # Errors
    /// See [`RpcStartError`].
    pub async fn start(
        config: RpcConfig,
        modules: RpcModules,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, RpcStartError> {
        let mut plan = Plan::new(&config, &modules)?;
        let mut bound = Bound::new(&config).await?;
        if let Some(ipc) = &config.ipc {
            bound.ipc = bind_ipc(ipc).await?;
        }
        plan.warn();

        let control = Control {
            stop: CancellationToken::new(),
            abort: CancellationToken::new(),
            tasks: TaskTracker::new(),
            count: Arc::new(AtomicUsize::new(0)),
        };
        let servers = Self {
            http_addr: bound.http.as_ref().map(|(_, addr)| *addr),
            // On one port with HTTP if it has none of its own.
            ws_addr: bound
                .ws
                .as_ref()
                .or_else(|| config.ws.as_ref().and(bound.http.as_ref()))
                .map(|(_, addr)| *addr),
            admin_addr: bound.admin.as_ref().map(|(_, addr)| *addr),
            ipc_path: bound.ipc.as_ref().and(config.ipc.as_ref()).map(|ipc| ipc.path.clone()),
            stop_timeout: config.limits.stop_timeout,
            tasks: control.tasks.clone(),
            stop: control.stop.clone().drop_guard(),
            abort: control.abort.clone().drop_guard(),
        };
        let totals = Totals::new(&config.limits);
        if let (Some(socket), Some(served)) = (bound.ipc.take(), plan.ipc.take()) {
            let limits = config.limits;
            let rules = rules(&served, limits, &totals, Transport::Ipc);
            let slots = Slots::new(control.clone(), limits.max_connections, "ipc");
            control.tasks.spawn(IpcListener { socket, rules, slots }.run());
        }
        for listener in listeners(config, plan, bound, &control, &totals, &clock) {
            control.tasks.spawn(listener.run());
        }
        servers.report();
        Ok(servers)
    }

    /// Looks whether all addresses can be had, and leaves them free.
    ///
    /// # Errors
    /// See [`RpcStartError`].
    pub async fn check(config: &RpcConfig) -> Result<(), RpcStartError> {
        Bound::new(config).await?;
        match &config.ipc {
            Some(ipc) if ipc.is_required => IpcSocket::check(ipc).await,
            _ => Ok(()),
        }
    }

    /// Where HTTP is served.
    pub const fn http_addr(&self) -> Option<SocketAddr> {
        self.http_addr
    }

    /// Where WebSocket is served.
    pub const fn ws_addr(&self) -> Option<SocketAddr> {
        self.ws_addr
    }

    /// Where the operator's methods are served.
    pub const fn admin_addr(&self) -> Option<SocketAddr> {
        self.admin_addr
    }

    /// The socket on which everything is served.
    pub fn ipc_path(&self) -> Option<&Path> {
        self.ipc_path.as_deref()
    }

    /// Takes no more connections and requests, waits for calls that are being answered up to
    /// [`RpcLimits::stop_timeout`], and closes all connections.
    pub async fn stop(self) {
        let Self { stop_timeout, tasks, stop, abort, .. } = self;
        drop(stop);
        tasks.close();
        if timeout(stop_timeout, tasks.wait()).await.is_err() {
            warn!(target: "rpc::server", left = tasks.len(), "RPC connections are closed before their calls are answered");
        }
        drop(abort);
        tasks.wait().await;
    }

    fn report(&self) {
        let servers = [("http", self.http_addr), ("ws", self.ws_addr), ("admin", self.admin_addr)];
        for (name, addr) in servers {
            if let Some(addr) = addr {
                info!(target: "rpc::server", name, %addr, "RPC server started");
            }
        }
        if let Some(path) = &self.ipc_path {
            info!(target: "rpc::server", path = %path.display(), "IPC server started");
        }
    }
}

impl Bound {
    async fn new(config: &RpcConfig) -> Result<Self, RpcStartError> {
        let mut bound = Self::default();
        if let Some(http) = &config.http {
            bound.http = Some(bind(http.addr, HTTP_FLAGS).await?);
        }
        if let Some(ws) = &config.ws
            && !shares_port(config.http.as_ref(), ws)
        {
            bound.ws = Some(bind(ws.addr, WS_FLAGS).await?);
        }
        if let Some(admin) = &config.admin {
            if !is_loopback(admin.addr) && admin.jwt_secret.is_none() {
                return Err(RpcStartError::AdminExposed { addr: admin.addr });
            }
            bound.admin = Some(bind(admin.addr, ADMIN_FLAGS).await?);
        }
        Ok(bound)
    }
}

/// A file that nobody asked for need not be there.
async fn bind_ipc(config: &IpcConfig) -> Result<Option<IpcSocket>, RpcStartError> {
    match IpcSocket::bind(config).await {
        Ok(socket) => Ok(Some(socket)),
        Err(err) if config.is_required => Err(err),
        Err(err) => {
            let cause = err.source().map(ToString::to_string);
            warn!(target: "rpc::server", %err, cause, "nothing is served over IPC");
            Ok(None)
        }
    }
}

fn rules(
    served: &Served,
    limits: RpcLimits,
    totals: &Arc<Totals>,
    transport: Transport,
) -> Arc<CallRules> {
    let subscriptions = transport != Transport::Http;
    let methods = served.methods.clone();
    CallRules::new(methods, limits, totals, transport.label(), subscriptions)
}

fn shares_port(http: Option<&ListenerConfig>, ws: &ListenerConfig) -> bool {
    ws.addr.port() != 0 && http.is_some_and(|http| http.addr == ws.addr)
}

fn listeners(
    config: RpcConfig,
    plan: Plan,
    bound: Bound,
    control: &Control,
    totals: &Arc<Totals>,
    clock: &Arc<dyn Clock>,
) -> Vec<Listener> {
    let RpcConfig { http, ws, admin, jwt_secret, limits, .. } = config;
    let has_admin = |served: &Option<Served>| served.as_ref().is_some_and(|own| own.has_admin);
    let (http_has_admin, ws_has_admin) = (has_admin(&plan.http), has_admin(&plan.ws));
    let gate = |jwt: &Option<JwtSecret>, has_admin: bool| {
        Gate::new(jwt.clone(), has_admin && jwt.is_none(), Arc::clone(clock))
    };
    let rules = |served: &Served, transport| rules(served, limits, totals, transport);
    let slots = |name| Slots::new(control.clone(), limits.max_connections, name);
    let http_transport = plan.http.zip(http).map(|(served, own)| {
        HttpTransport::new(rules(&served, Transport::Http), &own.origins, own.compression)
    });
    let mut ws_transport = plan
        .ws
        .zip(ws)
        .map(|(served, own)| WsTransport::new(rules(&served, Transport::Ws), own.origins));

    let mut listeners = Vec::new();
    if let Some((socket, _)) = bound.ws {
        let gate = gate(&jwt_secret, ws_has_admin);
        let endpoint = Endpoint { gate, http: None, ws: ws_transport.take(), limits };
        listeners.push(Listener::new(socket, endpoint, slots("ws")));
    }
    if let Some((socket, _)) = bound.http {
        let shares = ws_transport.is_some();
        let gate = gate(&jwt_secret, http_has_admin || (shares && ws_has_admin));
        let endpoint = Endpoint { gate, http: http_transport, ws: ws_transport, limits };
        listeners.push(Listener::new(socket, endpoint, slots("http")));
    }
    if let (Some((socket, _)), Some(served), Some(admin)) = (bound.admin, plan.admin, admin) {
        let gate = gate(&admin.jwt_secret, true);
        // No page in a browser has business with the operator's methods.
        let nobody = AllowedOrigins::Only(Vec::new());
        let http = HttpTransport::new(rules(&served, Transport::Http), &nobody, true);
        let ws = WsTransport::new(rules(&served, Transport::Ws), nobody);
        let endpoint = Endpoint { gate, http: Some(http), ws: Some(ws), limits };
        listeners.push(Listener::new(socket, endpoint, slots("admin")));
    }
    listeners
}
