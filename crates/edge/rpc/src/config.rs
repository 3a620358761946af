//! What the servers listen on, what they serve and how much they take.

use crate::{
    namespace::{RpcModuleSelection, RpcNamespace},
    server::{AllowedOrigins, JwtSecret},
};
use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

/// Port of the HTTP server unless another is given.
pub const DEFAULT_HTTP_PORT: u16 = 8545;
/// Port of the WebSocket server unless another is given.
pub const DEFAULT_WS_PORT: u16 = 8546;
/// Port of the administration server unless another is given.
pub const DEFAULT_ADMIN_PORT: u16 = 8547;

/// The JSON-RPC servers of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RpcConfig {
    /// The HTTP server; `None` by default. With the same address as [`Self::ws`], and a port that
    /// is not zero, both are served there.
    pub http: Option<ListenerConfig>,
    /// The WebSocket server; `None` by default.
    pub ws: Option<ListenerConfig>,
    /// The administration server, by default on the loopback address.
    pub admin: Option<AdminConfig>,
    /// The socket on which everything is served; `None` by default.
    pub ipc: Option<IpcConfig>,
    /// What requests to [`Self::http`] and [`Self::ws`] must be signed with; `None` by default.
    pub jwt_secret: Option<JwtSecret>,
    /// Whether `rollupNode` is served over HTTP and WebSocket whatever they select; true by default.
    pub rollup_node: bool,
    /// Whether `rollupNodeAdmin` is, where [`ListenerConfig::addr`] is a loopback address or
    /// requests are signed; false by default.
    pub rollup_node_admin: bool,
    /// How much the servers take.
    pub limits: RpcLimits,
}

impl Default for RpcConfig {
    fn default() -> Self {
        Self {
            http: None,
            ws: None,
            admin: Some(AdminConfig::default()),
            ipc: None,
            jwt_secret: None,
            rollup_node: true,
            rollup_node_admin: false,
            limits: RpcLimits::default(),
        }
    }
}

/// A server for users.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListenerConfig {
    /// Where it listens. Port 0 lets the system choose.
    pub addr: SocketAddr,
    /// What it serves; by default `eth`, `net` and `web3`.
    pub modules: RpcModuleSelection,
    /// Which web pages may call it; by default none over HTTP, and those of this machine over
    /// WebSocket.
    pub origins: AllowedOrigins,
    /// Whether responses over HTTP are compressed for who accepts it; true by default.
    pub compression: bool,
}

impl ListenerConfig {
    /// The defaults on this address.
    pub fn new(addr: SocketAddr) -> Self {
        Self {
            addr,
            modules: RpcModuleSelection::default(),
            origins: AllowedOrigins::default(),
            compression: true,
        }
    }

    /// The HTTP server where nothing else is said.
    pub fn http() -> Self {
        Self::new(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), DEFAULT_HTTP_PORT))
    }

    /// The WebSocket server where nothing else is said.
    pub fn ws() -> Self {
        Self::new(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), DEFAULT_WS_PORT))
    }
}

/// The server for the operator. It serves [`AdminConfig::NAMESPACES`] over HTTP and WebSocket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdminConfig {
    /// Where it listens; a loopback address unless requests are signed. Port 0 lets the system
    /// choose.
    pub addr: SocketAddr,
    /// What requests must be signed with; `None` by default.
    pub jwt_secret: Option<JwtSecret>,
}

impl AdminConfig {
    /// What is served there.
    pub const NAMESPACES: [RpcNamespace; 4] = [
        RpcNamespace::Admin,
        RpcNamespace::RollupNode,
        RpcNamespace::RollupNodeAdmin,
        RpcNamespace::Rpc,
    ];
}

impl Default for AdminConfig {
    fn default() -> Self {
        let addr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), DEFAULT_ADMIN_PORT);
        Self { addr, jwt_secret: None }
    }
}

/// A Unix socket. All namespaces are served there, also the operator's: who may open the file is who
/// may call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IpcConfig {
    /// Its file. What a dead node has left there is replaced.
    pub path: PathBuf,
    /// Permissions of the file; [`Self::DEFAULT_PERMISSIONS`] by default.
    pub permissions: u32,
    /// Whether the servers do not start without it.
    pub is_required: bool,
}

impl IpcConfig {
    /// Nobody but the owner.
    pub const DEFAULT_PERMISSIONS: u32 = 0o600;

    /// A socket that must be there, for the owner alone.
    pub const fn new(path: PathBuf) -> Self {
        Self { path, permissions: Self::DEFAULT_PERMISSIONS, is_required: true }
    }
}

/// How much the servers take. What is per server holds for each of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RpcLimits {
    /// Bytes of a request or batch, at most; 15 MiB by default.
    pub max_request_bytes: u32,
    /// Bytes of a response, or of all responses of a batch, at most; 160 MiB by default.
    pub max_response_bytes: u32,
    /// Open connections per server, IPC among them, at most; 500 by default.
    pub max_connections: u32,
    /// Subscriptions per connection, at most; 1024 by default.
    pub max_subscriptions_per_connection: u32,
    /// Subscriptions of all connections to all servers, at most; 10,000 by default.
    pub max_subscriptions: u32,
    /// Calls of one connection that are being answered, at most; 1024 by default.
    pub max_calls_per_connection: u32,
    /// Calls of all connections to all servers that are being answered, at most; 4096 by default.
    pub max_calls: u32,
    /// Bytes of long answers (above 64 KiB) that callers of all servers have not read yet, at most;
    /// 1 GiB by default, and never less than the longest answer has. One connection may have as many
    /// as the longest answer.
    pub max_unread_bytes: u32,
    /// Calls in a batch, at most; 1000 by default.
    pub max_batch_calls: u32,
    /// How long a call may take; 30 s by default.
    pub call_timeout: Duration,
    /// How long a request over HTTP may take, from its header to the whole answer, and how long a
    /// batch may; 60 s by default.
    pub request_timeout: Duration,
    /// How long a connection may be silent, answers to pings of a WebSocket counted, or leave sent
    /// bytes unread; 120 s by default. IPC may be silent for ever.
    pub idle_timeout: Duration,
    /// How long a stop waits for calls that are being answered; 5 s by default.
    pub stop_timeout: Duration,
    /// Threads for calls that compute or read much; 4 by default.
    pub blocking_threads: usize,
    /// Threads for calls that execute blocks of the chain once more; 4 by default.
    pub tracing_threads: usize,
    /// Calls that wait for one of those threads, at most; 512 by default.
    pub max_waiting_calls: usize,
}

impl Default for RpcLimits {
    fn default() -> Self {
        Self {
            max_request_bytes: 15 << 20,
            max_response_bytes: 160 << 20,
            max_connections: 500,
            max_subscriptions_per_connection: 1024,
            max_subscriptions: 10_000,
            max_calls_per_connection: 1024,
            max_calls: 4096,
            max_unread_bytes: 1 << 30,
            max_batch_calls: 1000,
            call_timeout: Duration::from_secs(30),
            request_timeout: Duration::from_secs(60),
            idle_timeout: Duration::from_secs(120),
            stop_timeout: Duration::from_secs(5),
            blocking_threads: 4,
            tracing_threads: 4,
            max_waiting_calls: 512,
        }
    }
}
