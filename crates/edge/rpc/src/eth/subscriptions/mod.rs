//! Subscriptions: a client is told what becomes of chain and pool as it happens.
//!
//! What is sent is made once for all subscribers. One that does not read is dropped when what it has
//! not read is no longer kept; nobody waits for it.

use super::{
    EthRpc, Json,
    changes::{ChainUpdate, EthChanges, PendingUpdate},
    live_logs::LiveLogs,
    syncing::{SyncNews, Syncing},
};
use crate::{
    api::EthPubSubApiServer,
    error::invalid_params,
    subscription::{Messages, Subscriber, show_metrics},
};
use alloy_rpc_types_eth::Filter;
use jsonrpsee::{
    PendingSubscriptionSink,
    core::{SubscriptionResult, async_trait},
    types::ErrorObjectOwned,
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use std::sync::Arc;

/// What can be subscribed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum EthSubscriptionKind {
    /// Headers of blocks that join the chain.
    NewHeads,
    /// Logs of blocks that join the chain, and of those that leave it.
    Logs,
    /// Transactions that become executable.
    NewPendingTransactions,
    /// Whether the node is behind.
    Syncing,
}

impl EthSubscriptionKind {
    const ALL: [Self; 4] =
        [Self::NewHeads, Self::Logs, Self::NewPendingTransactions, Self::Syncing];

    const fn name(self) -> &'static str {
        match self {
            Self::NewHeads => "newHeads",
            Self::Logs => "logs",
            Self::NewPendingTransactions => "newPendingTransactions",
            Self::Syncing => "syncing",
        }
    }
}

/// The subscriptions of the `eth` namespace. They hold nothing of storage and pool, so that a node
/// that ends does not wait for subscribers.
#[derive(Clone, Debug)]
pub struct EthPubSubRpc {
    changes: EthChanges,
    syncing: Syncing,
}

impl EthPubSubRpc {
    /// Subscriptions to what `eth` speaks of.
    pub fn new(eth: &EthRpc) -> Self {
        show_metrics(&EthSubscriptionKind::ALL.map(EthSubscriptionKind::name));
        Self { changes: eth.changes.clone(), syncing: eth.syncing.clone() }
    }

    /// Tells whether the node is behind, now and whenever that changes.
    async fn tell_sync(&self, subscriber: Subscriber) -> SubscriptionResult {
        let mut syncing = self.syncing.clone();
        loop {
            syncing.sync.borrow_and_update();
            let news = SyncNews::from(syncing.status());
            if !subscriber.send(&Json::new(&news)?).await? {
                return Ok(());
            }
            let changed = tokio::select! {
                biased;
                () = subscriber.closed() => return Ok(()),
                changed = syncing.sync.changed() => changed,
            };
            if changed.is_err() {
                // The state stays as it is.
                subscriber.closed().await;
                return Ok(());
            }
        }
    }
}

#[async_trait]
impl EthPubSubApiServer for EthPubSubRpc {
    async fn subscribe(
        &self,
        pending: PendingSubscriptionSink,
        kind: EthSubscriptionKind,
        params: Option<Value>,
    ) -> SubscriptionResult {
        let name = kind.name();
        match kind {
            EthSubscriptionKind::NewHeads => {
                let reader = self.changes.chain();
                let Some(subscriber) = Subscriber::accept(pending, name).await else {
                    return Ok(());
                };
                subscriber.follow(reader, heads).await
            }
            EthSubscriptionKind::Logs => {
                let live = parse::<Filter>(params)
                    .and_then(|filter| Ok(self.changes.live_logs(&filter)?));
                let live = match live {
                    Ok(live) => Arc::new(live),
                    Err(err) => return refuse(pending, err).await,
                };
                let reader = self.changes.chain();
                let Some(subscriber) = Subscriber::accept(pending, name).await else {
                    return Ok(());
                };
                subscriber.follow(reader, move |update| logs(update, Arc::clone(&live))).await
            }
            EthSubscriptionKind::NewPendingTransactions => {
                let full: bool = match parse(params) {
                    Ok(full) => full,
                    Err(err) => return refuse(pending, err).await,
                };
                let reader = self.changes.pending();
                let Some(subscriber) = Subscriber::accept(pending, name).await else {
                    return Ok(());
                };
                subscriber.follow(reader, move |update| transactions(update, full)).await
            }
            EthSubscriptionKind::Syncing => {
                let Some(subscriber) = Subscriber::accept(pending, name).await else {
                    return Ok(());
                };
                self.tell_sync(subscriber).await
            }
        }
    }
}

async fn refuse(pending: PendingSubscriptionSink, err: ErrorObjectOwned) -> SubscriptionResult {
    pending.reject(err).await;
    Ok(())
}

/// The second parameter, which may be left out.
fn parse<T: DeserializeOwned + Default>(params: Option<Value>) -> Result<T, ErrorObjectOwned> {
    match params {
        None | Some(Value::Null) => Ok(T::default()),
        Some(params) => serde_json::from_value(params).map_err(invalid_params),
    }
}

fn heads(update: &ChainUpdate) -> Messages<'_> {
    Box::new(update.heads.iter().map(|head| head.json()))
}

fn logs(update: &ChainUpdate, live: Arc<LiveLogs>) -> Messages<'_> {
    let wanted = update.logs.iter().filter(move |log| live.matches(&log.value));
    Box::new(wanted.map(|log| log.json()))
}

fn transactions(update: &PendingUpdate, full: bool) -> Messages<'_> {
    Box::new(std::iter::once_with(move || update.json(full)))
}
