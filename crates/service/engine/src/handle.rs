//! The engine as others see it.

use crate::{
    actor,
    config::EngineConfig,
    core::Core,
    error::EngineError,
    forkchoice::ForkchoiceUpdate,
    imported::Imported,
    l1::L1Reorg,
    message::{Message, Reply},
    metrics::EngineMetrics,
    proposal::Proposal,
    publish::{ChangeListener, Publisher},
    tree::{InvalidBlocks, SideBlocks},
};
use alloy_eips::BlockNumHash;
use rollup_evm::ScrollEvmConfig;
use rollup_payload::{PayloadBuilder, PayloadJob};
use rollup_primitives::{BlockSignature, PayloadAttributes, SealedBlock};
use rollup_storage::{
    CanonicalChange, ChainView, ExecutedBlock, ForkchoiceState, RollupChange, Storage, StorageError,
};
use std::{sync::Arc, thread::Builder};
use tokio::{
    sync::{
        broadcast,
        mpsc::{self, error::TrySendError},
        oneshot, watch,
    },
    task::spawn_blocking,
};

/// The engine: keeps the chain and the blocks beside it, on a thread of its own.
///
/// Cloning gives another handle. The thread ends when the last one is dropped, or by
/// [`Self::stop`].
#[derive(Clone, Debug)]
pub struct EngineHandle {
    requests: mpsc::Sender<Message>,
    changes: broadcast::Sender<Arc<CanonicalChange>>,
    forkchoice: watch::Receiver<ForkchoiceState>,
    storage: Storage,
    payload: PayloadBuilder,
}

impl EngineHandle {
    /// Starts the engine. `listeners` hear of every change of the chain, in order.
    ///
    /// # Errors
    /// [`EngineError::Storage`] if the chain cannot be read or the thread not be started.
    pub fn start(
        config: EngineConfig,
        storage: Storage,
        evm: ScrollEvmConfig,
        payload: PayloadBuilder,
        listeners: Vec<ChangeListener>,
    ) -> Result<Self, EngineError> {
        let state = storage.view()?.forkchoice()?;
        let (requests, mailbox) = mpsc::channel(config.max_waiting.max(1));
        let (changes, _) = broadcast::channel(config.max_unread_changes.max(1));
        let (forkchoice, followed) = watch::channel(state);
        let metrics = EngineMetrics::default();
        metrics.follow(state);
        let core = Core {
            storage: storage.clone(),
            evm,
            side: SideBlocks::new(config.max_side_blocks),
            invalid: InvalidBlocks::new(config.max_invalid_blocks),
            releases: 0,
            publisher: Publisher { listeners, changes: changes.clone(), forkchoice },
            metrics,
        };
        Builder::new()
            .name("engine".into())
            .spawn(move || actor::run(mailbox, core))
            .map_err(|source| StorageError::Thread { source })?;
        Ok(Self { requests, changes, forkchoice: followed, storage, payload })
    }

    /// A consistent view of the chain.
    ///
    /// # Errors
    /// Those of the database.
    pub fn view(&self) -> Result<ChainView, StorageError> {
        self.storage.view()
    }

    /// The head.
    pub fn head(&self) -> BlockNumHash {
        self.storage.head()
    }

    /// Head, safe and finalized block, without a look at the database.
    pub fn forkchoice(&self) -> ForkchoiceState {
        *self.forkchoice.borrow()
    }

    /// Follows head, safe and finalized block.
    pub fn watch_forkchoice(&self) -> watch::Receiver<ForkchoiceState> {
        self.forkchoice.clone()
    }

    /// Every change of the chain from now on. Who falls behind misses some and is told so.
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<CanonicalChange>> {
        self.changes.subscribe()
    }

