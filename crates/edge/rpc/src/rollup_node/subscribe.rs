//! `rollupNode_subscribe`.

use super::events::NodeEvents;
use crate::{
    api::RollupNodeEventsApiServer,
    subscription::{Subscriber, show_metrics},
};
use jsonrpsee::{
    PendingSubscriptionSink,
    core::{SubscriptionResult, async_trait},
};
use serde::Deserialize;

/// What the metrics call a subscription.
const KIND: &str = "events";

/// What can be subscribed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum NodeEventStream {
    /// All events.
    Events,
}

/// Subscriptions to the events of the node.
#[derive(Clone, Debug)]
pub struct RollupNodeEventsRpc {
    events: NodeEvents,
}

impl RollupNodeEventsRpc {
    /// Subscriptions to these events.
    pub fn new(events: NodeEvents) -> Self {
        show_metrics(&[KIND]);
        Self { events }
    }
}

#[async_trait]
impl RollupNodeEventsApiServer for RollupNodeEventsRpc {
    async fn subscribe(
        &self,
        pending: PendingSubscriptionSink,
        stream: NodeEventStream,
    ) -> SubscriptionResult {
        let NodeEventStream::Events = stream;
        let mut events = self.events.subscribe();
        let Some(subscriber) = Subscriber::accept(pending, KIND).await else { return Ok(()) };
        loop {
            let event = tokio::select! {
                biased;
                () = subscriber.closed() => return Ok(()),
                event = events.next() => event,
            };
            if !subscriber.send(&*event).await? {
                return Ok(());
            }
        }
    }
}
