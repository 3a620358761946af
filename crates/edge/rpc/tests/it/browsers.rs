//! What web pages may do, and compression.

use crate::support::{config, listener, post, refused, request, send, start, ws_with};
use reqwest::{Client, Method, Response};
use rollup_rpc::{ListenerConfig, RpcConfig};
use serde_json::json;
use std::net::SocketAddr;

fn with_origins(origins: &str) -> RpcConfig {
    let listener = ListenerConfig { origins: origins.parse().unwrap(), ..listener() };
    RpcConfig { http: Some(listener.clone()), ws: Some(listener), ..config() }
}

async fn preflight(addr: SocketAddr, origin: &str) -> Response {
    Client::builder()
        .no_proxy()
        .build()
        .unwrap()
        .request(Method::OPTIONS, format!("http://{addr}"))
        .header("origin", origin)
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "content-type,authorization")
        .send()
        .await
        .unwrap()
}

fn header(response: &Response, name: &str) -> Option<String> {
    response.headers().get(name).map(|value| value.to_str().unwrap().to_owned())
}

const ALLOWED: &str = "access-control-allow-origin";

#[tokio::test]
async fn pages_that_are_listed_may_call() {
    let servers = start(with_origins("https://a.test")).await;
    let http = servers.http_addr().unwrap();
    let listed = preflight(http, "https://a.test").await;
    assert_eq!(listed.status(), 200);
    assert_eq!(header(&listed, ALLOWED).unwrap(), "https://a.test");
    assert!(header(&listed, "access-control-allow-methods").unwrap().contains("POST"));
    let headers = header(&listed, "access-control-allow-headers").unwrap();
    assert!(headers.contains("content-type") && headers.contains("authorization"), "{headers}");
    assert_eq!(header(&preflight(http, "https://b.test").await, ALLOWED), None);

    let body = request("net_version", &json!([])).to_string();
    let call = post(http, body).header("origin", "https://a.test").send().await.unwrap();
    assert_eq!(header(&call, ALLOWED).unwrap(), "https://a.test");

    let ws = servers.ws_addr().unwrap();
    ws_with(ws, &[("origin", "https://a.test")]).await.unwrap();
    assert_eq!(refused(ws_with(ws, &[("origin", "https://b.test")]).await), 403);
    assert_eq!(refused(ws_with(ws, &[("origin", "http://localhost")]).await), 403);
}

#[tokio::test]
async fn any_page_may_call_where_any_is_listed() {
    let servers = start(with_origins("*")).await;
    let answer = preflight(servers.http_addr().unwrap(), "https://b.test").await;
    assert_eq!(header(&answer, ALLOWED).unwrap(), "*");
    ws_with(servers.ws_addr().unwrap(), &[("origin", "https://b.test")]).await.unwrap();
}

#[tokio::test]
async fn without_a_list_only_pages_of_this_machine_open_a_websocket() {
    let servers = start(config()).await;
    let answer = preflight(servers.http_addr().unwrap(), "https://b.test").await;
    assert_eq!(header(&answer, ALLOWED), None);
    let ws = servers.ws_addr().unwrap();
    ws_with(ws, &[("origin", "http://localhost:3000")]).await.unwrap();
    assert_eq!(refused(ws_with(ws, &[("origin", "https://b.test")]).await), 403);
}

#[tokio::test]
async fn no_page_reaches_the_admin_server() {
    let servers = start(with_origins("*")).await;
    let admin = servers.admin_addr().unwrap();
    assert_eq!(header(&preflight(admin, "https://b.test").await, ALLOWED), None);
    assert_eq!(refused(ws_with(admin, &[("origin", "http://localhost")]).await), 403);
    // A page that has let its own name point to this machine.
    let body = request("rollupNodeAdmin_buildBlock", &json!([])).to_string();
    let rebound = post(admin, body.clone()).header("host", "evil.test").send().await.unwrap();
    assert_eq!(rebound.status(), 403);
    assert_eq!(refused(ws_with(admin, &[("host", "evil.test:8547")]).await), 403);
    for host in ["localhost:8547", "127.0.0.1", "[::1]:8547"] {
        let named = post(admin, body.clone()).header("host", host).send().await.unwrap();
        assert_eq!(named.status(), 200, "{host}");
    }
    // Others have a proxy in front of them, with a name of its own.
    let http = servers.http_addr().unwrap();
    let body = request("net_version", &json!([])).to_string();
    assert_eq!(post(http, body).header("host", "rpc.test").send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn long_responses_are_compressed_for_who_accepts_it() {
    let body = request("eth_text", &json!([50_000])).to_string();
    let servers = start(config()).await;
    let http = servers.http_addr().unwrap();
    let plain = send(http, body.clone()).await;
    assert_eq!(header(&plain, "content-encoding"), None);
    assert!(plain.bytes().await.unwrap().len() > 50_000);
    let gzip = post(http, body.clone()).header("accept-encoding", "gzip").send().await.unwrap();
    assert_eq!(header(&gzip, "content-encoding").unwrap(), "gzip");
    let bytes = gzip.bytes().await.unwrap();
    assert!(bytes.starts_with(&[0x1f, 0x8b]) && bytes.len() < 5_000);
    let short = request("net_version", &json!([])).to_string();
    let short = post(http, short).header("accept-encoding", "gzip").send().await.unwrap();
    assert_eq!(header(&short, "content-encoding"), None);

    let off = ListenerConfig { compression: false, ..listener() };
    let servers = start(RpcConfig { http: Some(off), ..config() }).await;
    let http = servers.http_addr().unwrap();
    let off = post(http, body).header("accept-encoding", "gzip").send().await.unwrap();
    assert_eq!(header(&off, "content-encoding"), None);
}
