//! From the bytes of a request to its answer.

use super::call::{Calls, Entry};
use crate::error::RpcErrorCode;
use jsonrpsee::{
    MethodResponse,
    core::middleware::{BatchEntry, BatchEntryErr, Notification, Request},
    types::{
        ErrorObjectOwned, Id, InvalidRequest,
        error::{INVALID_REQUEST_MSG, PARSE_ERROR_MSG, reject_too_big_batch_request},
    },
};
use serde::{Deserialize, de::IgnoredAny};
use serde_json::value::RawValue;

/// Bytes of white space before a request, at most.
const MAX_LEADING_SPACE: usize = 128;

/// Not JSON.
pub(crate) fn parse_error() -> ErrorObjectOwned {
    RpcErrorCode::Parse.object(PARSE_ERROR_MSG)
}

fn invalid_request() -> ErrorObjectOwned {
    RpcErrorCode::InvalidRequest.object(INVALID_REQUEST_MSG)
}

/// Answers a call or a batch.
pub(crate) async fn answer(calls: &Calls, request: &[u8]) -> MethodResponse {
    let start = request.iter().take(MAX_LEADING_SPACE).position(|byte| !byte.is_ascii_whitespace());
    let request = start.and_then(|start| request.get(start..)).unwrap_or_default();
    match request.first() {
        Some(b'{') => answer_call(calls, request).await,
        Some(b'[') => answer_batch(calls, request).await,
        _ => calls.rules().failed(Id::Null, parse_error()),
    }
}

async fn answer_call(calls: &Calls, request: &[u8]) -> MethodResponse {
    if let Ok(request) = serde_json::from_slice::<Request<'_>>(request) {
        return calls.call(request).await;
    }
    if has_no_id(request) && serde_json::from_slice::<Notification<'_>>(request).is_ok() {
        // No method is worth calling without its answer.
        return MethodResponse::notification();
    }
    match serde_json::from_slice::<InvalidRequest<'_>>(request) {
        Ok(InvalidRequest { id }) => calls.rules().failed(id, invalid_request()),
        Err(_) if serde_json::from_slice::<IgnoredAny>(request).is_ok() => {
            calls.rules().failed(Id::Null, invalid_request())
        }
        Err(_) => calls.rules().failed(Id::Null, parse_error()),
    }
}

/// Whether an object lacks the member that makes a call of it. One of a wrong kind is not none.
fn has_no_id(request: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Identified {
        id: Option<IgnoredAny>,
    }
    serde_json::from_slice::<Identified>(request).is_ok_and(|own| own.id.is_none())
}

async fn answer_batch(calls: &Calls, request: &[u8]) -> MethodResponse {
    let Ok(entries) = serde_json::from_slice::<Vec<&RawValue>>(request) else {
        return calls.rules().failed(Id::Null, parse_error());
    };
    let max = usize::try_from(calls.rules().limits.max_batch_calls).unwrap_or(usize::MAX);
    if entries.len() > max {
        return calls.rules().failed(Id::Null, reject_too_big_batch_request(max));
    }
    calls.batch(entries.into_iter().map(|entry| parse(entry.get())).collect()).await
}

fn parse(entry: &str) -> Entry<'_> {
    if let Ok(request) = serde_json::from_str(entry) {
        return Ok(BatchEntry::Call(request));
    }
    if has_no_id(entry.as_bytes())
        && let Ok(notification) = serde_json::from_str(entry)
    {
        return Ok(BatchEntry::Notification(notification));
    }
    let id = serde_json::from_str::<InvalidRequest<'_>>(entry).map_or(Id::Null, |own| own.id);
    Err(BatchEntryErr::new(id, invalid_request()))
}
