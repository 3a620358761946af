//! Metrics and probes over real sockets.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod connections;
mod health;
mod metrics;

use reqwest::{Response, StatusCode};
use std::net::SocketAddr;

/// Any free port.
const ANY: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

async fn get(address: SocketAddr, path: &str) -> Response {
    reqwest::get(format!("http://{address}{path}")).await.unwrap()
}

/// Status and JSON body.
async fn get_json(address: SocketAddr, path: &str) -> (StatusCode, serde_json::Value) {
    let response = get(address, path).await;
    (response.status(), response.json().await.unwrap())
}
