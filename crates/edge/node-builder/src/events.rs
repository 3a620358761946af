//! From what the parts of the node tell to the events of the node.

use alloy_eips::BlockNumHash;
use rollup_engine::EngineHandle;
use rollup_rpc::{BlockRef, NodeEvent, NodeEvents};
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
}

impl EventSources {
    /// Listens from now on.
    pub(crate) fn new(
        events: NodeEvents,
        engine: &EngineHandle,
        sequencer: Option<&SequencerHandle>,
    ) -> Self {
        let mut forkchoice = engine.watch_forkchoice();
        // What was before is no event.
        forkchoice.mark_unchanged();
        Self {
            events,
            changes: engine.subscribe(),
            forkchoice,
            sequencer: sequencer.map(SequencerHandle::subscribe),
        }
    }

    /// Publishes until it is cancelled.
    pub(crate) async fn run(self, cancel: CancellationToken) {
        cancel.run_until_cancelled(self.publish()).await;
    }

    async fn publish(self) {
        let Self { events, mut changes, mut forkchoice, mut sequencer } = self;
        let mut told = *forkchoice.borrow();
        loop {
            // Who builds on it hears of a block before of the chain that has it.
            let event = tokio::select! {
                biased;
                event = next_of(sequencer.as_mut(), of_sequencer) => event,
                event = next_of(Some(&mut changes), of_change) => event,
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
