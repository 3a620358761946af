//! How much the servers take.

use crate::support::{
    answer, call, config, error, refused, request, send, start, ws, ws_answer, ws_call, ws_ends,
    ws_send, ws_with,
};
use rollup_rpc::{RpcConfig, RpcLimits};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

fn with(limits: RpcLimits) -> RpcConfig {
    RpcConfig { limits, ..config() }
}

fn calls(count: usize) -> Value {
    (0..count).map(|_| request("net_version", &json!([]))).collect()
}

#[tokio::test]
async fn batches_have_a_length() {
    let servers = start(with(RpcLimits { max_batch_calls: 3, ..RpcLimits::default() })).await;
    let http = servers.http_addr().unwrap();
    assert_eq!(answer(http, calls(3)).await.as_array().unwrap().len(), 3);
    let message = "The batch request was too large";
    assert_eq!(error(&answer(http, calls(4)).await), (-32010, message));
    let mut ws = ws(servers.ws_addr().unwrap()).await;
    ws_send(&mut ws, calls(4)).await;
    assert_eq!(error(&ws_answer(&mut ws).await), (-32010, message));
}

#[tokio::test]
async fn requests_have_a_length() {
    let servers = start(with(RpcLimits { max_request_bytes: 1000, ..RpcLimits::default() })).await;
    let long = request("web3_sha3", &json!([format!("0x{}", "00".repeat(500))])).to_string();
    let response = send(servers.http_addr().unwrap(), long.clone()).await;
    assert_eq!(response.status(), 413);
    let answer: Value = response.json().await.unwrap();
    assert_eq!(error(&answer), (-32007, "Request is too big"));

    let mut ws = ws(servers.ws_addr().unwrap()).await;
    ws_send(&mut ws, long).await;
    assert_eq!(error(&ws_answer(&mut ws).await), (-32007, "Request is too big"));
    // The rest of it is not read, so neither is what comes after it.
    ws_ends(&mut ws).await;
}

#[tokio::test]
async fn responses_have_a_length() {
    let servers = start(with(RpcLimits { max_response_bytes: 1000, ..RpcLimits::default() })).await;
    let http = servers.http_addr().unwrap();
    assert!(call(http, "eth_text", json!([900])).await["result"].is_string());
    let long = call(http, "eth_text", json!([1000])).await;
    assert_eq!(error(&long), (-32008, "Response is too big"));
    // Together they are too long, and each is not.
    let batch: Value = (0..2).map(|_| request("eth_text", &json!([500]))).collect();
    assert_eq!(error(&answer(http, batch).await), (-32011, "The batch response was too large"));
    let mut ws = ws(servers.ws_addr().unwrap()).await;
    assert_eq!(error(&ws_call(&mut ws, "eth_text", json!([1000])).await).0, -32008);
}

#[tokio::test]
async fn connections_above_the_limit_are_told_so_until_one_closes() {
    let servers = start(with(RpcLimits { max_connections: 1, ..RpcLimits::default() })).await;
    let addr = servers.ws_addr().unwrap();
    let mut first = ws(addr).await;
    assert_eq!(ws_call(&mut first, "net_version", json!([])).await["result"], "1337");
    assert_eq!(refused(ws_with(addr, &[]).await), 429);
    // Other ports have limits of their own.
    let http = servers.http_addr().unwrap();
    assert_eq!(call(http, "net_version", json!([])).await["result"], "1337");

    first.close(None).await.unwrap();
    while ws_with(addr, &[]).await.is_err() {}
}

#[tokio::test]
async fn a_silent_connection_counts() {
    let servers = start(with(RpcLimits { max_connections: 1, ..RpcLimits::default() })).await;
    let http = servers.http_addr().unwrap();
    let silent = TcpStream::connect(http).await.unwrap();
    let body = request("net_version", &json!([])).to_string();
    let response = send(http, body.clone()).await;
    assert_eq!(response.status(), 429);
    assert_eq!(response.text().await.unwrap(), "Too many connections. Please try again later.");
    drop(silent);
    while send(http, body.clone()).await.status() == 429 {}
}

#[tokio::test]
async fn a_connection_has_so_many_subscriptions() {
    let limits = RpcLimits { max_subscriptions_per_connection: 2, ..RpcLimits::default() };
    let servers = start(with(limits)).await;
    let mut ws = ws(servers.ws_addr().unwrap()).await;
    let first = ws_call(&mut ws, "eth_subscribe", json!([])).await["result"].clone();
    let second = ws_call(&mut ws, "eth_subscribe", json!([])).await["result"].clone();
    // As a quantity, which all clients take.
    assert!(second.as_str().unwrap().starts_with("0x"));
    let third = ws_call(&mut ws, "eth_subscribe", json!([])).await;
    assert_eq!(error(&third), (-32006, "Too many subscriptions on the connection"));
    ws_call(&mut ws, "eth_unsubscribe", json!([first])).await;
    // The place is free when the subscription has noticed.
    while ws_call(&mut ws, "eth_subscribe", json!([])).await.get("error").is_some() {}
}

