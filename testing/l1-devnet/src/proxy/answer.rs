//! Answers of the proxy.

use super::{Fault, Shared, lag::lagging, logs::without_logs};
use crate::rpc::hex;
use axum::{
    body::Bytes,
    extract::State,
    http::{StatusCode, header::RETRY_AFTER},
    response::{Html, IntoResponse as _, Json, Response},
};
use eyre::Result;
use serde_json::{Value, json};
use std::{future, sync::Arc};
use tokio::time::sleep;

/// Seconds after which a client that asks too much may come back.
const RETRY_AFTER_SECONDS: &str = "1";

/// Answers one request of HTTP, which has one request of JSON-RPC or a list of them.
pub(super) async fn handle(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    let fault = shared.fault.lock().clone();
    let Ok(request) = serde_json::from_slice::<Value>(&body) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let requests = request.as_array().map_or_else(|| vec![&request], |list| list.iter().collect());
    for request in &requests {
        let method = request["method"].as_str().unwrap_or_default().to_owned();
        *shared.counts.lock().entry(method).or_default() += 1;
    }
    if let Some(response) = refusal(&fault).await {
        return response;
    }
    let mut answers = Vec::new();
    for request in requests {
        match answer(&shared, &fault, request).await {
            Ok(answer) => answers.push(answer),
            Err(err) => return (StatusCode::BAD_GATEWAY, format!("{err:#}")).into_response(),
        }
    }
    let is_list = request.is_array();
    Json(if is_list { Value::from(answers) } else { answers.remove(0) }).into_response()
}

/// What comes instead of every answer, if a fault does not look at the requests.
async fn refusal(fault: &Fault) -> Option<Response> {
    match fault {
        Fault::Hang => future::pending().await,
        Fault::Delay(delay) => {
            sleep(*delay).await;
            None
        }
        Fault::Http(status) => {
            let status = StatusCode::from_u16(*status);
            Some(status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR).into_response())
        }
        Fault::RateLimit => {
            let headers = [(RETRY_AFTER, RETRY_AFTER_SECONDS)];
            Some((StatusCode::TOO_MANY_REQUESTS, headers, "too many requests").into_response())
        }
        Fault::Garbage => Some(Html("<html>garbage</html>").into_response()),
        _ => None,
    }
}

/// The answer to one request of JSON-RPC.
async fn answer(shared: &Shared, fault: &Fault, request: &Value) -> Result<Value> {
    let upstream = match fault {
        Fault::Fork(url) => shared.upstream.at(url),
        _ => shared.upstream.clone(),
    };
    let mut answer = match (fault, request["method"].as_str().unwrap_or_default()) {
        (Fault::Rpc { code, message }, _) => error(*code, message),
        (Fault::ChainId(id), "eth_chainId") => result(hex(*id)),
        (Fault::ChainId(id), "net_version") => result(json!(id.to_string())),
        (Fault::Lag(blocks), method) => {
            lagging(&upstream, *blocks, method, request["params"].clone()).await?
        }
        (Fault::DropLogs(every), method) => {
            let answer = upstream.answer(method, request["params"].clone()).await?;
            without_logs(method, answer, *every)
        }
        (_, method) => upstream.answer(method, request["params"].clone()).await?,
    };
    answer["id"] = request["id"].clone();
    Ok(answer)
}

/// An answer with a result.
pub(super) fn result(result: Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": null, "result": result })
}

/// An answer with an error.
pub(super) fn error(code: i64, message: &str) -> Value {
    json!({ "jsonrpc": "2.0", "id": null, "error": { "code": code, "message": message } })
}