    /// Validates a block and keeps it beside the chain. [`Self::update_forkchoice`] leads to it.
    ///
    /// Not judged here: who signed it, and whether its timestamp lies in the future.
    ///
    /// # Errors
    /// [`EngineError::Import`] and [`EngineError::InvalidAncestor`] if it is invalid or cannot be
    /// executed, [`EngineError::UnknownParent`], [`EngineError::Forkchoice`] if it branches off
    /// below the finalized block, [`EngineError::Busy`].
    pub async fn import(
        &self,
        block: SealedBlock,
        signature: Option<BlockSignature>,
    ) -> Result<Imported, EngineError> {
        let (reply, answer) = oneshot::channel();
        let message = Message::Import { block: Box::new(block), signature, reply };
        self.requests.try_send(message).map_err(|err| match err {
            TrySendError::Full(_) => EngineError::Busy,
            TrySendError::Closed(_) => EngineError::Stopped,
        })?;
        receive(answer).await
    }

    /// Moves head, safe and finalized block, and gives what they are now.
    ///
    /// A head that is not in the chain must have been imported; the chain then leads to it. With a
    /// head that is in the chain, the chain ends there.
    ///
    /// # Errors
    /// [`EngineError::UnknownBlock`], [`EngineError::Forkchoice`], [`EngineError::Import`] if a
    /// block on the way turns out to be invalid. The chain is as it was then.
    pub async fn update_forkchoice(
        &self,
        update: ForkchoiceUpdate,
    ) -> Result<ForkchoiceState, EngineError> {
        self.request(|reply| Message::UpdateForkchoice { update, reply }).await
    }

    /// Starts to build a block on `parent`, which must be the head.
    ///
    /// # Errors
    /// [`EngineError::HeadMoved`] if it is not, [`EngineError::Payload`] if building cannot start.
    pub fn build(
        &self,
        parent: BlockNumHash,
        attributes: PayloadAttributes,
    ) -> Result<PayloadJob, EngineError> {
        let view = self.storage.view()?;
        let head = view.head()?;
        if head != parent {
            return Err(EngineError::HeadMoved { expected: parent, head });
        }
        Ok(self.payload.start(view, attributes)?)
    }

    /// Binds this node to a block that was built on the head: the block, and that no other is signed
    /// at its height, are durable when this returns. The head stays.
    ///
    /// # Errors
    /// [`EngineError::HeadMoved`] if the head is not its parent, [`EngineError::MessageLost`] if it has
    /// an L1 message that is not known from L1, [`EngineError::Storage`] if this node is bound to
    /// another block, or if that could not be made durable.
    pub async fn propose(&self, block: ExecutedBlock) -> Result<Proposal, EngineError> {
        self.request(|reply| Message::Propose { block: Box::new(block), reply }).await
    }

    /// The block that this node is bound to by an earlier [`Self::propose`], if it continues the
    /// head: what a crash, or a signer that failed, left. It is executed anew.
    ///
    /// # Errors
    /// [`EngineError::Storage`], and [`EngineError::Import`] if it cannot be executed.
    pub async fn pending_proposal(&self) -> Result<Option<Proposal>, EngineError> {
        self.request(|reply| Message::PendingProposal { reply }).await
    }

    /// Makes a signed block the head: durable when this returns, and announced to every follower of
    /// the chain.
    ///
    /// # Errors
    /// [`EngineError::Withdrawn`] if an L1 reorg took what it is built on, or anything else that this
    /// node had signed, since it was proposed: a proposal that is still there is given by
    /// [`Self::pending_proposal`]. [`EngineError::HeadMoved`] if the head is not its parent,
    /// [`EngineError::Storage`] if it could not be made durable.
    pub async fn append_signed(
        &self,
        proposal: Proposal,
        signature: BlockSignature,
    ) -> Result<Arc<ExecutedBlock>, EngineError> {
        let proposal = Box::new(proposal);
        self.request(|reply| Message::AppendSigned { proposal, signature, reply }).await
    }