#[tokio::test]
async fn a_connection_has_so_many_calls_at_a_time() {
    let limits = RpcLimits { max_calls_per_connection: 2, ..RpcLimits::default() };
    let servers = start(with(limits)).await;
    let addr = servers.ws_addr().unwrap();
    let mut first = ws(addr).await;
    for _ in 0..3 {
        ws_send(&mut first, request("eth_never", &json!([]))).await;
    }
    let third = ws_answer(&mut first).await;
    assert_eq!(error(&third), (-32005, "too many calls on this connection"));
    let mut second = ws(addr).await;
    assert_eq!(ws_call(&mut second, "net_version", json!([])).await["result"], "1337");
}

#[tokio::test]
async fn a_call_has_so_much_time() {
    let call_timeout = Duration::from_millis(20);
    let servers = start(with(RpcLimits { call_timeout, ..RpcLimits::default() })).await;
    let http = servers.http_addr().unwrap();
    assert_eq!(error(&call(http, "eth_never", json!([])).await), (-32002, "request timed out"));
    let mut ws = ws(servers.ws_addr().unwrap()).await;
    let answer = ws_call(&mut ws, "eth_never", json!([])).await;
    assert_eq!(error(&answer), (-32002, "request timed out"));
    assert_eq!(answer["id"], 1);
}

#[tokio::test]
async fn a_batch_has_so_much_time() {
    let request_timeout = Duration::from_millis(20);
    let servers = start(with(RpcLimits { request_timeout, ..RpcLimits::default() })).await;
    let batch = json!([request("eth_never", &json!([]))]);
    let response = send(servers.http_addr().unwrap(), batch.to_string()).await;
    assert_eq!(response.status(), 408);
    let answer: Value = response.json().await.unwrap();
    assert_eq!(error(&answer), (-32002, "request timed out"));
    let mut ws = ws(servers.ws_addr().unwrap()).await;
    ws_send(&mut ws, batch).await;
    assert_eq!(error(&ws_answer(&mut ws).await), (-32002, "request timed out"));
}

#[tokio::test]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let request_timeout = Duration::from_millis(20);
    let servers = start(with(RpcLimits { request_timeout, ..RpcLimits::default() })).await;
    let mut socket = TcpStream::connect(servers.http_addr().unwrap()).await.unwrap();
    let header = "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
                  content-length: 100\r\n\r\n{";
    socket.write_all(header.as_bytes()).await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(answer.contains("-32002"), "{answer}");
}

#[tokio::test]
async fn a_connection_that_says_nothing_is_closed() {
    let idle_timeout = Duration::from_millis(20);
    let servers = start(with(RpcLimits { idle_timeout, ..RpcLimits::default() })).await;
    let mut socket = TcpStream::connect(servers.http_addr().unwrap()).await.unwrap();
    let mut nothing = Vec::new();
    socket.read_to_end(&mut nothing).await.ok();
    assert!(nothing.is_empty());
}

#[tokio::test]
async fn all_connections_together_have_so_many_calls() {
    let servers = start(with(RpcLimits { max_calls: 2, ..RpcLimits::default() })).await;
    let (mut first, mut second) =
        (ws(servers.ws_addr().unwrap()).await, ws(servers.ws_addr().unwrap()).await);
    for ws in [&mut first, &mut second] {
        ws_send(ws, request("eth_never", &json!([]))).await;
    }
    let busy = (-32009, "server is busy, try again later");
    // Whichever comes third is refused: here until the other two have begun.
    let mut third = ws(servers.ws_addr().unwrap()).await;
    while ws_call(&mut third, "net_version", json!([])).await.get("error").is_none() {}
    let refused = call(servers.http_addr().unwrap(), "net_version", json!([])).await;
    assert_eq!(error(&refused), busy);
}

#[tokio::test]
async fn all_connections_together_have_so_many_subscriptions() {
    let servers = start(with(RpcLimits { max_subscriptions: 1, ..RpcLimits::default() })).await;
    let mut first = ws(servers.ws_addr().unwrap()).await;
    assert!(ws_call(&mut first, "eth_subscribe", json!([])).await["result"].is_string());
    let mut second = ws(servers.ws_addr().unwrap()).await;
    let refused = ws_call(&mut second, "eth_subscribe", json!([])).await;
    assert_eq!(error(&refused), (-32006, "Too many subscriptions on the node"));
    drop(first);
    while ws_call(&mut second, "eth_subscribe", json!([])).await.get("error").is_some() {}
}

