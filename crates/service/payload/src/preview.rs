//! The block that comes next, executed once more beside the job that builds it.

use crate::{
    builder::PayloadBuilder,
    environment::next_block,
    error::PayloadError,
    open_block::{Count, Inclusion, OpenBlock},
    open_payload::OpenPayload,
};
use alloy_eips::BlockNumHash;
use alloy_evm::block::StateDB;
use alloy_primitives::Address;
use revm::database::{Cache, CacheDB};
use rollup_evm::{BlockBuilder, BlockProgress, NextBlockAttributes, ScrollEvmConfig};
use rollup_primitives::{PayloadAttributes, SealedHeader};
use rollup_storage::{ChainView, StorageError};
use rollup_txpool::{BestTransactions, PoolTransaction};
use std::{fmt, mem, sync::Arc};

/// The block that comes next, as far as its transactions are known: those of the running job, or if
/// none runs those that a job would take from the pool. It holds no view of the chain.
pub struct BlockPreview {
    parent: SealedHeader,
    attributes: NextBlockAttributes,
    origin: Origin,
    count: Count,
    progress: Option<BlockProgress>,
    state: Arc<Cache>,
}

/// Where the transactions come from.
enum Origin {
    Job {
        payload: Arc<OpenPayload>,
        next: usize,
    },
    Pool {
        best: Box<dyn BestTransactions>,
        /// Taken from `best` to see whether there is one.
        next: Option<Arc<PoolTransaction>>,
        is_full: bool,
    },
}

impl PayloadBuilder {
    /// A preview of the block that follows the head of `view`: `last`, if it still is one, or else
    /// one of which nothing is executed. `timestamp` (seconds) is that of the block if no job says
    /// otherwise.
    ///
    /// # Errors
    /// As for [`Self::start`].
    pub fn preview(
        &self,
        view: &ChainView,
        timestamp: u64,
        last: Option<BlockPreview>,
    ) -> Result<BlockPreview, PayloadError> {
        let head = view.head()?;
        let payload = self.shared().last.on(head);
        if let Some(last) = last.filter(|last| last.is_of(head, payload.as_deref())) {
            return Ok(last);
        }
        let missing = StorageError::Missing { table: "Headers", number: head.number };
        let parent = SealedHeader::new(view.header(head.number)?.ok_or(missing)?, head.hash);
        let (attributes, origin) = match payload {
            Some(payload) => (payload.attributes(), Origin::Job { payload, next: 0 }),
            None => {
                self.check(&parent, timestamp)?;
                let attributes = self.attributes(view, &parent, timestamp)?;
                let base_fee = attributes.base_fee_per_gas.unwrap_or_default();
                let best = self.shared().source.best_transactions(base_fee);
                (attributes, Origin::Pool { best, next: None, is_full: false })
            }
        };
        let (count, progress, state) = (Count::default(), None, Arc::default());
        Ok(BlockPreview { parent, attributes, origin, count, progress, state })
    }

    fn attributes(
        &self,
        view: &ChainView,
        parent: &SealedHeader,
        timestamp: u64,
    ) -> Result<NextBlockAttributes, StorageError> {
        let attributes = PayloadAttributes {
            timestamp,
            fee_recipient: Address::ZERO,
            transactions: Vec::new(),
            no_tx_pool: false,
            gas_limit: None,
        };
        let (spec, config) = (self.shared().evm.chain_spec(), self.shared().config);
        next_block(spec, parent, &view.latest_state(), config, &attributes)
    }
}

impl BlockPreview {
    /// The block before it.
    pub const fn parent(&self) -> &SealedHeader {
        &self.parent
    }

    /// What is decided of it before its transactions.
    pub const fn attributes(&self) -> &NextBlockAttributes {
        &self.attributes
    }

    /// Whether a job builds the block.
    pub const fn is_of_job(&self) -> bool {
        matches!(self.origin, Origin::Job { .. })
    }

    /// What is executed; `None` before the first [`Self::advance`].
    pub const fn progress(&self) -> Option<&BlockProgress> {
        self.progress.as_ref()
    }

    /// The accounts, slots and codes that were read or written, as they are now. [`Self::advance`]
    /// copies them if somebody else has them.
    pub const fn state(&self) -> &Arc<Cache> {
        &self.state
    }

    fn is_of(&self, head: BlockNumHash, payload: Option<&OpenPayload>) -> bool {
        let is_same_origin = match (&self.origin, payload) {
            (Origin::Job { payload: own, .. }, Some(payload)) => own.id() == payload.id(),
            (Origin::Pool { .. }, None) => true,
            (Origin::Job { .. }, None) | (Origin::Pool { .. }, Some(_)) => false,
        };
        is_same_origin && self.parent.hash() == head.hash
    }

    /// Whether [`Self::advance`] has something to do.
    pub fn has_new(&mut self) -> bool {
        let is_untouched = self.progress.is_none();
        is_untouched
            || match &mut self.origin {
                Origin::Job { payload, next } => payload.has_more_than(*next),
                Origin::Pool { is_full: true, .. } => false,
                Origin::Pool { best, next, .. } => {
                    *next = next.take().or_else(|| best.next());
                    next.is_some()
                }
            }
    }

    /// Executes the transactions that came since the last time. `db` is the state after the parent.
    ///
    /// # Errors
    /// [`PayloadError::Execution`] if the database fails; the preview is of no use then.
    pub fn advance<DB>(&mut self, evm: &ScrollEvmConfig, db: DB) -> Result<(), PayloadError>
    where
        CacheDB<DB>: StateDB,
    {
        if !self.has_new() {
            return Ok(());
        }
        let cache = Arc::unwrap_or_clone(mem::take(&mut self.state));
        let db = CacheDB { cache, db };
        let (parent, attributes) = (&self.parent, self.attributes);
        let builder = match self.progress.take() {
            Some(progress) => BlockBuilder::resume(evm, db, parent, attributes, progress),
            None => {
                BlockBuilder::new(evm, db, parent, attributes).map_err(PayloadError::Execution)?
            }
        };
        let mut block = OpenBlock::resume(builder, evm.chain_spec(), mem::take(&mut self.count));
        match &mut self.origin {
            Origin::Job { payload, next } => {
                for transaction in payload.transactions_from(*next) {
                    *next += 1;
                    block.push_forced(transaction.transaction().clone())?;
                }
            }
            Origin::Pool { best, next, is_full } => {
                fill(&mut block, &mut **best, next.take())?;
                *is_full = block.full().is_some();
            }
        }
        let (builder, count) = block.close();
        let (progress, db) = builder.suspend().map_err(PayloadError::Execution)?;
        (self.count, self.progress, self.state) = (count, Some(progress), Arc::new(db.cache));
        Ok(())
    }
}

/// Takes what the pool has, `first` before that.
fn fill<DB: StateDB>(
    block: &mut OpenBlock<'_, DB>,
    best: &mut dyn BestTransactions,
    first: Option<Arc<PoolTransaction>>,
) -> Result<(), PayloadError> {
    let mut next = first;
    while block.full().is_none()
        && let Some(tx) = next.take().or_else(|| best.next())
    {
        if block.push_pooled(&tx.transaction)? == Inclusion::SkipSender {
            best.skip_sender();
        }
    }
    Ok(())
}

impl fmt::Debug for BlockPreview {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BlockPreview")
            .field("parent", &self.parent.num_hash())
            .field("attributes", &self.attributes)
            .field("count", &self.count)
            .finish_non_exhaustive()
    }
}
