//! The life of one job, on its thread.

use crate::{
    builder::Shared,
    built::{BuiltPayload, StopReason},
    environment::next_block,
    error::PayloadError,
    job::PayloadResult,
    open_block::{Inclusion, OpenBlock},
    open_payload::{IncludedTransaction, OpenPayload},
    running::RunningJob,
    seal::seal,
    signals::{Order, Signals},
};
use alloy_consensus::transaction::Recovered;
use alloy_evm::block::StateDB;
use revm::database::State;
use rollup_evm::BlockBuilder;
use rollup_primitives::{PayloadAttributes, PayloadId, ScrollTxEnvelope, SealedHeader};
use rollup_storage::ChainView;
use rollup_txpool::PendingListener;
use std::{
    mem,
    sync::{Arc, Weak},
    time::Instant,
};
use tokio::sync::oneshot;
use tracing::{debug, warn};

/// The life of one job.
#[derive(Debug)]
pub(crate) struct Task {
    pub(crate) id: PayloadId,
    pub(crate) view: ChainView,
    pub(crate) parent: SealedHeader,
    pub(crate) attributes: PayloadAttributes,
    pub(crate) signals: Arc<Signals>,
    pub(crate) shared: Arc<Shared>,
    /// Dropped last: a job runs for as long as it has the view.
    pub(crate) _running: RunningJob,
}

impl Task {
    /// Builds the block and hands it over.
    pub(crate) fn run(mut self, result: oneshot::Sender<PayloadResult>) {
        let forced = mem::take(&mut self.attributes.transactions);
        let (id, metrics) = (self.id, &self.shared.metrics);
        let outcome = self.build(forced).transpose();
        match &outcome {
            Some(Ok(_)) => self.shared.last.built(id),
            Some(Err(_)) | None => self.shared.last.give_up(id),
        }
        let Some(outcome) = outcome else {
            metrics.on_cancelled();
            debug!(target: "payload::task", %id, "block given up");
            return;
        };
        match &outcome {
            Ok(payload) => metrics.on_built(payload),
            Err(err) => {
                metrics.on_failed();
                warn!(target: "payload::task", %id, %err, "block not built");
            }
        }
        // Who gave the job up meanwhile does not want it.
        result.send(outcome).ok();
    }

    /// `None` if the job was given up.
    fn build(
        &self,
        forced: Vec<Recovered<ScrollTxEnvelope>>,
    ) -> Result<Option<BuiltPayload>, PayloadError> {
        let start = Instant::now();
        let Shared { config, evm, .. } = &*self.shared;
        let (spec, state) = (evm.chain_spec(), self.view.latest_state());
        let attributes = next_block(spec, &self.parent, &state, *config, &self.attributes)?;
        let state = State::builder().with_database_ref(state).with_bundle_update().build();
        let builder = BlockBuilder::new(evm, state, &self.parent, attributes)
            .map_err(PayloadError::Execution)?;

        let open = Arc::new(OpenPayload::new(self.id, self.parent.num_hash(), attributes));
        self.shared.last.begin(&open);
        let mut block = OpenBlock::new(builder, spec);
        for tx in forced {
            if self.signals.order() == Order::Cancel {
                return Ok(None);
            }
            let shared = Arc::new(tx.clone());
            if block.push_forced(tx)? {
                open.push(IncludedTransaction::Forced(shared));
            }
        }
        let base_fee = attributes.base_fee_per_gas.unwrap_or_default();
        let Some(stop) = self.fill(&mut block, &open, base_fee)? else { return Ok(None) };
        let (builder, count) = block.close();
        let sealing = Instant::now();
        let block = seal(&self.view, builder, count.transactions)?;
        Ok(Some(BuiltPayload {
            id: self.id,
            block,
            l1_messages: count.l1_messages,
            transactions: count.transactions,
            transaction_bytes: count.transaction_bytes,
            skipped_l1_messages: count.skipped_l1_messages,
            stop,
            building: sealing.duration_since(start),
            sealing: sealing.elapsed(),
        }))
    }

    /// Takes transactions from the pool, as they are or come, until there is a reason to stop.
    /// `None` if the job was given up.
    fn fill<DB: StateDB>(
        &self,
        block: &mut OpenBlock<'_, DB>,
        open: &OpenPayload,
        base_fee: u64,
    ) -> Result<Option<StopReason>, PayloadError> {
        if self.attributes.no_tx_pool {
            let is_cancelled = self.signals.order() == Order::Cancel;
            return Ok((!is_cancelled).then_some(StopReason::NoTxPool));
        }
        let source = &self.shared.source;
        let listener: Weak<Signals> = Arc::downgrade(&self.signals);
        // Before the first look, so that what comes in between is heard of.
        source.listen(listener as Weak<dyn PendingListener>);
        let mut best = source.best_transactions(base_fee);
        loop {
            match self.signals.order() {
                Order::Cancel => return Ok(None),
                Order::Seal => return Ok(Some(StopReason::Sealed)),
                Order::Fill => {}
            }
            if let Some(stop) = block.full() {
                return Ok(Some(stop));
            }
            let Some(tx) = best.next() else {
                self.signals.wait();
                continue;
            };
            match block.push_pooled(&tx.transaction)? {
                Inclusion::Included => open.push(IncludedTransaction::Pooled(tx)),
                Inclusion::SkipTransaction => {}
                Inclusion::SkipSender => best.skip_sender(),
            }
        }
    }
}
