//! Limits and secrets of all RPC servers.

use super::{Context, parse};
use crate::{
    error::SettingsError,
    node::{
        notice::Notice,
        settings::{JwtSource, RpcSecrets},
    },
};
use clap::{Args, value_parser};
use rollup_rpc::{AdminConfig, ListenerConfig, RpcConfig, RpcLimits};
use std::net::SocketAddr;

/// The flag of the secret of the servers for users.
pub(in crate::node) const JWT_SECRET: &str = "rpc.jwtsecret";
/// The flag of the secret of the administration server.
pub(in crate::node) const ADMIN_JWT_SECRET: &str = "admin.jwtsecret";
const ADMIN_ADDRESS: &str = "admin.addr";
/// Shift from MiB to bytes.
const MIB: u32 = 20;
/// The largest size, in MiB, whose bytes a 32-bit number holds.
const MAX_MIB: i64 = 4_095;
/// Each of them is a thread.
const MAX_TRACING_THREADS: i64 = 1_024;

/// Flags of all RPC servers.
#[derive(Debug, Args)]
#[command(next_help_heading = "RPC")]
pub(super) struct RpcArgs {
    /// Whether the module rollupNode is served over HTTP and WebSocket
    #[arg(
        long = "rpc.rollup-node",
        value_name = "true|false",
        action = clap::ArgAction::Set,
        default_value_t = true
    )]
    rollup_node: bool,

    /// Serve the module rollupNodeAdmin over HTTP and WebSocket as well
    #[arg(long = "rpc.rollup-node-admin")]
    rollup_node_admin: bool,

    /// Address of the administration server, or none
    #[arg(
        long = ADMIN_ADDRESS,
        value_name = "HOST:PORT|none",
        default_value_t = parse::OptionalAddress(Some(AdminConfig::default().addr)),
        value_parser = parse::optional_address
    )]
    admin_addr: parse::OptionalAddress,

    /// Secret that requests to the administration server must be signed with: 32 bytes in hex, or
    /// better a file with them
    #[arg(long = ADMIN_JWT_SECRET, value_name = "HEX|FILE")]
    admin_jwt_secret: Option<JwtSource>,

    /// Secret that requests over HTTP and WebSocket must be signed with: 32 bytes in hex, or better a
    /// file with them
    #[arg(long = JWT_SECRET, value_name = "HEX|FILE")]
    rpc_jwt_secret: Option<JwtSource>,

    /// Size of a request, at most, in MiB
    #[arg(
        long = "rpc.max-request-size",
        value_name = "MIB",
        default_value_t = RpcLimits::default().max_request_bytes >> MIB,
        value_parser = value_parser!(u32).range(1..=MAX_MIB)
    )]
    max_request_size: u32,

    /// Size of a response, at most, in MiB
    #[arg(
        long = "rpc.max-response-size",
        value_name = "MIB",
        default_value_t = RpcLimits::default().max_response_bytes >> MIB,
        value_parser = value_parser!(u32).range(1..=MAX_MIB)
    )]
    max_response_size: u32,

    /// Size of the answers over 64 KiB that callers of all servers have not read yet, at most, in MiB.
    /// At least the longest answer fits
    #[arg(
        long = "rpc.max-unread-size",
        value_name = "MIB",
        default_value_t = RpcLimits::default().max_unread_bytes >> MIB,
        value_parser = value_parser!(u32).range(1..=MAX_MIB)
    )]
    max_unread_size: u32,

    /// Open connections per server, at most
    #[arg(
        long = "rpc.max-connections",
        value_name = "NUMBER",
        default_value_t = RpcLimits::default().max_connections,
        value_parser = value_parser!(u32).range(1..)
    )]
    max_connections: u32,

    /// Subscriptions per connection, at most
    #[arg(
        long = "rpc.max-subscriptions-per-connection",
        value_name = "NUMBER",
        default_value_t = RpcLimits::default().max_subscriptions_per_connection
    )]
    max_subscriptions: u32,

    /// Calls that execute blocks of the chain again at the same time; others wait
    #[arg(
        long = "rpc.max-tracing-requests",
        value_name = "NUMBER",
        default_value_t = default_tracing_threads(),
        value_parser = value_parser!(u16).range(1..=MAX_TRACING_THREADS)
    )]
    max_tracing_requests: u16,
}

fn default_tracing_threads() -> u16 {
    u16::try_from(RpcLimits::default().tracing_threads).unwrap_or(u16::MAX)
}

impl RpcArgs {
    pub(super) fn into_settings(
        self,
        http: Option<ListenerConfig>,
        ws: Option<ListenerConfig>,
        context: &mut Context<'_>,
    ) -> Result<(RpcConfig, RpcSecrets), SettingsError> {
        let Self {
            rollup_node,
            rollup_node_admin,
            admin_addr: parse::OptionalAddress(admin_address),
            admin_jwt_secret,
            rpc_jwt_secret,
            max_request_size,
            max_response_size,
            max_unread_size,
            max_connections,
            max_subscriptions,
            max_tracing_requests,
        } = self;
        for (flag, secret) in [(JWT_SECRET, &rpc_jwt_secret), (ADMIN_JWT_SECRET, &admin_jwt_secret)]
        {
            if secret.as_ref().is_some_and(JwtSource::is_malformed) {
                return Err(SettingsError::JwtSecret { flag });
            }
        }
        if let Some(address) = admin_address {
            check_exposed(ADMIN_ADDRESS, address, admin_jwt_secret.is_some())?;
        }
        if rollup_node_admin {
            for (flag, listener) in [("http.addr", &http), ("ws.addr", &ws)] {
                let exposed = listener.as_ref().filter(|_| rpc_jwt_secret.is_none());
                if let Some(address) = exposed.map(|listener| listener.addr)
                    && !address.ip().is_loopback()
                {
                    context.notices.push(Notice::AdminExposed { flag, address });
                }
            }
        }
        check_ports(http.as_ref(), ws.as_ref(), admin_address)?;
        let limits = RpcLimits {
            max_request_bytes: max_request_size << MIB,
            max_response_bytes: max_response_size << MIB,
            max_unread_bytes: max_unread_size << MIB,
            max_connections,
            max_subscriptions_per_connection: max_subscriptions,
            tracing_threads: usize::from(max_tracing_requests),
            ..RpcLimits::default()
        };
        let rpc = RpcConfig {
            http,
            ws,
            admin: admin_address.map(|addr| AdminConfig { addr, jwt_secret: None }),
            ipc: None,
            jwt_secret: None,
            rollup_node,
            rollup_node_admin,
            limits,
        };
        Ok((rpc, RpcSecrets { users: rpc_jwt_secret, admin: admin_jwt_secret }))
    }
}

/// Refuses to hand the node to everyone who reaches the machine.
const fn check_exposed(
    flag: &'static str,
    address: SocketAddr,
    is_signed: bool,
) -> Result<(), SettingsError> {
    if is_signed || address.ip().is_loopback() {
        return Ok(());
    }
    Err(SettingsError::Exposed { flag, address })
}

/// The administration server shares its address with no other; HTTP and WebSocket may share theirs.
fn check_ports(
    http: Option<&ListenerConfig>,
    ws: Option<&ListenerConfig>,
    admin: Option<SocketAddr>,
) -> Result<(), SettingsError> {
    let Some(admin) = admin.filter(|admin| admin.port() != 0) else {
        return Ok(());
    };
    for (flag, listener) in [("http.port", http), ("ws.port", ws)] {
        if listener.is_some_and(|listener| listener.addr == admin) {
            return Err(SettingsError::SharedAddress { flag, address: admin });
        }
    }
    Ok(())
}
