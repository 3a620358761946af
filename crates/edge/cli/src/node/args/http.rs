//! JSON-RPC over HTTP.

use super::parse;
use clap::Args;
use rollup_rpc::{AllowedOrigins, DEFAULT_HTTP_PORT, ListenerConfig, RpcModuleSelection};
use std::net::{IpAddr, SocketAddr};

/// Flags of the HTTP server.
#[derive(Debug, Args)]
#[command(next_help_heading = "RPC")]
pub(super) struct HttpArgs {
    /// Serve JSON-RPC over HTTP
    #[arg(long)]
    http: bool,

    /// Address of the HTTP server
    #[arg(
        long = "http.addr",
        value_name = "ADDRESS",
        default_value = "127.0.0.1",
        value_parser = parse::ip_address
    )]
    http_addr: IpAddr,

    /// Port of the HTTP server; 0 for any that is free
    #[arg(long = "http.port", value_name = "PORT", default_value_t = DEFAULT_HTTP_PORT)]
    http_port: u16,

    /// Modules served over HTTP: a list with commas, all or none
    #[arg(long = "http.api", value_name = "MODULES", default_value_t = RpcModuleSelection::default())]
    http_api: RpcModuleSelection,

    /// Web pages that may call the HTTP server: a list of origins with commas, or *
    #[arg(long = "http.corsdomain", value_name = "ORIGINS")]
    http_corsdomain: Option<AllowedOrigins>,

    /// Do not compress responses over HTTP
    #[arg(long = "http.disable-compression")]
    http_disable_compression: bool,
}

impl HttpArgs {
    pub(super) fn into_settings(self) -> Option<ListenerConfig> {
        let Self {
            http,
            http_addr,
            http_port,
            http_api,
            http_corsdomain,
            http_disable_compression,
        } = self;
        http.then(|| ListenerConfig {
            addr: SocketAddr::new(http_addr, http_port),
            modules: http_api,
            origins: http_corsdomain.unwrap_or_default(),
            compression: !http_disable_compression,
        })
    }
}
