//! Subscriptions of the `eth` namespace.

use crate::eth::EthSubscriptionKind;
use jsonrpsee::{core::SubscriptionResult, proc_macros::rpc};
use serde_json::Value;

/// What becomes of chain and pool, as it happens.
#[rpc(server, namespace = "eth")]
pub trait EthPubSubApi {
    /// Subscribes to something. `params` is a filter for logs, and for transactions whether they are
    /// sent in full.
    #[subscription(name = "subscribe" => "subscription", unsubscribe = "unsubscribe", item = Value)]
    async fn subscribe(
        &self,
        kind: EthSubscriptionKind,
        params: Option<Value>,
    ) -> SubscriptionResult;
}
