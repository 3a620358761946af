//! Events of the `rollupNode` namespace.

use crate::rollup_node::NodeEventStream;
use jsonrpsee::{core::SubscriptionResult, proc_macros::rpc};

/// What the node does, as it happens.
#[rpc(server, namespace = "rollupNode")]
pub trait RollupNodeEventsApi {
    /// Subscribes to the events of the node.
    #[subscription(
        name = "subscribe" => "subscription",
        unsubscribe = "unsubscribe",
        item = crate::rollup_node::NumberedEvent
    )]
    async fn subscribe(&self, stream: NodeEventStream) -> SubscriptionResult;
}
