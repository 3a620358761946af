//! From settings to a running sequencer.

use crate::{
    actor::Actor,
    announce::Announce,
    config::{EVENT_CAPACITY, MAILBOX_CAPACITY, SequencerConfig},
    error::SequencerConfigError,
    event::SequencerEvent,
    gate::L1Gate,
    handle::SequencerHandle,
    message::Command,
    report::Reporter,
    slot_history::SlotHistory,
    status::{SequencerStatus, SyncState},
};
use alloy_primitives::Address;
use rollup_chainspec::ScrollChainSpec;
use rollup_engine::EngineHandle;
use rollup_runtime::Clock;
use rollup_signer::SigningService;
use rollup_storage::L1Progress;
use std::{future::Future, sync::Arc};
use tokio::sync::{broadcast, mpsc, watch};
use tokio_util::sync::CancellationToken;

/// What a sequencer works with. The channels may be closed by their senders: the last value stays.
#[derive(Debug)]
pub struct SequencerParts {
    /// The chain.
    pub engine: EngineHandle,
    /// The key.
    pub signer: SigningService,
    /// Where finished blocks go.
    pub announce: Arc<dyn Announce>,
    /// The chain's rules.
    pub chain_spec: Arc<ScrollChainSpec>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// What the node knows. Of a chain without L1, L1 is known.
    pub sync: watch::Receiver<SyncState>,
    /// The authorized signer; `None` if anybody may sign.
    pub authorized_signer: watch::Receiver<Option<Address>>,
    /// How far L1 is known. Of this, only that the latest block goes back matters: an L1 reorg.
    pub l1_progress: watch::Receiver<L1Progress>,
    /// What the state of L1 lets it do. Always [`L1Gate::Open`] on a chain without L1.
    pub l1_gate: watch::Receiver<L1Gate>,
    /// Tells the sequencer to end.
    pub shutdown: CancellationToken,
}

/// A sequencer that does not run yet.
#[derive(Debug)]
pub struct SequencerBuilder {
    config: SequencerConfig,
    commands: mpsc::Receiver<Command>,
    status: watch::Sender<SequencerStatus>,
    events: broadcast::Sender<SequencerEvent>,
    handle: SequencerHandle,
}

impl SequencerBuilder {
    /// The mailbox of a sequencer with these settings.
    ///
    /// # Errors
    /// See [`SequencerConfig::validate`].
    pub fn new(config: SequencerConfig) -> Result<Self, SequencerConfigError> {
        config.validate()?;
        let (sender, commands) = mpsc::channel(MAILBOX_CAPACITY);
        let (status, followed) = watch::channel(SequencerStatus::default());
        let (events, _) = broadcast::channel(EVENT_CAPACITY);
        let weak = events.downgrade();
        let slots = SlotHistory::new(config.block_time);
        let handle = SequencerHandle { commands: sender, status: followed, events: weak, slots };
        Ok(Self { config, commands, status, events, handle })
    }

    /// A handle, which may be given away before the sequencer runs. Commands wait until then.
    pub fn handle(&self) -> SequencerHandle {
        self.handle.clone()
    }

    /// The life of the sequencer: until it is told to end, and what is being signed is finished.
    /// Needs a tokio runtime when polled.
    pub fn build(self, parts: SequencerParts) -> impl Future<Output = ()> + Send + 'static {
        let Self { config, commands, status, events, handle } = self;
        let clock = Arc::clone(&parts.clock);
        let reporter = Reporter::new(status, events, handle.slots, clock);
        Actor::new(&config, parts, commands, reporter).run(config.auto_start)
    }
}
