//! The pending block: the one that is being built, or that would be built now.
//!
//! ```text
//!  running job ─ transactions ─┐
//!                              ├─► BlockPreview ── one thread, kept for the next request ──► PendingBlock
//!  pool, if no job runs ───────┘
//! ```
//! What is executed once is not executed again for as long as the block is the same. Requests wait for
//! each other before they take a thread of those that answer.

use super::{EthRpc, Snapshot, blocks::CachedBlock, call::CallState, error::EthError, replay};
use alloy_eips::BlockId;
use alloy_primitives::B256;
use jsonrpsee::core::RpcResult;
use parking_lot::Mutex;
use revm::database::Cache;
use rollup_evm::{BlockProgress, BuiltBlock, NextBlockAttributes, ScrollEvmConfig};
use rollup_payload::{BlockPreview, PayloadBuilder, PayloadError};
use rollup_primitives::{RecoveredBlock, SealedHeader};
use rollup_runtime::Clock;
use rollup_storage::ChainView;
use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};
use tokio_util::sync::CancellationToken;

/// How long a block of the pool's transactions is added to before it is made anew: meanwhile others
/// may have become better, and some may have left the pool.
const MAX_POOL_BLOCK_AGE: Duration = Duration::from_secs(1);

/// What makes the pending block.
#[derive(Debug)]
pub(super) struct PendingBlocks {
    payload: PayloadBuilder,
    clock: Arc<dyn Clock>,
    last: Mutex<Option<Last>>,
}

/// What was executed for the request before.
#[derive(Debug)]
struct Last {
    preview: BlockPreview,
    /// By the clock's `now`.
    begun_at: Duration,
    block: Arc<PendingBlock>,
}

/// A block that is not complete. Its hash and its state root are zero.
#[derive(Debug)]
pub(crate) struct PendingBlock {
    evm: ScrollEvmConfig,
    parent: SealedHeader,
    attributes: NextBlockAttributes,
    progress: BlockProgress,
    state: Arc<Cache>,
    block: OnceLock<Arc<CachedBlock>>,
}

impl PendingBlock {
    fn new(evm: &ScrollEvmConfig, preview: &BlockPreview) -> Self {
        Self {
            evm: evm.clone(),
            parent: preview.parent().clone(),
            attributes: *preview.attributes(),
            progress: preview.progress().cloned().unwrap_or_default(),
            state: Arc::clone(preview.state()),
            block: OnceLock::new(),
        }
    }

    /// The block with its receipts.
    pub(crate) fn block(&self) -> &Arc<CachedBlock> {
        self.block.get_or_init(|| {
            let progress = self.progress.clone();
            let block = progress.into_block(&self.evm, &self.parent, &self.attributes);
            let BuiltBlock { block, senders, receipts, db: () } = block.with_roots(());
            let block = RecoveredBlock::new(block, senders, B256::ZERO);
            Arc::new(CachedBlock::pending(block, receipts))
        })
    }

    /// Accounts, slots and codes that are not, or may not be, as they were before the block.
    pub(crate) const fn state(&self) -> &Arc<Cache> {
        &self.state
    }
}

impl PendingBlocks {
    pub(super) const fn new(payload: PayloadBuilder, clock: Arc<dyn Clock>) -> Self {
        Self { payload, clock, last: Mutex::new(None) }
    }

    /// The pending block on the head of `view`; `None` if blocks of that time are not built.
    fn on(
        &self,
        evm: &ScrollEvmConfig,
        view: &ChainView,
        cancelled: &CancellationToken,
    ) -> Result<Option<Arc<PendingBlock>>, EthError> {
        let mut slot = self.last.lock();
        let now = self.clock.now();
        let last = slot.take().filter(|last| last.is_fresh(now));
        let (preview, begun_at, block) = match last {
            Some(Last { preview, begun_at, block }) => (Some(preview), begun_at, Some(block)),
            None => (None, now, None),
        };
        let timestamp = self.timestamp(view)?;
        let mut preview = match self.payload.preview(view, timestamp, preview) {
            Ok(preview) => preview,
            Err(PayloadError::BeforeEuclidV2 { .. }) => return Ok(None),
            Err(err) => return Err(payload_error(err)),
        };
        let begun_at = if preview.progress().is_none() { now } else { begun_at };
        let block = match block.filter(|_| !preview.has_new()) {
            Some(block) => block,
            // The last block is dropped by now: if nobody else has its state, none is copied.
            None => {
                let state = CallState::new(view.latest_state(), cancelled.clone());
                preview.advance(evm, state).map_err(payload_error)?;
                Arc::new(PendingBlock::new(evm, &preview))
            }
        };
        *slot = Some(Last { preview, begun_at, block: Arc::clone(&block) });
        Ok(Some(block))
    }

    /// Timestamp of a block that nobody builds yet, in seconds.
    fn timestamp(&self, view: &ChainView) -> Result<u64, EthError> {
        let parent = view.header(view.head()?.number)?.map_or(0, |header| header.timestamp);
        Ok(self.clock.unix_time().as_secs().max(parent))
    }
}

impl Last {
    fn is_fresh(&self, now: Duration) -> bool {
        self.preview.is_of_job() || now.saturating_sub(self.begun_at) < MAX_POOL_BLOCK_AGE
    }
}

impl EthRpc {
    /// The chain with the pending block, if `block` means that and there is one.
    pub(super) async fn pending_snapshot(&self, block: BlockId) -> RpcResult<Option<Snapshot>> {
        if !block.is_pending() {
            return Ok(None);
        }
        let this = self.clone();
        self.threads.pending.run(move |cancelled| Ok(this.make_pending(cancelled)?)).await
    }

    fn make_pending(&self, cancelled: &CancellationToken) -> Result<Option<Snapshot>, EthError> {
        let view = self.view()?;
        let pending = self.pending.on(&self.evm, &view, cancelled)?;
        Ok(pending.map(|pending| Snapshot::new(view, Arc::clone(&self.blocks), Some(pending))))
    }
}

fn payload_error(err: PayloadError) -> EthError {
    match err {
        PayloadError::Storage(err) => err.into(),
        PayloadError::Execution(err) => replay::execution_error(err),
        err => EthError::PendingBlock(Box::new(err)),
    }
}
