//! Calling a method for a caller.

use super::{
    call::CallRules,
    totals::{ConnectionSubscriptions, OverLimit},
};
use crate::{error::RpcErrorCode, subscription::SubscriptionIds};
use jsonrpsee::{
    ConnectionId, MethodCallback, MethodResponse, MethodSink, SubscriptionState,
    core::{middleware::Request, server::Extensions},
    types::{ErrorObjectOwned, Params, error::TOO_MANY_SUBSCRIPTIONS_MSG},
};

/// Who calls.
#[derive(Debug)]
pub(crate) struct Caller {
    id: ConnectionId,
    /// What came with the request beside the call, for methods that look at it.
    extensions: Extensions,
    /// Where subscriptions go; `None` if there can be none.
    subscriber: Option<Subscriber>,
}

/// Where the subscriptions of a connection go.
#[derive(Debug)]
pub(crate) struct Subscriber {
    pub(crate) sink: MethodSink,
    pub(crate) places: ConnectionSubscriptions,
}

impl Caller {
    /// Of one request, with what came beside it.
    pub(crate) const fn once(extensions: Extensions) -> Self {
        Self { id: ConnectionId(0), extensions, subscriber: None }
    }

    /// On a connection, whose number no other has.
    pub(crate) fn connected(id: usize, subscriber: Subscriber) -> Self {
        let extensions = Extensions::new();
        Self { id: ConnectionId(id), extensions, subscriber: Some(subscriber) }
    }

    pub(crate) async fn call(&self, rules: &CallRules, request: Request<'_>) -> MethodResponse {
        let max_bytes = usize::try_from(rules.limits.max_response_bytes).unwrap_or(usize::MAX);
        let Request { id, method, params, .. } = request;
        let params = Params::new(params.as_ref().map(|params| params.get()));
        let extensions = self.extensions.clone();
        let not_found =
            |id| MethodResponse::error(id, RpcErrorCode::MethodNotFound.object("Method not found"));
        match rules.methods().method(&method) {
            None => not_found(id),
            Some(MethodCallback::Sync(call)) => call(id, params, max_bytes, extensions),
            Some(MethodCallback::Async(call)) => {
                call(id.into_owned(), params.into_owned(), self.id, max_bytes, extensions).await
            }
            Some(MethodCallback::Unsubscription(call)) => {
                call(id, params, self.id, max_bytes, extensions)
            }
            Some(MethodCallback::Subscription(call)) => {
                let Some(subscriber) = &self.subscriber else { return not_found(id) };
                let subscription_permit = match subscriber.places.acquire() {
                    Ok(permit) => permit,
                    Err(limit) => return MethodResponse::error(id, too_many(limit)),
                };
                let state = SubscriptionState {
                    conn_id: self.id,
                    id_provider: &SubscriptionIds,
                    subscription_permit,
                };
                call(id, params, subscriber.sink.clone(), state, extensions).await
            }
        }
    }
}

fn too_many(limit: OverLimit) -> ErrorObjectOwned {
    RpcErrorCode::TooManySubscriptions.object(match limit {
        OverLimit::Connection => TOO_MANY_SUBSCRIPTIONS_MSG,
        OverLimit::Total => "Too many subscriptions on the node",
    })
}
