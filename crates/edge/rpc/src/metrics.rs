//! What the servers count.

use crate::error::RpcErrorCode;
use jsonrpsee::Methods;
use metrics::{Counter, Gauge, Histogram};
use metrics_derive::Metrics;
use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

/// Name that stands for all methods that are not served, so that callers cannot add labels.
const UNKNOWN_METHOD: &str = "unknown";

/// Calls of one method.
#[derive(Clone, Metrics)]
#[metrics(scope = "rollup_rpc")]
pub(crate) struct MethodMetrics {
    /// Calls answered, in or out of a batch
    calls_total: Counter,
    /// Time from a call to its answer
    call_duration_seconds: Histogram,
}

/// Answers with one code.
#[derive(Clone, Metrics)]
#[metrics(scope = "rollup_rpc")]
struct ErrorMetrics {
    /// Calls answered with an error
    errors_total: Counter,
}

/// Connections of one listener.
#[derive(Clone, Metrics)]
#[metrics(scope = "rollup_rpc")]
pub(crate) struct ConnectionMetrics {
    /// Open connections
    pub(crate) connections: Gauge,
    /// Connections refused because too many are open
    pub(crate) refused_connections_total: Counter,
}

/// Requests that were refused before they were read.
#[derive(Clone, Metrics)]
#[metrics(scope = "rollup_rpc")]
pub(crate) struct RefusalMetrics {
    /// HTTP requests refused for their host, origin, token or kind
    pub(crate) refused_requests_total: Counter,
}

/// Subscriptions of one kind.
#[derive(Clone, Metrics)]
#[metrics(scope = "rollup_rpc")]
pub(crate) struct SubscriptionMetrics {
    /// Subscriptions
    pub(crate) subscriptions: Gauge,
    /// Subscriptions that were dropped because the subscriber read too slowly
    pub(crate) dropped_subscriptions_total: Counter,
}

/// Filters of all clients.
#[derive(Clone, Metrics)]
#[metrics(scope = "rollup_rpc")]
pub(crate) struct FilterMetrics {
    /// Filters that clients have installed
    filters: Gauge,
}

impl FilterMetrics {
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52")]
    pub(crate) fn count(&self, filters: usize) {
        self.filters.set(filters as f64);
    }
}

/// Calls of all methods that a transport serves.
#[derive(Debug)]
pub(crate) struct CallMetrics {
    methods: HashMap<&'static str, MethodMetrics>,
    unknown: MethodMetrics,
    errors: BTreeMap<i32, ErrorMetrics>,
    other_error: ErrorMetrics,
}

impl CallMetrics {
    pub(crate) fn new(methods: &Methods, transport: &'static str) -> Self {
        let method = |name: &'static str| {
            MethodMetrics::new_with_labels(&[("method", name), ("transport", transport)])
        };
        let error = |code: &str| {
            let labels = vec![
                metrics::Label::new("code", code.to_owned()),
                metrics::Label::from_static_parts("transport", transport),
            ];
            ErrorMetrics::new_with_labels(labels)
        };
        let codes = RpcErrorCode::ALL.into_iter().map(RpcErrorCode::code);
        Self {
            methods: methods.method_names().map(|name| (name, method(name))).collect(),
            unknown: method(UNKNOWN_METHOD),
            errors: codes.map(|code| (code, error(&code.to_string()))).collect(),
            other_error: error("other"),
        }
    }

    pub(crate) fn answered(&self, method: &str, error: Option<i32>, duration: Duration) {
        let metrics = self.methods.get(method).unwrap_or(&self.unknown);
        metrics.calls_total.increment(1);
        metrics.call_duration_seconds.record(duration);
        if let Some(code) = error {
            self.failed(code);
        }
    }

    /// An answer that is to no single call.
    pub(crate) fn failed(&self, code: i32) {
        self.errors.get(&code).unwrap_or(&self.other_error).errors_total.increment(1);
    }
}
