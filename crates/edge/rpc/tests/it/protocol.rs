//! What is answered to what is no call, and to calls that fail.

use crate::support::{
    TOGETHER, answer, call, config, error, request, send, start, ws, ws_answer, ws_call, ws_send,
};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

#[tokio::test]
async fn what_is_no_json_is_a_parse_error() {
    let servers = start(config()).await;
    let http = servers.http_addr().unwrap();
    for (body, status) in [("nonsense", 400), ("", 400), (r#"{"jsonrpc":"#, 200), ("[1,", 200)] {
        let response = send(http, body.to_owned()).await;
        assert_eq!(response.status(), status, "{body}");
        let answer: Value = response.json().await.unwrap();
        assert_eq!(error(&answer), (-32700, "Parse error"), "{body}");
        assert_eq!(answer["id"], Value::Null);
    }
    let mut ws = ws(servers.ws_addr().unwrap()).await;
    for body in ["nonsense", r#"{"jsonrpc":"#] {
        ws_send(&mut ws, body).await;
        assert_eq!(error(&ws_answer(&mut ws).await), (-32700, "Parse error"), "{body}");
    }
}

#[tokio::test]
async fn what_is_no_call_is_an_invalid_request() {
    let servers = start(config()).await;
    let http = servers.http_addr().unwrap();
    let mut ws = ws(servers.ws_addr().unwrap()).await;
    for body in [
        "{}",
        r#"{"id":1}"#,
        r#"{"method":7,"id":1}"#,
        r#"{"jsonrpc":"1.0","id":1,"method":"net_version"}"#,
        r#"{"jsonrpc":"2.0","id":{},"method":"net_version"}"#,
        "[]",
    ] {
        assert_eq!(error(&answer(http, body).await), (-32600, "Invalid request"), "{body}");
        ws_send(&mut ws, body).await;
        assert_eq!(error(&ws_answer(&mut ws).await), (-32600, "Invalid request"), "{body}");
    }
    for entry in ["1", "\"x\"", "{}", "[]"] {
        let answers = answer(http, format!("[{entry}]")).await;
        assert_eq!(error(&answers[0]), (-32600, "Invalid request"), "{entry}");
    }
}

#[tokio::test]
async fn methods_that_are_not_there_are_not_found() {
    let servers = start(config()).await;
    let http = servers.http_addr().unwrap();
    // Unknown, of a namespace without methods, of one that is not selected.
    for method in ["foo_bar", "debug_traceCall", "rpc_modules", "rollupNodeAdmin_buildBlock"] {
        let answer = call(http, method, json!([])).await;
        assert_eq!(error(&answer), (-32601, "Method not found"), "{method}");
    }
    let mut ws = ws(servers.ws_addr().unwrap()).await;
    let answer = ws_call(&mut ws, "foo_bar", json!([])).await;
    assert_eq!(error(&answer), (-32601, "Method not found"));
}

#[tokio::test]
async fn parameters_of_another_kind_are_invalid() {
    let servers = start(config()).await;
    let http = servers.http_addr().unwrap();
    for params in [json!([7]), json!([]), json!(["0xzz"]), json!({ "bytes": "0x" })] {
        let answer = call(http, "web3_sha3", params.clone()).await;
        assert_eq!(error(&answer).0, -32602, "{params}");
    }
}

#[tokio::test]
async fn calls_of_a_batch_are_answered_in_order_and_each_for_itself() {
    let servers = start(config()).await;
    let batch = json!([
        request("net_version", &json!([])),
        { "jsonrpc": "2.0", "method": "net_version" },
        { "jsonrpc": "2.0", "id": 2, "method": "eth_panic" },
        { "id": 3 },
        { "jsonrpc": "2.0", "id": 4, "method": "foo_bar" },
    ]);
    let answers = answer(servers.http_addr().unwrap(), &batch).await;
    let answers = answers.as_array().unwrap();
    assert_eq!(answers[0]["result"], "1337");
    let rest: Vec<_> =
        answers[1..].iter().map(|own| (own["id"].as_i64().unwrap(), error(own).0)).collect();
    assert_eq!(rest, [(2, -32603), (3, -32600), (4, -32601)]);

    let mut ws = ws(servers.ws_addr().unwrap()).await;
    ws_send(&mut ws, &batch).await;
    assert_eq!(ws_answer(&mut ws).await.as_array().unwrap(), answers);
}

#[tokio::test]
async fn transactions_of_a_batch_wait_together_and_begin_in_order() {
    let servers = start(config()).await;
    let sends = vec![request("eth_sendRawTransaction", &json!([])); TOGETHER];
    let other = vec![request("net_version", &json!([]))];
    let batch = Value::from([sends.clone(), other, sends].concat());
    let answers = answer(servers.http_addr().unwrap(), &batch).await;
    let results: Vec<_> =
        answers.as_array().unwrap().iter().map(|answer| answer["result"].clone()).collect();
    assert_eq!(Value::from(results), json!([0, 1, 2, "1337", 3, 4, 5]));
}

#[tokio::test]
async fn a_panic_is_an_internal_error_and_harms_nobody_else() {
    let servers = start(config()).await;
    let http = servers.http_addr().unwrap();
    assert_eq!(error(&call(http, "eth_panic", json!([])).await), (-32603, "Internal error"));
    assert_eq!(call(http, "net_version", json!([])).await["result"], "1337");

    let mut ws = ws(servers.ws_addr().unwrap()).await;
    assert_eq!(error(&ws_call(&mut ws, "eth_panic", json!([])).await), (-32603, "Internal error"));
    assert_eq!(ws_call(&mut ws, "net_version", json!([])).await["result"], "1337");
}

#[tokio::test]
async fn only_json_is_taken_over_http() {
    let servers = start(config()).await;
    let url = format!("http://{}", servers.http_addr().unwrap());
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let body = request("net_version", &json!([])).to_string();
    // What a page may send without asking.
    let form = client.post(&url).header("content-type", "text/plain").body(body).send();
    assert_eq!(form.await.unwrap().status(), 415);
    assert_eq!(client.get(&url).send().await.unwrap().status(), 405);
}

#[tokio::test]
async fn subscriptions_need_a_connection() {
    let servers = start(config()).await;
    let answer = call(servers.http_addr().unwrap(), "eth_subscribe", json!([])).await;
    assert_eq!(error(&answer), (-32601, "notifications not supported"));
    let mut ws = ws(servers.ws_addr().unwrap()).await;
    let id = ws_call(&mut ws, "eth_subscribe", json!([])).await["result"].clone();
    assert_eq!(ws_call(&mut ws, "eth_unsubscribe", json!([id])).await["result"], true);
}

#[tokio::test]
async fn binary_messages_are_calls_too() {
    use futures::SinkExt;
    let servers = start(config()).await;
    let mut ws = ws(servers.ws_addr().unwrap()).await;
    let body = request("net_version", &json!([])).to_string();
    ws.send(Message::binary(body.into_bytes())).await.unwrap();
    assert_eq!(ws_answer(&mut ws).await["result"], "1337");
}

#[tokio::test]
async fn long_answers_come_whole_over_every_transport() {
    const BYTES: usize = 300_000;
    let servers = start(config()).await;
    let mut ws = ws(servers.ws_addr().unwrap()).await;
    for bytes in [0, 1, 65_000, 65_536, BYTES] {
        let expected = "x".repeat(bytes);
        let over_ws = ws_call(&mut ws, "eth_text", json!([bytes])).await;
        assert_eq!(over_ws["result"], expected, "{bytes}");
        let over_http = call(servers.http_addr().unwrap(), "eth_text", json!([bytes])).await;
        assert_eq!(over_http["result"], expected, "{bytes}");
    }
}

#[tokio::test]
async fn a_notification_is_not_answered() {
    let servers = start(config()).await;
    let mut ws = ws(servers.ws_addr().unwrap()).await;
    ws_send(&mut ws, json!({ "jsonrpc": "2.0", "method": "eth_panic" })).await;
    assert_eq!(ws_call(&mut ws, "net_version", json!([])).await["result"], "1337");
}

#[tokio::test]
async fn what_is_no_websocket_is_told_so() {
    let servers = start(config()).await;
    let url = format!("http://{}", servers.ws_addr().unwrap());
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let upgrade = client.get(&url).header("connection", "upgrade").header("upgrade", "websocket");
    assert_eq!(upgrade.send().await.unwrap().status(), 400);
}
