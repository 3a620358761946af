//! What is in the block that a job builds, for whoever wants to look at it meanwhile.

use alloy_consensus::transaction::Recovered;
use alloy_eips::BlockNumHash;
use parking_lot::Mutex;
use rollup_evm::NextBlockAttributes;
use rollup_primitives::{PayloadId, ScrollTxEnvelope};
use rollup_txpool::PoolTransaction;
use std::{
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

/// How long a block that is built may take to become the head, signing and writing included. After
/// that it is not expected to any more.
const ADOPTION_LIMIT: Duration = Duration::from_secs(10);

/// The block of a job as far as it is built: transactions are added, and none is taken out.
#[derive(Debug)]
pub(crate) struct OpenPayload {
    id: PayloadId,
    parent: BlockNumHash,
    attributes: NextBlockAttributes,
    transactions: Mutex<Vec<IncludedTransaction>>,
    built_at: OnceLock<Instant>,
}

/// A transaction in a block. Cloning shares it.
#[derive(Clone, Debug)]
pub(crate) enum IncludedTransaction {
    /// Of the attributes.
    Forced(Arc<Recovered<ScrollTxEnvelope>>),
    /// Of the pool.
    Pooled(Arc<PoolTransaction>),
}

impl IncludedTransaction {
    pub(crate) fn transaction(&self) -> &Recovered<ScrollTxEnvelope> {
        match self {
            Self::Forced(transaction) => transaction,
            Self::Pooled(pooled) => &pooled.transaction,
        }
    }
}

impl OpenPayload {
    pub(crate) const fn new(
        id: PayloadId,
        parent: BlockNumHash,
        attributes: NextBlockAttributes,
    ) -> Self {
        let transactions = Mutex::new(Vec::new());
        Self { id, parent, attributes, transactions, built_at: OnceLock::new() }
    }

    pub(crate) const fn id(&self) -> PayloadId {
        self.id
    }

    pub(crate) const fn attributes(&self) -> NextBlockAttributes {
        self.attributes
    }

    /// Adds a transaction that was executed. Holds up the builder for as long as somebody takes a
    /// copy of the list, which shares its items.
    pub(crate) fn push(&self, transaction: IncludedTransaction) {
        self.transactions.lock().push(transaction);
    }

    /// The transactions behind the first `from`.
    pub(crate) fn transactions_from(&self, from: usize) -> Vec<IncludedTransaction> {
        self.transactions.lock().get(from..).unwrap_or_default().to_vec()
    }

    /// Whether there are transactions behind the first `count`.
    pub(crate) fn has_more_than(&self, count: usize) -> bool {
        self.transactions.lock().len() > count
    }

    fn is_expected(&self) -> bool {
        self.built_at.get().is_none_or(|built_at| built_at.elapsed() < ADOPTION_LIMIT)
    }
}

/// The block of the last job, from its start until another job starts.
#[derive(Debug, Default)]
pub(crate) struct LastPayload(Mutex<Option<Arc<OpenPayload>>>);

impl LastPayload {
    /// A job has started. One that was started before it may come later.
    pub(crate) fn begin(&self, payload: &Arc<OpenPayload>) {
        let mut last = self.0.lock();
        if last.as_ref().is_none_or(|last| last.id.0 < payload.id.0) {
            *last = Some(Arc::clone(payload));
        }
    }

    /// The block is built, and is to be the next one unless it is empty.
    pub(crate) fn built(&self, id: PayloadId) {
        let mut last = self.0.lock();
        let Some(payload) = last.as_ref().filter(|last| last.id == id) else { return };
        if payload.transactions.lock().is_empty() {
            *last = None;
        } else {
            payload.built_at.get_or_init(Instant::now);
        }
    }

    /// The job comes to nothing.
    pub(crate) fn give_up(&self, id: PayloadId) {
        self.0.lock().take_if(|last| last.id == id);
    }

    /// The block that is to follow `parent`, if one is being built or waits for its signature.
    pub(crate) fn on(&self, parent: BlockNumHash) -> Option<Arc<OpenPayload>> {
        let last = self.0.lock();
        last.as_ref().filter(|last| last.parent == parent && last.is_expected()).cloned()
    }
}
