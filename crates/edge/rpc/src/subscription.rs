//! Sending to those who subscribed.

use crate::{
    error::{RpcErrorCode, internal, limit_exceeded},
    eth::Json,
    feed::{Behind, FeedReader},
    metrics::SubscriptionMetrics,
};
use alloy_primitives::U128;
use jsonrpsee::{
    PendingSubscriptionSink, SubscriptionMessage, SubscriptionSink,
    core::{SubscriptionError, SubscriptionResult, traits::IdProvider},
    types::{ErrorObjectOwned, SubscriptionId},
};
use serde::Serialize;
use serde_json::value::to_raw_value;
use tracing::warn;

/// What is sent of one item.
pub(crate) type Messages<'a> =
    Box<dyn Iterator<Item = Result<Json, serde_json::Error>> + Send + 'a>;

/// Makes the ids of subscriptions: quantities that nobody can guess, since clients of Ethereum take
/// nothing but strings.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SubscriptionIds;

impl IdProvider for SubscriptionIds {
    fn next_id(&self) -> SubscriptionId<'static> {
        format!("{:#x}", U128::from(rand::random::<u128>())).into()
    }
}

/// Somebody who has subscribed to something.
#[derive(Debug)]
pub(crate) struct Subscriber {
    sink: SubscriptionSink,
    kind: &'static str,
    metrics: SubscriptionMetrics,
}

/// Shows what is counted of subscriptions to these, also before there are any.
pub(crate) fn show_metrics(kinds: &[&'static str]) {
    for kind in kinds {
        metrics_of(kind);
    }
}

fn metrics_of(kind: &'static str) -> SubscriptionMetrics {
    SubscriptionMetrics::new_with_labels(&[("kind", kind)])
}

impl Subscriber {
    /// Takes a subscription to `kind`; `None` if the subscriber has gone.
    pub(crate) async fn accept(
        pending: PendingSubscriptionSink,
        kind: &'static str,
    ) -> Option<Self> {
        let sink = pending.accept().await.ok()?;
        let metrics = metrics_of(kind);
        metrics.subscriptions.increment(1.0);
        Some(Self { sink, kind, metrics })
    }

    /// Sends everything that a reader gets, until the subscriber is gone or behind. Nothing is sent
    /// twice or out of order, and nothing left out.
    pub(crate) async fn follow<T: Send + Sync>(
        self,
        mut reader: FeedReader<T>,
        messages: impl Fn(&T) -> Messages<'_> + Send + Sync,
    ) -> SubscriptionResult {
        loop {
            let item = tokio::select! {
                biased;
                () = self.closed() => return Ok(()),
                item = reader.next() => item,
            };
            let item = match item {
                Ok(item) => item,
                Err(Behind) => return self.dropped(),
            };
            for json in messages(&item) {
                let json = json.map_err(|err| ended(&internal(&err)))?;
                tokio::select! {
                    biased;
                    sent = self.send(&json) => {
                        if !sent? {
                            return Ok(());
                        }
                    }
                    () = reader.until_behind() => return self.dropped(),
                }
            }
        }
    }

    /// Sends a message when there is room for it; false if the subscriber is gone.
    pub(crate) async fn send(&self, item: &impl Serialize) -> Result<bool, SubscriptionError> {
        let (method, id) = (self.sink.method_name(), self.sink.subscription_id());
        let message = SubscriptionMessage::new(method, id, item);
        let message = message.map_err(|err| ended(&internal(&err)))?;
        Ok(self.sink.send(message).await.is_ok())
    }

    /// Completes when the subscriber is gone.
    pub(crate) async fn closed(&self) {
        self.sink.closed().await;
    }

    fn dropped(&self) -> SubscriptionResult {
        self.metrics.dropped_subscriptions_total.increment(1);
        warn!(target: "rpc::subscriptions", kind = self.kind, "a subscriber that reads too slowly is dropped");
        Err(ended(&limit_exceeded("subscription dropped: too many notifications are unread")))
    }
}

impl Drop for Subscriber {
    fn drop(&mut self) {
        self.metrics.subscriptions.decrement(1.0);
    }
}

/// What a subscriber is told last.
fn ended(err: &ErrorObjectOwned) -> SubscriptionError {
    match to_raw_value(err) {
        Ok(json) => SubscriptionError::from_json(json),
        // Cannot be: its parts are a number and a text.
        Err(_) => RpcErrorCode::Internal.code().into(),
    }
}
