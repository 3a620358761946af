//! One durable step: what blocks did, and that they are processed.

use super::Watcher;
use crate::{
    decode::{DecodedBlock, decode_block},
    error::StepError,
    source::BlockData,
};
use rollup_storage::{L1Event, RollupChange};

impl Watcher {
    /// Applies blocks, in order. Up to `to` there are no others with events. `first` is applied
    /// before them.
    pub(super) async fn apply(
        &mut self,
        blocks: Vec<BlockData>,
        to: u64,
        first: Vec<RollupChange>,
    ) -> Result<(), StepError> {
        let mut tip = self.tip;
        let mut decoded = Vec::new();
        for BlockData { block, logs, transactions } in blocks {
            let contracts = &self.source.contracts;
            let block = decode_block(contracts, block, &logs, &transactions, &mut tip)?;
            if !block.block.events.is_empty() || !block.signers.is_empty() {
                decoded.push(block);
            }
        }
        let with_events = decoded.iter().filter(|decoded| !decoded.block.events.is_empty());
        let with_events = with_events.map(|decoded| RollupChange::L1Block(decoded.block.clone()));
        let processed = RollupChange::L1Processed { number: to };
        let changes = first.into_iter().chain(with_events).chain([processed]).collect();
        self.applying_to = to;
        self.sink.apply(changes).await?;
        self.note_applied(&decoded, to);
        self.tip = tip;
        self.reporter.applied(&decoded, to);
        Ok(())
    }

    fn note_applied(&mut self, blocks: &[DecodedBlock], to: u64) {
        let events = blocks.iter().flat_map(|decoded| &decoded.block.events);
        for event in events {
            if let L1Event::MessageEnqueued(enqueued) = event {
                self.next_queue_index = enqueued.message.queue_index.saturating_add(1);
                self.is_audit_due = true;
            }
        }
        self.contradiction_passed(to);
    }
}
