//! One request for one call or batch.

use super::{
    call::{CallRules, Calls, take_held},
    dispatch,
    methods::Caller,
    totals::Held,
};
use crate::error::timed_out;
use http_body_util::Full;
use hyper::{
    Method, Request, StatusCode,
    body::{Bytes, Incoming},
    header::{CONTENT_TYPE, HeaderValue},
};
use jsonrpsee::{
    MethodResponse,
    core::http_helpers::{HttpError, read_body},
    server::{
        HttpBody, HttpResponse,
        http::{content_type_is_json, response},
    },
    types::{ErrorObjectOwned, Id, error::reject_too_big_request},
};
use std::sync::Arc;
use tokio::time::timeout;
use tracing::debug;

/// Reads and answers a request, within [`crate::RpcLimits::request_timeout`].
pub(crate) async fn answer(rules: &Arc<CallRules>, request: Request<Incoming>) -> HttpResponse {
    match timeout(rules.limits.request_timeout, answer_in_time(rules, request)).await {
        Ok(response) => response,
        Err(_) => failed(rules, StatusCode::REQUEST_TIMEOUT, timed_out()),
    }
}

async fn answer_in_time(rules: &Arc<CallRules>, request: Request<Incoming>) -> HttpResponse {
    if request.method() != Method::POST {
        return response::method_not_allowed();
    }
    if !content_type_is_json(&request) {
        return response::unsupported_content_type();
    }
    let (parts, body) = request.into_parts();
    let max_bytes = rules.limits.max_request_bytes;
    match read_body(&parts.headers, body, max_bytes).await {
        Ok((body, _)) => {
            let calls = Calls::new(rules, Caller::once(parts.extensions));
            respond(StatusCode::OK, dispatch::answer(&calls, &body).await)
        }
        Err(HttpError::TooLarge) => {
            let err = reject_too_big_request(max_bytes);
            failed(rules, StatusCode::PAYLOAD_TOO_LARGE, err)
        }
        Err(HttpError::Malformed) => {
            failed(rules, StatusCode::BAD_REQUEST, dispatch::parse_error())
        }
        Err(HttpError::Stream(err)) => {
            // The peer has gone, or sends no HTTP: it reads no answer.
            debug!(target: "rpc::server", %err, "a request cannot be read");
            failed(rules, StatusCode::BAD_REQUEST, dispatch::parse_error())
        }
    }
}

fn failed(rules: &CallRules, status: StatusCode, err: ErrorObjectOwned) -> HttpResponse {
    respond(status, rules.failed(Id::Null, err))
}

/// An answer whose bytes count as long as any of them wait to be sent.
struct Counted {
    text: Box<str>,
    _held: Option<Arc<Held>>,
}

impl AsRef<[u8]> for Counted {
    fn as_ref(&self) -> &[u8] {
        self.text.as_bytes()
    }
}

fn respond(status: StatusCode, mut answer: MethodResponse) -> HttpResponse {
    let held = take_held(&mut answer);
    let text = Box::<str>::from(answer.into_json());
    let body = Full::new(Bytes::from_owner(Counted { text, _held: held }));
    let mut response = HttpResponse::new(HttpBody::new(body));
    *response.status_mut() = status;
    let json = HeaderValue::from_static("application/json; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}
