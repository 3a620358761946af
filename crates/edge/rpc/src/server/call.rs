//! What surrounds every call: a limit, a deadline, a net for panics, and the counting.

use crate::{
    config::RpcLimits,
    error::{RpcErrorCode, limit_exceeded, timed_out},
    metrics::CallMetrics,
};
use futures::{FutureExt, future::join_all};
use hyper::StatusCode;
use jsonrpsee::{
    BatchResponseBuilder, MethodCallback, MethodResponse, Methods,
    core::middleware::{Batch, BatchEntry, Notification, Request, RpcServiceT},
    server::{HttpResponse, http::response::from_method_response},
    types::{ErrorObjectOwned, Id},
};
use std::{
    future::{Future, ready},
    panic::AssertUnwindSafe,
    sync::Arc,
    time::Instant,
};
use tokio::{sync::Semaphore, time::timeout};
use tower::Layer;
use tracing::error;

/// Calls of a batch that are answered at once, at most.
const MAX_TOGETHER: usize = 256;

/// How calls over one transport are answered.
#[derive(Debug)]
pub(crate) struct CallRules {
    methods: Methods,
    metrics: CallMetrics,
    limits: RpcLimits,
    /// Whether the caller can be sent what it has not asked for.
    subscriptions: bool,
}

impl CallRules {
    pub(crate) fn new(
        methods: Methods,
        limits: RpcLimits,
        transport: &'static str,
        subscriptions: bool,
    ) -> Self {
        let metrics = CallMetrics::new(&methods, transport);
        Self { methods, metrics, limits, subscriptions }
    }

    pub(crate) const fn methods(&self) -> &Methods {
        &self.methods
    }

    /// The answer to a request that was not read and answered in time.
    pub(crate) fn request_timed_out(&self) -> HttpResponse {
        let response = self.timed_out();
        let mut response = from_method_response(response);
        *response.status_mut() = StatusCode::REQUEST_TIMEOUT;
        response
    }

    fn timed_out(&self) -> MethodResponse {
        let err = timed_out();
        self.metrics.failed(err.code());
        MethodResponse::error(Id::Null, err)
    }

    /// Why a method that exists cannot be called over this transport.
    fn refusal(&self, method: &str) -> Option<ErrorObjectOwned> {
        let is_subscription = matches!(
            self.methods.method(method),
            Some(MethodCallback::Subscription(_) | MethodCallback::Unsubscription(_))
        );
        let refused = is_subscription && !self.subscriptions;
        refused.then(|| RpcErrorCode::MethodNotFound.object("notifications not supported"))
    }
}

/// Puts [`CallService`] around the calls of one connection (WebSocket) or one request (HTTP).
#[derive(Clone, Debug)]
pub(crate) struct CallLayer {
    pub(crate) rules: Arc<CallRules>,
}

impl<S> Layer<S> for CallLayer {
    type Service = CallService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        let slots = usize::try_from(self.rules.limits.max_calls_per_connection);
        let slots = slots.unwrap_or(Semaphore::MAX_PERMITS).min(Semaphore::MAX_PERMITS);
        let slots = Arc::new(Semaphore::new(slots));
        CallService { inner, rules: Arc::clone(&self.rules), slots }
    }
}

/// Calls of one connection.
#[derive(Clone, Debug)]
pub(crate) struct CallService<S> {
    inner: S,
    rules: Arc<CallRules>,
    slots: Arc<Semaphore>,
}

