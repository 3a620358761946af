//! The parts of a node that are there whatever it serves.

use crate::{config::NodeConfig, error::LaunchError, health::HeadTime, launch::Parts};
use rollup_chainspec::ScrollChainSpec;
use rollup_engine::{ChangeListener, EngineHandle, execute_block};
use rollup_evm::ScrollEvmConfig;
use rollup_exex::{ExExError, ExExs, InstalledExEx};
use rollup_payload::PayloadBuilder;
use rollup_primitives::SealedBlock;
use rollup_rpc::{EthChanges, NodeEvents};
use rollup_runtime::{Clock, TaskFailures, TaskGroup};
use rollup_storage::{CanonicalChange, ChainView, Recovery, Storage, StorageConfig, StorageError};
use rollup_txpool::{TransactionSource, Txpool};
use std::{future::Future, path::PathBuf, sync::Arc, time::Duration};
use tokio::{runtime::Handle, task::spawn_blocking};
use tracing::{info, warn};

/// How long the tasks of a part may take to end. The block that is being signed is waited for.
const PART_TIMEOUT: Duration = Duration::from_secs(8);

/// Storage, pool and engine, and the tasks that work with them.
#[derive(Debug)]
pub(crate) struct Base {
    pub(crate) storage: Storage,
    pub(crate) recovery: Recovery,
    pub(crate) txpool: Txpool,
    pub(crate) engine: EngineHandle,
    /// `None` if none is installed.
    pub(crate) exexes: Option<ExExs>,
    pub(crate) payload: PayloadBuilder,
    pub(crate) evm: ScrollEvmConfig,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) head_time: Arc<HeadTime>,
    /// What becomes of the chain, for those who ask over RPC.
    pub(crate) changes: EthChanges,
    pub(crate) events: NodeEvents,
    /// Those who make blocks.
    pub(crate) rollup: TaskGroup,
    /// Those who follow L1.
    pub(crate) l1: TaskGroup,
    /// Those who serve.
    pub(crate) edge: TaskGroup,
    pub(crate) failures: TaskFailures,
}

impl Base {
    /// Opens the storage and starts pool and engine.
    pub(crate) async fn start(config: &NodeConfig, parts: &mut Parts) -> Result<Self, LaunchError> {
        let clock = Arc::clone(&parts.clock);
        let (rollup, failures) = TaskGroup::root("rollup", Handle::current());
        let (l1, edge) = (rollup.child("l1"), rollup.child("edge"));
        let evm = ScrollEvmConfig::new(Arc::clone(&config.chain_spec));
        let (data_dir, settings) = (config.data_dir.clone(), config.storage.clone());
        let chain_spec = Arc::clone(&config.chain_spec);
        let (storage, recovery) = open_storage(data_dir, settings, chain_spec, evm.clone()).await?;
        let head_time = Arc::new(HeadTime::new(head_timestamp(&storage)?));
        let installed = std::mem::take(&mut parts.exexes);
        let exexes = open_exexes(config, storage.clone(), evm.clone(), installed).await?;
        let pool = config.txpool.clone();
        let txpool = Txpool::start(pool, storage.clone(), evm.clone(), Arc::clone(&clock))?;

        let source: Arc<dyn TransactionSource> = match parts.transaction_source.take() {
            Some(make) => make(&txpool),
            None => Arc::new(txpool.clone()),
        };
        let payload = PayloadBuilder::new(config.payload, evm.clone(), source);
        let mut others = std::mem::take(&mut parts.change_listeners);
        others.extend(exexes.as_ref().map(|exexes| Arc::new(exexes.listener()) as ChangeListener));
        let changes = EthChanges::new(storage.head(), config.eth.unread);
        let listeners = listeners(&txpool, &head_time, &changes, others);
        let (jobs, rules) = (payload.clone(), evm.clone());
        let started = EngineHandle::start(config.engine, storage.clone(), rules, jobs, listeners);
        let engine = match started {
            Ok(engine) => engine,
            Err(err) => {
                blocking(move || txpool.shutdown()).await;
                return Err(err.into());
            }
        };
        Ok(Self {
            storage,
            recovery,
            txpool,
            engine,
            exexes,
            payload,
            evm,
            clock,
            head_time,
            changes,
            events: NodeEvents::new(),
            rollup,
            l1,
            edge,
            failures,
        })
    }