    /// Applies changes of the rollup records, in order, in one durable transaction, and publishes the
    /// forkchoice that follows from them. No request to the engine waits while they are written.
    ///
    /// Needs a tokio runtime. Once it has begun, it is carried out even if nobody waits for it.
    ///
    /// # Errors
    /// [`EngineError::Storage`] if a change contradicts what is stored, or could not be written:
    /// nothing changes then. [`EngineError::Stopped`] if the engine has ended: the records have
    /// changed.
    pub async fn apply_rollup(&self, changes: Vec<RollupChange>) -> Result<(), EngineError> {
        let (storage, requests) = (self.storage.clone(), self.requests.clone());
        let applied = spawn_blocking(move || {
            let moves = changes.iter().any(moves_forkchoice);
            storage.apply_rollup(changes)?;
            if !moves {
                return Ok(None);
            }
            let (reply, answer) = oneshot::channel();
            let sent = requests.blocking_send(Message::PublishForkchoice { reply });
            sent.map_err(|_closed| EngineError::Stopped)?;
            Ok(Some(answer))
        });
        let applied: Result<_, EngineError> = applied.await?;
        match applied? {
            Some(answer) => receive(answer).await,
            None => Ok(()),
        }
    }

    /// Carries out an L1 reorg: what L1 blocks above `to` did is undone, the blocks of the chain that
    /// include a message of theirs are dropped, with all that follow them, and so is a block that
    /// this node is bound to, if its parent or a message of it is gone. Safe goes back with the
    /// records. The heights of dropped blocks may be signed anew.
    ///
    /// Transactions of dropped blocks return to the pool by way of its listener. Doing it again
    /// changes nothing more.
    ///
    /// # Errors
    /// [`ForkchoiceError::FinalizedLost`](crate::ForkchoiceError::FinalizedLost) if a finalized
    /// block would go, [`EngineError::Storage`] if L1 would go below its finalized block: nothing
    /// changes then. [`EngineError::Storage`] too if it could not be made durable: it is to be done
    /// again then, after a restart if the storage says so.
    pub async fn reorg_l1(&self, to: u64) -> Result<L1Reorg, EngineError> {
        self.request(|reply| Message::ReorgL1 { to, reply }).await
    }

    /// Waits until the requests that are before this one are carried out.
    ///
    /// # Errors
    /// [`EngineError::Stopped`].
    pub async fn ping(&self) -> Result<(), EngineError> {
        self.request(|reply| Message::Ping { reply }).await
    }

    /// Ends the thread after the requests that are before this one.
    ///
    /// # Errors
    /// [`EngineError::Stopped`] if it has ended already.
    pub async fn stop(&self) -> Result<(), EngineError> {
        self.request(|reply| Message::Stop { reply }).await
    }

    /// Completes when the thread has ended, for whatever reason.
    pub async fn stopped(&self) {
        self.requests.closed().await;
    }

    async fn request<T>(
        &self,
        message: impl FnOnce(Reply<T>) -> Message,
    ) -> Result<T, EngineError> {
        let (reply, answer) = oneshot::channel();
        let sent = self.requests.send(message(reply)).await;
        sent.map_err(|_closed| EngineError::Stopped)?;
        receive(answer).await
    }
}

/// Whether safe or finalized block may be another one after a change.
const fn moves_forkchoice(change: &RollupChange) -> bool {
    match change {
        RollupChange::L1Latest { .. }
        | RollupChange::L1Finalized { .. }
        | RollupChange::L1Processed { .. } => false,
        RollupChange::L1Block(_)
        | RollupChange::UnwindL1 { .. }
        | RollupChange::RewindL1 { .. }
        | RollupChange::BatchConsolidated(_)
        | RollupChange::Forkchoice { .. } => true,
    }
}

async fn receive<T>(answer: oneshot::Receiver<Result<T, EngineError>>) -> Result<T, EngineError> {
    answer.await.unwrap_or(Err(EngineError::Stopped))
}