impl<S> CallService<S>
where
    S: RpcServiceT<
            MethodResponse = MethodResponse,
            BatchResponse = MethodResponse,
            NotificationResponse = MethodResponse,
        > + Clone
        + Send
        + Sync
        + 'static,
{
    /// Answers one call, whatever happens to it.
    async fn answer(&self, request: Request<'_>) -> MethodResponse {
        let method = request.method.clone().into_owned();
        let start = Instant::now();
        let response = self.guarded(request, &method).await;
        self.rules.metrics.answered(&method, response.as_error_code(), start.elapsed());
        response
    }

    async fn guarded(&self, request: Request<'_>, method: &str) -> MethodResponse {
        let id = request.id.clone().into_owned();
        let Ok(_slot) = self.slots.try_acquire() else {
            return MethodResponse::error(id, limit_exceeded("too many calls on this connection"));
        };
        if let Some(err) = self.rules.refusal(method) {
            return MethodResponse::error(id, err);
        }
        let call = AssertUnwindSafe(async { self.inner.call(request).await }).catch_unwind();
        match timeout(self.rules.limits.call_timeout, call).await {
            Ok(Ok(response)) => response,
            Ok(Err(_)) => {
                error!(target: "rpc::call", method, "a call panicked");
                MethodResponse::error(id, RpcErrorCode::Internal.object("Internal error"))
            }
            Err(_) => MethodResponse::error(id, timed_out()),
        }
    }

    /// Answers transactions that were sent in a row. They begin in this order.
    async fn answer_together(&self, requests: Vec<Request<'_>>) -> Vec<MethodResponse> {
        let mut responses = Vec::with_capacity(requests.len());
        let mut requests = requests.into_iter();
        while requests.len() > 0 {
            // Not more than may be answered at once.
            let width = self.slots.available_permits().clamp(1, MAX_TOGETHER);
            let calls = requests.by_ref().take(width).map(|request| self.answer(request));
            responses.extend(join_all(calls).await);
        }
        responses
    }

    async fn answer_batch(&self, batch: Batch<'_>) -> MethodResponse {
        let max_bytes = usize::try_from(self.rules.limits.max_response_bytes);
        let mut responses = BatchResponseBuilder::new_with_limit(max_bytes.unwrap_or(usize::MAX));
        let mut only_notifications = false;
        let mut entries = batch.into_iter().peekable();
        while let Some(entry) = entries.next() {
            let answers = match entry {
                Ok(BatchEntry::Call(request)) => {
                    let mut requests = vec![request];
                    if is_answered_together(&requests[0]) {
                        let mut next = || entries.next_if(is_call_answered_together);
                        while let Some(Ok(BatchEntry::Call(request))) = next() {
                            requests.push(request);
                        }
                    }
                    self.answer_together(requests).await
                }
                Ok(BatchEntry::Notification(_)) => {
                    only_notifications = true;
                    continue;
                }
                Err(err) => {
                    let (err, id) = err.into_parts();
                    self.rules.metrics.failed(err.code());
                    vec![MethodResponse::error(id, err)]
                }
            };
            for answer in answers {
                if let Err(too_big) = responses.append(answer) {
                    return too_big;
                }
            }
        }
        if responses.is_empty() && only_notifications {
            return MethodResponse::notification();
        }
        MethodResponse::from_batch(responses.finish())
    }
}

/// Whether the call and others of its kind behind it in a batch are answered at once: a transaction
/// waits until it is durable, and that takes about as long for all of them as for one.
fn is_answered_together(request: &Request<'_>) -> bool {
    request.method == "eth_sendRawTransaction"
}

fn is_call_answered_together<E>(entry: &Result<BatchEntry<'_>, E>) -> bool {
    matches!(entry, Ok(BatchEntry::Call(request)) if is_answered_together(request))
}

impl<S> RpcServiceT for CallService<S>
where
    S: RpcServiceT<
            MethodResponse = MethodResponse,
            BatchResponse = MethodResponse,
            NotificationResponse = MethodResponse,
        > + Clone
        + Send
        + Sync
        + 'static,
{
    type MethodResponse = MethodResponse;
    type NotificationResponse = MethodResponse;
    type BatchResponse = MethodResponse;

    fn call<'a>(&self, request: Request<'a>) -> impl Future<Output = MethodResponse> + Send + 'a {
        let this = self.clone();
        async move { this.answer(request).await }
    }

    fn batch<'a>(&self, batch: Batch<'a>) -> impl Future<Output = MethodResponse> + Send + 'a {
        let this = self.clone();
        async move {
            if !this.rules.subscriptions {
                // The whole request has a deadline.
                return this.answer_batch(batch).await;
            }
            match timeout(this.rules.limits.request_timeout, this.answer_batch(batch)).await {
                Ok(response) => response,
                Err(_) => this.rules.timed_out(),
            }
        }
    }

    fn notification<'a>(
        &self,
        _notification: Notification<'a>,
    ) -> impl Future<Output = MethodResponse> + Send + 'a {
        // No method is worth calling without its answer.
        ready(MethodResponse::notification())
    }
}
