//! Start and stop.

use crate::support::{
    call, config, error, listener, modules, request, send, start, ws, ws_call, ws_ends, ws_send,
};
use rollup_rpc::{ListenerConfig, RpcConfig, RpcLimits, RpcServers};
use rollup_runtime::SystemClock;
use serde_json::json;
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::net::{TcpListener, TcpStream};

/// A port that was free a moment ago.
async fn free_port() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap()
}

#[tokio::test]
async fn both_transports_are_served_on_one_port_each_with_its_own_modules() {
    let shared = ListenerConfig::new(free_port().await);
    let http = ListenerConfig { modules: "web3".parse().unwrap(), ..shared.clone() };
    let ws_config = ListenerConfig { modules: "net".parse().unwrap(), ..shared };
    let servers = start(RpcConfig { http: Some(http), ws: Some(ws_config), ..config() }).await;
    let addr = servers.http_addr().unwrap();
    assert_eq!(servers.ws_addr(), Some(addr));
    let mut ws = ws(addr).await;
    assert_eq!(ws_call(&mut ws, "net_version", json!([])).await["result"], "1337");
    assert_eq!(error(&call(addr, "net_version", json!([])).await).0, -32601);
    assert_eq!(call(addr, "web3_clientVersion", json!([])).await["result"], "rollup-node/test");
    assert_eq!(error(&ws_call(&mut ws, "web3_clientVersion", json!([])).await).0, -32601);
}

#[tokio::test]
async fn a_port_serves_only_its_transport() {
    let servers = start(config()).await;
    assert_ne!(servers.http_addr(), servers.ws_addr());
    let body = request("net_version", &json!([])).to_string();
    let response = send(servers.ws_addr().unwrap(), body).await;
    assert_eq!(response.status(), 403);
    assert_eq!(response.text().await.unwrap(), "HTTP is not served on this port");
    let opened = crate::support::ws_with(servers.http_addr().unwrap(), &[]).await;
    assert_eq!(crate::support::refused(opened), 403);
}

#[tokio::test]
async fn an_occupied_port_is_named_with_its_flags() {
    let occupied = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let taken = ListenerConfig::new(occupied.local_addr().unwrap());
    let start = |config| RpcServers::start(config, modules(), Arc::new(SystemClock::new()));
    let err = start(RpcConfig { http: Some(taken.clone()), ..config() }).await.unwrap_err();
    let expected = format!(
        "cannot listen on {}: the address is in use; stop what listens there, or choose another \
         with --http.addr and --http.port",
        taken.addr
    );
    assert_eq!(err.to_string(), expected);
    let err = start(RpcConfig { ws: Some(taken), ..config() }).await.unwrap_err();
    assert!(err.to_string().ends_with("--ws.addr and --ws.port"), "{err}");
}

#[tokio::test]
async fn nothing_is_served_that_is_not_configured() {
    let servers = start(RpcConfig {
        http: Some(listener()),
        ..RpcConfig { ws: None, admin: None, ..config() }
    })
    .await;
    assert!(servers.http_addr().is_some());
    assert_eq!((servers.ws_addr(), servers.admin_addr()), (None, None));
}

#[tokio::test]
async fn a_stop_ends_idle_and_subscribed_connections() {
    let servers = start(config()).await;
    let (http, addr) = (servers.http_addr().unwrap(), servers.ws_addr().unwrap());
    let mut idle = ws(addr).await;
    assert_eq!(ws_call(&mut idle, "net_version", json!([])).await["result"], "1337");
    let mut subscribed = ws(addr).await;
    assert!(ws_call(&mut subscribed, "eth_subscribe", json!([])).await["result"].is_string());
    let _silent = TcpStream::connect(http).await.unwrap();

    servers.stop().await;
    ws_ends(&mut idle).await;
    ws_ends(&mut subscribed).await;
    for addr in [http, addr] {
        assert!(TcpStream::connect(addr).await.is_err(), "{addr}");
    }
}

#[tokio::test]
async fn a_stop_does_not_wait_for_a_call_without_end() {
    let stop_timeout = Duration::from_millis(20);
    let limits = RpcLimits { stop_timeout, ..RpcLimits::default() };
    let servers = start(RpcConfig { limits, ..config() }).await;
    let mut hanging = ws(servers.ws_addr().unwrap()).await;
    ws_send(&mut hanging, request("eth_never", &json!([]))).await;
    // Answered after it: so the call before it has begun.
    assert_eq!(ws_call(&mut hanging, "net_version", json!([])).await["result"], "1337");
    servers.stop().await;
    ws_ends(&mut hanging).await;
}

#[tokio::test]
async fn dropping_the_servers_ends_them() {
    let servers = start(config()).await;
    let mut open = ws(servers.ws_addr().unwrap()).await;
    drop(servers);
    ws_ends(&mut open).await;
}
