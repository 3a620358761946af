//! JSON-RPC over WebSocket.

use super::parse;
use clap::Args;
use rollup_rpc::{AllowedOrigins, DEFAULT_WS_PORT, ListenerConfig, RpcModuleSelection};
use std::net::{IpAddr, SocketAddr};

/// Flags of the WebSocket server.
#[derive(Debug, Args)]
#[command(next_help_heading = "RPC")]
pub(super) struct WsArgs {
    /// Serve JSON-RPC over WebSocket
    #[arg(long)]
    ws: bool,

    /// Address of the WebSocket server
    #[arg(
        long = "ws.addr",
        value_name = "ADDRESS",
        default_value = "127.0.0.1",
        value_parser = parse::ip_address
    )]
    ws_addr: IpAddr,

    /// Port of the WebSocket server, which may be that of the HTTP server; 0 for any that is free
    #[arg(long = "ws.port", value_name = "PORT", default_value_t = DEFAULT_WS_PORT)]
    ws_port: u16,

    /// Modules served over WebSocket: a list with commas, all or none
    #[arg(long = "ws.api", value_name = "MODULES", default_value_t = RpcModuleSelection::default())]
    ws_api: RpcModuleSelection,

    /// Web pages that may call the WebSocket server: a list of origins with commas, or *. By default
    /// those of this machine
    #[arg(long = "ws.origins", value_name = "ORIGINS")]
    ws_origins: Option<AllowedOrigins>,
}

impl WsArgs {
    pub(super) fn into_settings(self) -> Option<ListenerConfig> {
        let Self { ws, ws_addr, ws_port, ws_api, ws_origins } = self;
        ws.then(|| ListenerConfig {
            addr: SocketAddr::new(ws_addr, ws_port),
            modules: ws_api,
            origins: ws_origins.unwrap_or_default(),
            compression: true,
        })
    }
}