/// A client that asks for an answer of so many bytes and reads nothing but its beginning, so that the
/// answer is there.
async fn leaves_unread(addr: std::net::SocketAddr, bytes: usize) -> TcpStream {
    let mut socket = TcpStream::connect(addr).await.unwrap();
    let body = request("eth_text", &json!([bytes])).to_string();
    let header = format!(
        "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    );
    socket.write_all(header.as_bytes()).await.unwrap();
    socket.read_u8().await.unwrap();
    socket
}

#[tokio::test]
async fn answers_that_are_not_read_are_bounded_over_all_connections() {
    const BYTES: usize = 32 << 20;
    let limits = RpcLimits {
        max_response_bytes: 33 << 20,
        max_unread_bytes: 40 << 20,
        ..RpcLimits::default()
    };
    let servers = start(with(limits)).await;
    let http = servers.http_addr().unwrap();
    let unread = leaves_unread(http, BYTES).await;
    let refused = call(http, "eth_text", json!([BYTES])).await;
    assert_eq!(error(&refused), (-32009, "server is busy, try again later"));
    let batch: Value = (0..4).map(|_| request("eth_text", &json!([BYTES / 4]))).collect();
    assert_eq!(error(&answer(http, &batch).await).0, -32009);
    let mut ws = ws(servers.ws_addr().unwrap()).await;
    assert_eq!(error(&ws_call(&mut ws, "eth_text", json!([BYTES])).await).0, -32009);
    // Short answers are not refused for that.
    assert_eq!(call(http, "net_version", json!([])).await["result"], "1337");

    drop(unread);
    while call(http, "eth_text", json!([BYTES])).await.get("error").is_some() {}
    assert_eq!(answer(http, &batch).await.as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn a_connection_has_so_many_bytes_of_answers_that_wait() {
    const BYTES: usize = 16 << 20;
    let limits = RpcLimits { max_response_bytes: 20 << 20, ..RpcLimits::default() };
    let servers = start(with(limits)).await;
    let mut ws = ws(servers.ws_addr().unwrap()).await;
    // There is no room for a second beside the first.
    for _ in 0..3 {
        ws_send(&mut ws, request("eth_text", &json!([BYTES]))).await;
    }
    let mut answers = Vec::new();
    for _ in 0..3 {
        answers.push(ws_answer(&mut ws).await);
    }
    let refused: Vec<_> = answers.iter().filter(|answer| answer.get("error").is_some()).collect();
    for answer in &refused {
        let message = "too many answers wait to be read on this connection";
        assert_eq!(error(answer), (-32005, message));
    }
    assert!(refused.len() < 3);
}

#[tokio::test]
async fn who_does_not_read_loses_the_connection() {
    let limits = RpcLimits {
        max_connections: 1,
        idle_timeout: Duration::from_millis(200),
        ..RpcLimits::default()
    };
    let servers = start(with(limits)).await;
    let http = servers.http_addr().unwrap();
    let _unread = leaves_unread(http, 32 << 20).await;
    let body = request("net_version", &json!([])).to_string();
    assert_eq!(send(http, body.clone()).await.status(), 429);
    while send(http, body.clone()).await.status() == 429 {}
    let ws_addr = servers.ws_addr().unwrap();
    let mut unread = ws(ws_addr).await;
    ws_send(&mut unread, request("eth_text", &json!([32 << 20]))).await;
    while ws_with(ws_addr, &[]).await.is_err() {}
}

#[tokio::test]
async fn a_websocket_that_does_not_answer_pings_is_closed() {
    use tokio_tungstenite::tungstenite::handshake::client::generate_key;
    let idle_timeout = Duration::from_millis(100);
    let servers = start(with(RpcLimits { idle_timeout, ..RpcLimits::default() })).await;
    let addr = servers.ws_addr().unwrap();
    let mut silent = TcpStream::connect(addr).await.unwrap();
    let header = format!(
        "GET / HTTP/1.1\r\nhost: {addr}\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
         sec-websocket-version: 13\r\nsec-websocket-key: {}\r\n\r\n",
        generate_key()
    );
    silent.write_all(header.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    silent.read_to_end(&mut answer).await.unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 101"), "{}", String::from_utf8_lossy(&answer));
    // Pings came before it was given up.
    assert!(answer.ends_with(&[0x89, 0]), "{answer:?}");
}

#[tokio::test]
async fn a_websocket_that_answers_pings_stays() {
    let idle_timeout = Duration::from_millis(100);
    let servers = start(with(RpcLimits { idle_timeout, ..RpcLimits::default() })).await;
    let mut ws = ws(servers.ws_addr().unwrap()).await;
    let mut pings = 0;
    while pings < 8 {
        use futures::StreamExt;
        // The client answers when it is polled again.
        pings += usize::from(ws.next().await.unwrap().unwrap().is_ping());
    }
    assert_eq!(ws_call(&mut ws, "net_version", json!([])).await["result"], "1337");
}