    /// Ends everything, in order. Needs all other handles to storage, pool and engine to be gone for
    /// the data directory to be free afterwards.
    pub(crate) async fn shutdown(self) {
        let Self {
            storage,
            txpool,
            engine,
            exexes,
            payload,
            clock,
            rollup,
            l1,
            edge,
            failures,
            ..
        } = self;
        phase("servers", &*clock, end(&edge, &*clock)).await;
        // Before the sequencer, so that the block in hand is not taken off the chain right after it.
        phase("l1", &*clock, end(&l1, &*clock)).await;
        phase("sequencer", &*clock, end(&rollup, &*clock)).await;
        drop((edge, l1, rollup, failures));
        if let Some(exexes) = exexes {
            phase("exex", &*clock, exexes.stop(&*clock, PART_TIMEOUT)).await;
        }
        phase("engine", &*clock, async {
            // An engine that has ended by itself needs no stop.
            engine.stop().await.ok();
            engine.stopped().await;
            drop(engine);
            blocking(move || end_jobs(&payload)).await;
        })
        .await;
        phase("txpool", &*clock, blocking(move || txpool.shutdown())).await;
        phase("storage", &*clock, blocking(move || flush(&storage))).await;
    }
}

/// Waits for blocks that were given up: until they notice, they read the chain.
fn end_jobs(payload: &PayloadBuilder) {
    if !payload.wait_until_idle(PART_TIMEOUT) {
        warn!(target: "rollup_node::shutdown", "shutting down although a block is still being built");
    }
}

fn flush(storage: &Storage) {
    if let Err(err) = storage.flush() {
        warn!(target: "rollup_node::shutdown", %err, "the database does not have all blocks; the block log has");
    }
}

/// Opens the storage on a thread of its own: it may have blocks to execute again.
async fn open_storage(
    data_dir: PathBuf,
    config: StorageConfig,
    chain_spec: Arc<ScrollChainSpec>,
    evm: ScrollEvmConfig,
) -> Result<(Storage, Recovery), LaunchError> {
    let open = move || {
        let replay = |view: &ChainView, block: SealedBlock| {
            execute_block(&evm, view, block).map_err(Into::into)
        };
        Storage::open(&data_dir, config, chain_spec, &replay)
    };
    let (storage, recovery) = spawn_blocking(open).await.map_err(LaunchError::Interrupted)??;
    let head = storage.head();
    info!(
        target: "rollup_node::storage",
        head = head.number, hash = %head.hash, replayed = recovery.replayed_blocks, "Storage opened"
    );
    Ok((storage, recovery))
}

/// Opens what ExExes have noted, if there are any, on a thread of its own.
async fn open_exexes(
    config: &NodeConfig,
    storage: Storage,
    evm: ScrollEvmConfig,
    installed: Vec<InstalledExEx>,
) -> Result<Option<ExExs>, LaunchError> {
    if installed.is_empty() {
        return Ok(None);
    }
    let (settings, data_dir) = (config.exex, config.data_dir.clone());
    let open = move || ExExs::open(settings, &data_dir, storage, evm, installed);
    Ok(Some(spawn_blocking(open).await.map_err(ExExError::Interrupted)??))
}

fn head_timestamp(storage: &Storage) -> Result<u64, StorageError> {
    let view = storage.view()?;
    let header = view.header(view.head()?.number)?;
    Ok(header.map_or(0, |header| header.timestamp))
}

/// Who hears of changes of the chain: the pool first, so that whoever else does finds it up to date.
fn listeners(
    txpool: &Txpool,
    head_time: &Arc<HeadTime>,
    changes: &EthChanges,
    others: Vec<ChangeListener>,
) -> Vec<ChangeListener> {
    let (txpool, head_time, changes) = (txpool.clone(), Arc::clone(head_time), changes.clone());
    let pool: ChangeListener =
        Arc::new(move |change: &Arc<CanonicalChange>| txpool.on_canonical_change(change));
    let time: ChangeListener =
        Arc::new(move |change: &Arc<CanonicalChange>| head_time.follow(change));
    let rpc: ChangeListener = Arc::new(move |change: &Arc<CanonicalChange>| changes.follow(change));
    [pool, time, rpc].into_iter().chain(others).collect()
}

async fn end(group: &TaskGroup, clock: &dyn Clock) {
    if let Err(err) = group.shutdown(clock, PART_TIMEOUT).await {
        warn!(target: "rollup_node::shutdown", %err, "shutting down without waiting longer");
    }
}

async fn blocking(work: impl FnOnce() + Send + 'static) {
    if let Err(err) = spawn_blocking(work).await {
        warn!(target: "rollup_node::shutdown", %err, "a part of the shutdown panicked");
    }
}

/// Does a part of the shutdown, and says how long it took.
pub(crate) async fn phase(name: &'static str, clock: &dyn Clock, work: impl Future<Output = ()>) {
    let start = clock.now();
    work.await;
    let elapsed_ms = clock.now().saturating_sub(start).as_millis();
    info!(target: "rollup_node::shutdown", phase = name, elapsed_ms, "Shut down");
}
