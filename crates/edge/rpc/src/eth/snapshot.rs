//! The chain as one request sees it, with the pending block on top if the request asks for it.

use super::{
    EthRpc, block_id,
    blocks::{Blocks, CachedBlock},
    call::CallState,
    error::EthError,
    pending::PendingBlock,
};
use alloy_eips::BlockId;
use jsonrpsee::core::RpcResult;
use rollup_primitives::ScrollHeader;
use rollup_storage::{ChainView, StorageError};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// The chain as one request sees it.
#[derive(Debug)]
pub(crate) struct Snapshot {
    view: ChainView,
    blocks: Arc<Blocks>,
    /// The block that follows the head. Without it `pending` is the head.
    pending: Option<Arc<PendingBlock>>,
}

impl Snapshot {
    pub(super) const fn new(
        view: ChainView,
        blocks: Arc<Blocks>,
        pending: Option<Arc<PendingBlock>>,
    ) -> Self {
        Self { view, blocks, pending }
    }

    /// The chain.
    pub(crate) const fn view(&self) -> &ChainView {
        &self.view
    }

    /// The pending block, if `block` means it and there is one.
    pub(crate) fn pending(&self, block: BlockId) -> Option<&Arc<PendingBlock>> {
        self.pending.as_ref().filter(|_| block.is_pending())
    }

    /// A block, if there is one.
    pub(crate) fn block(&self, block: BlockId) -> Result<Option<Arc<CachedBlock>>, EthError> {
        if let Some(pending) = self.pending(block) {
            return Ok(Some(Arc::clone(pending.block())));
        }
        let id = block_id::find(&self.view, block)?;
        Ok(id.map(|id| self.blocks.get(&self.view, id)).transpose()?)
    }
}

/// Headers, and the states after them.
pub(crate) trait StateSource {
    /// The header of a block.
    ///
    /// # Errors
    /// [`EthError::BlockNotFound`], and those of the database.
    fn header_of(&self, block: BlockId) -> Result<ScrollHeader, EthError>;

    /// The state after a block.
    ///
    /// # Errors
    /// [`EthError::BlockNotFound`], [`EthError::Pruned`], and those of the database.
    fn state_after(
        &self,
        block: BlockId,
        cancelled: &CancellationToken,
    ) -> Result<CallState<'_>, EthError>;
}

/// The pending block is the head here.
impl StateSource for ChainView {
    fn header_of(&self, block: BlockId) -> Result<ScrollHeader, EthError> {
        let number = block_id::require(self, block)?.number;
        let missing = StorageError::Missing { table: "Headers", number };
        Ok(self.header(number)?.ok_or(missing)?)
    }

    fn state_after(
        &self,
        block: BlockId,
        cancelled: &CancellationToken,
    ) -> Result<CallState<'_>, EthError> {
        Ok(CallState::new(block_id::state(self, block)?, cancelled.clone()))
    }
}

impl StateSource for Snapshot {
    fn header_of(&self, block: BlockId) -> Result<ScrollHeader, EthError> {
        match self.pending(block) {
            Some(pending) => Ok(pending.block().block().header().clone()),
            None => self.view.header_of(block),
        }
    }

    fn state_after(
        &self,
        block: BlockId,
        cancelled: &CancellationToken,
    ) -> Result<CallState<'_>, EthError> {
        let Some(pending) = self.pending(block) else {
            return StateSource::state_after(&self.view, block, cancelled);
        };
        let changes = Arc::clone(pending.state());
        Ok(CallState::pending(self.view.latest_state(), changes, cancelled.clone()))
    }
}

impl EthRpc {
    /// The chain without a pending block.
    pub(crate) fn snapshot(&self) -> Result<Snapshot, EthError> {
        Ok(Snapshot::new(self.view()?, Arc::clone(&self.blocks), None))
    }

    /// Reads an entry or a block, of the pending one if `block` says so.
    pub(crate) async fn read_at<T: Send + 'static>(
        &self,
        block: BlockId,
        work: impl FnOnce(&Self, &Snapshot) -> Result<T, EthError> + Send + 'static,
    ) -> RpcResult<T> {
        let pending = self.pending_snapshot(block).await?;
        self.read(move |eth| work(eth, &eth.or_latest(pending)?)).await
    }

    /// Answers from memory, or else as [`Self::read_at`]. The pending block is never known.
    pub(crate) async fn read_at_unless<T: Send + 'static>(
        &self,
        block: BlockId,
        known: impl FnOnce(&Self) -> Result<Option<T>, EthError>,
        read: impl FnOnce(&Self, &Snapshot) -> Result<T, EthError> + Send + 'static,
    ) -> RpcResult<T> {
        if !block.is_pending()
            && let Some(answer) = known(self)?
        {
            return Ok(answer);
        }
        self.read_at(block, read).await
    }

    /// Does something that takes long, on the pending block if `block` says so.
    pub(crate) async fn long_at<T: Send + 'static>(
        &self,
        block: BlockId,
        work: impl FnOnce(&Self, &Snapshot, &CancellationToken) -> Result<T, EthError> + Send + 'static,
    ) -> RpcResult<T> {
        let pending = self.pending_snapshot(block).await?;
        self.long(move |eth, cancelled| work(eth, &eth.or_latest(pending)?, cancelled)).await
    }

    fn or_latest(&self, pending: Option<Snapshot>) -> Result<Snapshot, EthError> {
        pending.map_or_else(|| self.snapshot(), Ok)
    }
}
