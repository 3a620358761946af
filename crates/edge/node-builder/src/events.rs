//! From what the parts of the node tell to the events of the node.

use alloy_eips::BlockNumHash;
use rollup_engine::EngineHandle;
use rollup_l1::L1BlockRef;
use rollup_orchestrator::OrchestratorEvent;
use rollup_rpc::{BatchRef, BlockRef, NodeEvent, NodeEvents};
use rollup_sequencer::{SequencerEvent, SequencerHandle};
use rollup_storage::{CanonicalChange, ForkchoiceState};
use std::{future::pending, sync::Arc};
use tokio::sync::{
    broadcast::{self, error::RecvError},
    watch,
};
use tokio_util::sync::CancellationToken;

/// Listens to the parts of the node and publishes what they tell.
#[derive(Debug)]
pub(crate) struct EventSources {
    events: NodeEvents,
    changes: broadcast::Receiver<Arc<CanonicalChange>>,
    forkchoice: watch::Receiver<ForkchoiceState>,
    sequencer: Option<broadcast::Receiver<SequencerEvent>>,
    l1: Option<broadcast::Receiver<OrchestratorEvent>>,
}

impl EventSources {
    /// Listens from now on.
    pub(crate) fn new(
        events: NodeEvents,
        engine: &EngineHandle,
        sequencer: Option<&SequencerHandle>,
        l1: Option<broadcast::Receiver<OrchestratorEvent>>,
    ) -> Self {
        let mut forkchoice = engine.watch_forkchoice();
        // What was before is no event.
        forkchoice.mark_unchanged();
        Self {
            events,
            changes: engine.subscribe(),
            forkchoice,
            sequencer: sequencer.map(SequencerHandle::subscribe),
            l1,
        }
    }

    /// Publishes until it is cancelled.
    pub(crate) async fn run(self, cancel: CancellationToken) {
        cancel.run_until_cancelled(self.publish()).await;
    }

    async fn publish(self) {
        let Self { events, mut changes, mut forkchoice, mut sequencer, mut l1 } = self;
        let mut told = *forkchoice.borrow();
        loop {
            // Who builds on it hears of a block before of the chain that has it.
            let event = tokio::select! {
                biased;
                event = next_of(sequencer.as_mut(), of_sequencer) => event,
                event = next_of(Some(&mut changes), of_change) => event,
                event = next_of(l1.as_mut(), of_l1) => event,
                // Fails when the engine has ended, and so does the node.
                Ok(state) = forkchoice.wait_for(|state| *state != told) => {
                    told = *state;
                    of_forkchoice(told)
                }
            };
            events.publish(event);
        }
    }
}

/// The next event of a source; none if there is no such source. Cancel-safe.
async fn next_of<T: Clone>(
    source: Option<&mut broadcast::Receiver<T>>,
    event: impl FnOnce(T) -> NodeEvent,
) -> NodeEvent {
    let Some(source) = source else { return pending().await };
    match source.recv().await {
        Ok(told) => event(told),
        Err(RecvError::Lagged(count)) => NodeEvent::EventsMissed { count },
        Err(RecvError::Closed) => pending().await,
    }
}

fn of_change(change: Arc<CanonicalChange>) -> NodeEvent {
    let added = change.added.iter().map(|block| block.id().into()).collect();
    if change.removed.is_empty() {
        return NodeEvent::ChainExtended { blocks: added };
    }
    let removed = change.removed.iter().map(|removed| removed.block.num_hash().into()).collect();
    NodeEvent::ChainReorged { removed, added }
}

fn of_forkchoice(state: ForkchoiceState) -> NodeEvent {
    NodeEvent::FcsHeadUpdated {
        head: state.head.into(),
        safe: state.safe.into(),
        finalized: state.finalized.into(),
    }
}

fn of_sequencer(event: SequencerEvent) -> NodeEvent {
    let block = |id: BlockNumHash| BlockRef::from(id);
    match event {
        SequencerEvent::BlockSequenced(id) => NodeEvent::BlockSequenced { block: block(id) },
        SequencerEvent::SignedBlock(signed) => {
            NodeEvent::SignedBlock { block: block(signed.id()), signature: signed.signature }
        }
        SequencerEvent::BlockBuildingSkipped { parent } => {
            NodeEvent::BlockBuildingSkipped { parent: block(parent) }
        }
        SequencerEvent::SlotSkipped { reason, slots } => NodeEvent::SlotSkipped { reason, slots },
    }
}

fn of_l1(event: OrchestratorEvent) -> NodeEvent {
    let block = |block: L1BlockRef| BlockRef { number: block.number, hash: block.hash };
    match event {
        OrchestratorEvent::NewL1Block(l1_block) => {
            NodeEvent::NewL1Block { l1_block: block(l1_block) }
        }
        OrchestratorEvent::L1BlockFinalized { l1_block_number } => {
            NodeEvent::L1BlockFinalized { l1_block_number }
        }
        OrchestratorEvent::L1MessageCommitted { queue_index, l1_block } => {
            NodeEvent::L1MessageCommitted { queue_index, l1_block: block(l1_block) }
        }
        OrchestratorEvent::L1Reorg { l1_block_number, depth, queue_index, head, safe, removed } => {
            NodeEvent::L1Reorg {
                l1_block_number,
                depth,
                queue_index,
                head: head.map(BlockRef::from),
                safe: safe.map(BlockRef::from),
                removed_blocks: removed,
            }
        }
        OrchestratorEvent::UnwoundToL1Block { l1_block_number } => {
            NodeEvent::UnwoundToL1Block { l1_block_number }
        }
        OrchestratorEvent::L1Synced => NodeEvent::L1Synced,
        OrchestratorEvent::BatchCommitIndexed { index, hash, l1_block } => {
            NodeEvent::BatchCommitIndexed {
                batch: BatchRef { index, hash },
                l1_block: block(l1_block),
            }
        }
        OrchestratorEvent::BatchFinalizeIndexed { index, hash, l1_block } => {
            NodeEvent::BatchFinalizeIndexed {
                batch: BatchRef { index, hash },
                l1_block: block(l1_block),
            }
        }
        OrchestratorEvent::BatchReverted { first, last, hash: _, l1_block } => {
            NodeEvent::BatchReverted { first, last, l1_block: block(l1_block) }
        }
        OrchestratorEvent::AuthorizedSignerChanged(change) => NodeEvent::AuthorizedSignerChanged {
            previous: change.from,
            signer: change.to,
            l1_block_number: change.l1_block,
        },
        OrchestratorEvent::EventsMissed { count } => NodeEvent::EventsMissed { count },
    }
}
