//! Starts jobs.

use crate::{
    config::PayloadConfig, error::PayloadError, job::PayloadJob, metrics::PayloadMetrics,
    open_payload::LastPayload, running::Running, signals::Signals, task::Task,
};
use rollup_evm::ScrollEvmConfig;
use rollup_primitives::{PayloadAttributes, PayloadId, SealedHeader};
use rollup_storage::{ChainView, StorageError};
use rollup_txpool::TransactionSource;
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};
use tokio::sync::oneshot;

/// Builds blocks, each in a job of its own. Cloning gives another handle to it.
#[derive(Clone, Debug)]
pub struct PayloadBuilder {
    shared: Arc<Shared>,
}

/// What all jobs share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) config: PayloadConfig,
    pub(crate) evm: ScrollEvmConfig,
    pub(crate) source: Arc<dyn TransactionSource>,
    pub(crate) metrics: PayloadMetrics,
    pub(crate) last: LastPayload,
    jobs: AtomicU64,
    running: Arc<Running>,
}

impl PayloadBuilder {
    /// A builder that takes transactions from `source`.
    pub fn new(
        config: PayloadConfig,
        evm: ScrollEvmConfig,
        source: Arc<dyn TransactionSource>,
    ) -> Self {
        let (metrics, jobs) = (PayloadMetrics::default(), AtomicU64::new(0));
        let (last, running) = (LastPayload::default(), Arc::default());
        Self { shared: Arc::new(Shared { config, evm, source, metrics, last, jobs, running }) }
    }

    /// Starts a job on the head of `view`, on a thread of its own. Reads the header of the head, so
    /// it blocks for that long.
    ///
    /// # Errors
    /// [`PayloadError::Timestamp`], [`PayloadError::BeforeEuclidV2`], [`PayloadError::Storage`] or
    /// [`PayloadError::Thread`].
    pub fn start(
        &self,
        view: ChainView,
        attributes: PayloadAttributes,
    ) -> Result<PayloadJob, PayloadError> {
        let head = view.head()?;
        let missing = StorageError::Missing { table: "Headers", number: head.number };
        let parent = SealedHeader::new(view.header(head.number)?.ok_or(missing)?, head.hash);
        self.check(&parent, attributes.timestamp)?;

        let id = PayloadId(self.shared.jobs.fetch_add(1, Ordering::Relaxed));
        let signals = Arc::new(Signals::default());
        let (sender, result) = oneshot::channel();
        let job = PayloadJob::new(id, head, Arc::clone(&signals), result);
        let shared = Arc::clone(&self.shared);
        let running = shared.running.begin();
        let task = Task { id, view, parent, attributes, signals, shared, _running: running };
        thread::Builder::new()
            .name("payload-builder".into())
            .spawn(move || task.run(sender))
            .map_err(PayloadError::Thread)?;
        Ok(job)
    }

    /// Waits until no job reads the chain any more, also none that was given up: such a one ends
    /// before its next transaction. Gives whether that is so, after `timeout` at the latest. Blocks;
    /// do not call it on an async thread.
    pub fn wait_until_idle(&self, timeout: Duration) -> bool {
        self.shared.running.wait(timeout)
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }

    pub(crate) fn check(&self, parent: &SealedHeader, timestamp: u64) -> Result<(), PayloadError> {
        let parent_timestamp = parent.timestamp;
        if timestamp < parent_timestamp {
            return Err(PayloadError::Timestamp { timestamp, parent_timestamp });
        }
        if !self.shared.evm.chain_spec().is_euclid_v2_active_at_timestamp(timestamp) {
            return Err(PayloadError::BeforeEuclidV2 { timestamp });
        }
        Ok(())
    }
}
