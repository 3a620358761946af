//! Methods of `rollupNode`.

use super::{
    control::{SequencerControl, SequencerReport},
    health::NodeHealth,
    l1::{L1Control, L1EndpointReport, NoL1},
    l1_message::{L1MessageName, L1MessageStatus},
    message::{L1MessageKey, RollupL1Message, find},
    slot_report::{Slot, SlotExplanation, SlotKey},
    slots,
    status::RollupStatus,
    tx_report::TxStatus,
    tx_status::Known,
};
use crate::{
    api::RollupNodeApiServer,
    error::{internal, not_supported},
    server::BlockingPool,
};
use alloy_primitives::B256;
use jsonrpsee::core::{RpcResult, async_trait};
use rollup_forward::Forwarder;
use rollup_orchestrator::{L1MessageRules, l1_message_status};
use rollup_runtime::Clock;
use rollup_sequencer::SyncState;
use rollup_storage::{ChainView, Storage, StorageError};
use rollup_txpool::Txpool;
use std::sync::Arc;
use tokio::sync::watch;

/// Methods of `rollupNode`.
#[derive(Clone, Debug)]
pub struct RollupNodeRpc {
    storage: Storage,
    sync: watch::Receiver<SyncState>,
    sequencer: Option<Arc<dyn SequencerControl>>,
    threads: BlockingPool,
    clock: Arc<dyn Clock>,
    pool: Option<Txpool>,
    forwarder: Option<Forwarder>,
    l1: Option<(Arc<dyn L1Control>, L1MessageRules)>,
}

impl RollupNodeRpc {
    /// The methods over a stored chain. `sync` says what is known of it, `sequencer` is `None` on a
    /// follower. With `threads` of their own they answer however busy the
    /// other namespaces are.
    pub fn new(
        storage: Storage,
        sync: watch::Receiver<SyncState>,
        sequencer: Option<Arc<dyn SequencerControl>>,
        threads: BlockingPool,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { storage, sync, sequencer, threads, clock, pool: None, forwarder: None, l1: None }
    }

    /// Finds transactions in this pool too, and says where they were forwarded to.
    #[must_use]
    pub fn with_transactions(mut self, pool: Txpool, forwarder: Option<Forwarder>) -> Self {
        self.pool = Some(pool);
        self.forwarder = forwarder;
        self
    }

    /// Says how L1 is followed, if it is, and by which rules its messages are included.
    #[must_use]
    pub fn with_l1(mut self, l1: Option<(Arc<dyn L1Control>, L1MessageRules)>) -> Self {
        self.l1 = l1;
        self
    }

    async fn with_view<T: Send + 'static>(
        &self,
        read: impl FnOnce(&ChainView) -> Result<T, StorageError> + Send + 'static,
    ) -> RpcResult<T> {
        let storage = self.storage.clone();
        let work = move || read(&storage.view()?);
        self.threads.run(move |_| work().map_err(|err: StorageError| internal(&err))).await
    }

    fn report(&self) -> Option<SequencerReport> {
        self.sequencer.as_ref().map(|sequencer| sequencer.report())
    }
}

fn status(view: &ChainView, sync: SyncState) -> Result<RollupStatus, StorageError> {
    Ok(RollupStatus::new(sync, view.l1_progress()?, view.forkchoice()?))
}

#[async_trait]
impl RollupNodeApiServer for RollupNodeRpc {
    async fn status(&self) -> RpcResult<RollupStatus> {
        let sync = *self.sync.borrow();
        self.with_view(move |view| status(view, sync)).await
    }

    async fn health(&self) -> RpcResult<NodeHealth> {
        let sync = *self.sync.borrow();
        let (status, timestamp) = self
            .with_view(move |view| {
                let status = status(view, sync)?;
                let number = status.l2.head.number;
                let missing = StorageError::Missing { table: "Headers", number };
                Ok((status, view.header(number)?.ok_or(missing)?.timestamp))
            })
            .await?;
        let head_age_s = self.clock.unix_time().as_secs().saturating_sub(timestamp);
        let l1_reasons = self.l1.as_ref().map(|(l1, _)| l1.reasons());
        Ok(NodeHealth::new(&status, head_age_s, self.report(), l1_reasons))
    }

    fn sequencer_status(&self) -> RpcResult<Option<SequencerReport>> {
        Ok(self.report())
    }

    fn l1_endpoints(&self) -> RpcResult<Vec<L1EndpointReport>> {
        let (l1, _) = self.l1.as_ref().ok_or_else(|| not_supported(NoL1))?;
        Ok(l1.endpoints())
    }

    async fn l1_message_status(&self, message: L1MessageName) -> RpcResult<L1MessageStatus> {
        let (_, rules) = self.l1.as_ref().ok_or_else(|| not_supported(NoL1))?;
        let rules = *rules;
        let status = move |view: &ChainView| {
            l1_message_status(view, view.l1_progress()?, &rules, message.into())
        };
        Ok(self.with_view(status).await?.into())
    }

    async fn tx_status(&self, hash: B256) -> RpcResult<TxStatus> {
        let (pool, forwarder) = (self.pool.clone(), self.forwarder.clone());
        let storage = self.storage.clone();
        let work = move || {
            let known = Known::of(&hash, pool.as_ref(), forwarder.as_ref());
            known.status(&storage.view()?, hash)
        };
        self.threads.run(move |_| work().map_err(|err: StorageError| internal(&err))).await
    }

    async fn explain_slot(&self, slot: Option<SlotKey>) -> RpcResult<SlotExplanation> {
        let history = self.sequencer.as_ref().and_then(|sequencer| sequencer.slots()).cloned();
        let now = self.clock.unix_time();
        let slot = slot.map(Slot::from).unwrap_or_else(|| {
            let last = history.as_ref().and_then(|history| history.last());
            Slot::Time(last.map_or(now, |record| record.began_at))
        });
        self.with_view(move |view| slots::explain(view, history.as_ref(), slot, now)).await
    }

    async fn get_l1_message_by_index(&self, index: u64) -> RpcResult<Option<RollupL1Message>> {
        self.get_l1_message_by_key(L1MessageKey::QueueIndex(index)).await
    }

    async fn get_l1_message_by_key(&self, key: L1MessageKey) -> RpcResult<Option<RollupL1Message>> {
        Ok(self.with_view(move |view| find(view, key)).await?.map(RollupL1Message::from))
    }
}
