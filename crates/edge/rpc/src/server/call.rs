//! What surrounds every call: limits, a deadline, a net for panics, and the counting.

use super::{
    methods::Caller,
    totals::{Held, OverLimit, Totals, Unread},
};
use crate::{
    config::RpcLimits,
    error::{RpcErrorCode, busy, limit_exceeded, timed_out},
    metrics::CallMetrics,
};
use futures::{FutureExt, future::join_all};
use jsonrpsee::{
    BatchResponseBuilder, MethodCallback, MethodResponse, Methods,
    core::middleware::{BatchEntry, BatchEntryErr, Request},
    types::{ErrorObjectOwned, Id},
};
use std::{panic::AssertUnwindSafe, sync::Arc, time::Instant};
use tokio::{sync::Semaphore, time::timeout};
use tracing::error;

/// Calls of a batch that are answered at once, at most.
const MAX_TOGETHER: usize = 256;

/// What is in a batch.
pub(crate) type Entry<'a> = Result<BatchEntry<'a>, BatchEntryErr<'a>>;

/// How calls over one transport are answered.
#[derive(Debug)]
pub(crate) struct CallRules {
    methods: Methods,
    metrics: CallMetrics,
    pub(crate) limits: RpcLimits,
    pub(crate) totals: Arc<Totals>,
    /// Whether the caller can be sent what it has not asked for.
    subscriptions: bool,
}

impl CallRules {
    pub(crate) fn new(
        methods: Methods,
        limits: RpcLimits,
        totals: &Arc<Totals>,
        transport: &'static str,
        subscriptions: bool,
    ) -> Arc<Self> {
        let metrics = CallMetrics::new(&methods, transport);
        Arc::new(Self { methods, metrics, limits, totals: Arc::clone(totals), subscriptions })
    }

    pub(crate) const fn methods(&self) -> &Methods {
        &self.methods
    }

    /// An answer that is to no single call.
    pub(crate) fn failed(&self, id: Id<'_>, err: ErrorObjectOwned) -> MethodResponse {
        self.metrics.failed(err.code());
        MethodResponse::error(id, err)
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

/// Calls of one connection (WebSocket, IPC) or of one request (HTTP).
#[derive(Debug)]
pub(crate) struct Calls {
    rules: Arc<CallRules>,
    caller: Caller,
    slots: Semaphore,
    unread: Arc<Unread>,
}

impl Calls {
    pub(crate) fn new(rules: &Arc<CallRules>, caller: Caller) -> Self {
        let slots = usize::try_from(rules.limits.max_calls_per_connection);
        let slots = slots.unwrap_or(Semaphore::MAX_PERMITS).min(Semaphore::MAX_PERMITS);
        let unread = Unread::new(rules.limits.max_response_bytes, &rules.totals);
        Self { rules: Arc::clone(rules), caller, slots: Semaphore::new(slots), unread }
    }

    pub(crate) fn rules(&self) -> &CallRules {
        &self.rules
    }

    /// Answers a call. The answer counts until what it carries is dropped, see [`take_held`].
    pub(crate) async fn call(&self, request: Request<'_>) -> MethodResponse {
        let id = request.id.clone().into_owned();
        let mut response = self.answer(request).await;
        let mut held = self.unread.hold();
        if let Err(limit) = held.grow(response.as_json().get().len()) {
            return self.rules.failed(id, over(limit));
        }
        response.extensions_mut().insert(Arc::new(held));
        response
    }

    /// Answers a batch, in order. The answer counts as that to a call.
    pub(crate) async fn batch(&self, entries: Vec<Entry<'_>>) -> MethodResponse {
        if !self.rules.subscriptions {
            // The whole request has a deadline.
            return self.answer_batch(entries).await;
        }
        let timeout = timeout(self.rules.limits.request_timeout, self.answer_batch(entries));
        timeout.await.unwrap_or_else(|_elapsed| self.rules.failed(Id::Null, timed_out()))
    }

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
        let Some(_place) = self.rules.totals.call() else {
            return MethodResponse::error(id, busy());
        };
        if let Some(err) = self.rules.refusal(method) {
            return MethodResponse::error(id, err);
        }
        let call = async { self.caller.call(&self.rules, request).await };
        match timeout(self.rules.limits.call_timeout, AssertUnwindSafe(call).catch_unwind()).await {
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

    async fn answer_batch(&self, entries: Vec<Entry<'_>>) -> MethodResponse {
        let max_bytes = usize::try_from(self.rules.limits.max_response_bytes);
        let mut responses = BatchResponseBuilder::new_with_limit(max_bytes.unwrap_or(usize::MAX));
        let mut held = self.unread.hold();
        let mut only_notifications = false;
        let mut entries = entries.into_iter().peekable();
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
                    vec![self.rules.failed(id, err.into_owned())]
                }
            };
            for answer in answers {
                // What has come together counts while the rest is waited for.
                if let Err(limit) = held.grow(answer.as_json().get().len()) {
                    return self.rules.failed(Id::Null, over(limit));
                }
                if let Err(too_big) = responses.append(answer) {
                    return too_big;
                }
            }
        }
        if responses.is_empty() && only_notifications {
            return MethodResponse::notification();
        }
        let mut response = MethodResponse::from_batch(responses.finish());
        response.extensions_mut().insert(Arc::new(held));
        response
    }
}

/// Takes from an answer what has to live until the peer has it.
pub(crate) fn take_held(response: &mut MethodResponse) -> Option<Arc<Held>> {
    response.extensions_mut().remove()
}

fn over(limit: OverLimit) -> ErrorObjectOwned {
    match limit {
        OverLimit::Connection => {
            limit_exceeded("too many answers wait to be read on this connection")
        }
        OverLimit::Total => busy(),
    }
}

/// Whether the call and others of its kind behind it in a batch are answered at once: a transaction
/// waits until it is durable, and that takes about as long for all of them as for one.
fn is_answered_together(request: &Request<'_>) -> bool {
    request.method == "eth_sendRawTransaction"
}

fn is_call_answered_together(entry: &Entry<'_>) -> bool {
    matches!(entry, Ok(BatchEntry::Call(request)) if is_answered_together(request))
}
