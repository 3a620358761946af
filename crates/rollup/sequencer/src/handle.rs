//! The front of the sequencer.

use crate::{
    error::SequencerError,
    event::SequencerEvent,
    message::{Command, Reply},
    slot_history::SlotHistory,
    status::SequencerStatus,
};
use alloy_eips::BlockNumHash;
use alloy_primitives::B256;
use tokio::sync::{broadcast, mpsc, mpsc::error::TrySendError, oneshot, watch};

/// The front of the sequencer. Cloning gives another one.
///
/// All commands fail with [`SequencerError::Busy`] if too many wait, and with
/// [`SequencerError::Stopped`] if the sequencer has ended. A command that was taken is carried out
/// even if nobody waits for its answer.
#[derive(Clone, Debug)]
pub struct SequencerHandle {
    pub(crate) commands: mpsc::Sender<Command>,
    pub(crate) status: watch::Receiver<SequencerStatus>,
    pub(crate) events: broadcast::WeakSender<SequencerEvent>,
    pub(crate) slots: SlotHistory,
}

impl SequencerHandle {
    /// Begins with slots, the first one at once, and forgets earlier failures. Does nothing if they
    /// are going on. Gives true.
    ///
    /// # Errors
    /// See the type.
    pub async fn enable(&self) -> Result<bool, SequencerError> {
        self.ask(|reply| Command::Enable { reply }).await
    }

    /// Ends slots and drops the block that is being built; one that is being signed is finished.
    /// Gives true.
    ///
    /// # Errors
    /// See the type.
    pub async fn disable(&self) -> Result<bool, SequencerError> {
        self.ask(|reply| Command::Disable { reply }).await
    }

    /// Like [`Self::enable`], if this is the hash of the head.
    ///
    /// # Errors
    /// [`SequencerError::HeadMismatch`] if it is not, and see the type.
    pub async fn start(&self, expected_head: B256) -> Result<(), SequencerError> {
        self.ask(|reply| Command::Start { expected_head, reply }).await
    }

    /// Like [`Self::disable`], and waits for the block that is being signed. Gives the head after
    /// that: another sequencer may go on from there.
    ///
    /// # Errors
    /// See the type.
    pub async fn stop(&self) -> Result<BlockNumHash, SequencerError> {
        self.ask(|reply| Command::Stop { reply }).await
    }

    /// Begins with a block now, whether slots are going on or not, the node is synchronized or not,
    /// the signer is the authorized one or not, and whatever [`L1Gate`](crate::L1Gate) says. Does not
    /// wait for the block.
    ///
    /// # Errors
    /// [`SequencerError::AlreadyBuilding`], and see the type.
    pub async fn build_block(&self) -> Result<(), SequencerError> {
        self.ask(|reply| Command::BuildBlock { reply }).await
    }

    /// How the sequencer is. Never waits.
    pub fn status(&self) -> SequencerStatus {
        self.status.borrow().clone()
    }

    /// How the sequencer is, now and later.
    pub fn watch(&self) -> watch::Receiver<SequencerStatus> {
        self.status.clone()
    }

    /// What became of the last slots of this run.
    pub const fn slots(&self) -> &SlotHistory {
        &self.slots
    }

    /// What the sequencer does from now on. Who is slow loses the oldest events.
    pub fn subscribe(&self) -> broadcast::Receiver<SequencerEvent> {
        // Of a sequencer that has ended: a receiver that says so.
        self.events.upgrade().map_or_else(|| broadcast::channel(1).1, |events| events.subscribe())
    }

    async fn ask<T>(&self, command: impl FnOnce(Reply<T>) -> Command) -> Result<T, SequencerError> {
        let (reply, answer) = oneshot::channel();
        match self.commands.try_send(command(reply)) {
            Ok(()) => answer.await.unwrap_or(Err(SequencerError::Stopped)),
            Err(TrySendError::Full(_)) => Err(SequencerError::Busy),
            Err(TrySendError::Closed(_)) => Err(SequencerError::Stopped),
        }
    }
}
