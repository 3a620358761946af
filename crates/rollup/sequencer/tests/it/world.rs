//! A sequencer and everything around it.

use crate::{
    pool::{Pool, key_file},
    scripted::ScriptedSigner,
};
use alloy_eips::BlockNumHash;
use alloy_primitives::{Address, B256};
use rollup_chainspec::ScrollChainSpec;
use rollup_engine::{EngineConfig, EngineHandle, ForkchoiceUpdate, execute_block};
use rollup_evm::ScrollEvmConfig;
use rollup_payload::{PayloadBuilder, PayloadConfig};
use rollup_primitives::SealedBlock;
use rollup_runtime::{SimulatedClock, TaskFailures, TaskGroup};
use rollup_sequencer::{
    Announce, AnnouncedTo, L1Gate, SequencerBuilder, SequencerConfig, SequencerEvent,
    SequencerHandle, SequencerParts, SequencerState, SequencerStatus, SkipReason, SyncState,
};
use rollup_signer::{BlockSigner, SigningPolicy, SigningService};
use rollup_storage::{ChainView, ExecutedBlock, L1Progress, Storage, StorageConfig};
use std::{
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};
use tempfile::TempDir;
use tokio::{
    runtime::Handle,
    sync::{
        broadcast::{self, error::RecvError},
        watch,
    },
    time::timeout,
};

/// How long a test waits for what must come. Nothing depends on it but how soon a test fails.
const LIMIT: Duration = Duration::from_secs(60);
/// What one try of the signer may take: longer than anything else here.
pub(crate) const SIGNING_TIMEOUT: Duration = Duration::from_secs(3600);
/// Time of the wall when a test begins.
pub(crate) const UNIX_TIME: Duration = Duration::from_secs(1_800_000_000);
/// The key that signs blocks.
const BLOCK_KEY: B256 = B256::repeat_byte(0x51);

pub(crate) const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// Waits for what must come.
pub(crate) async fn soon<T>(future: impl Future<Output = T>) -> T {
    timeout(LIMIT, future).await.expect("it does not come")
}

/// What was announced, and whether it was the head by then.
#[derive(Debug)]
pub(crate) struct Announced {
    engine: EngineHandle,
    blocks: Mutex<Vec<(BlockNumHash, bool)>>,
}

impl Announce for Announced {
    fn announce(&self, block: &Arc<ExecutedBlock>) -> AnnouncedTo {
        let is_head = self.engine.head() == block.id() && block.signature.is_some();
        self.blocks.lock().unwrap().push((block.id(), is_head));
        AnnouncedTo { peers_scroll: 3, peers_eth: 2 }
    }
}

/// A sequencer and everything around it. The time stands still until it is moved.
pub(crate) struct World {
    pub(crate) clock: SimulatedClock,
    pub(crate) engine: EngineHandle,
    pub(crate) storage: Storage,
    pub(crate) pool: Arc<Pool>,
    pub(crate) signer: Arc<ScriptedSigner>,
    pub(crate) sync: watch::Sender<SyncState>,
    pub(crate) authorized_signer: watch::Sender<Option<Address>>,
    pub(crate) l1_progress: watch::Sender<L1Progress>,
    pub(crate) l1_gate: watch::Sender<L1Gate>,
    pub(crate) handle: SequencerHandle,
    pub(crate) events: broadcast::Receiver<SequencerEvent>,
    pub(crate) tasks: TaskGroup,
    announced: Arc<Announced>,
    failures: TaskFailures,
    drained: watch::Receiver<u64>,
    directory: TempDir,
}

/// Slots of 1 s, 800 ms of building; nothing is enabled, everything is synchronized.
pub(crate) fn config() -> SequencerConfig {
    SequencerConfig { max_consecutive_failures: 3, ..SequencerConfig::default() }
}

fn open(directory: &Path, pool: &Arc<Pool>) -> (Storage, EngineHandle) {
    let spec = ScrollChainSpec::parse("dev").unwrap();
    let evm = ScrollEvmConfig::new(Arc::clone(&spec));
    let replay_evm = evm.clone();
    let replay = move |view: &ChainView, block: SealedBlock| {
        execute_block(&replay_evm, view, block).map_err(Into::into)
    };
    let (storage, _) = Storage::open(directory, StorageConfig::default(), spec, &replay).unwrap();
    let source = Arc::<Pool>::clone(pool);
    let payload = PayloadBuilder::new(PayloadConfig::default(), evm.clone(), source);
    let engine = EngineConfig::default();
    let engine = EngineHandle::start(engine, storage.clone(), evm, payload, Vec::new()).unwrap();
    (storage, engine)
}

impl World {
    pub(crate) fn new(config: SequencerConfig) -> Self {
        let directory = TempDir::new().unwrap();
        let pool = Pool::new(directory.path());
        Self::start(config, directory, pool, SyncState::SYNCED)
    }

    pub(crate) fn with_sync(config: SequencerConfig, sync: SyncState) -> Self {
        let directory = TempDir::new().unwrap();
        let pool = Pool::new(directory.path());
        Self::start(config, directory, pool, sync)
    }

    fn start(
        config: SequencerConfig,
        directory: TempDir,
        pool: Arc<Pool>,
        sync: SyncState,
    ) -> Self {
        let (storage, engine) = open(&directory.path().join("data"), &pool);
        let clock = SimulatedClock::new(UNIX_TIME);
        let signer = ScriptedSigner::new(key_file(directory.path(), BLOCK_KEY));
        let (sync, followed_sync) = watch::channel(sync);
        let (authorized_signer, followed_signer) = watch::channel(None);
        let (l1_progress, followed_l1) = watch::channel(L1Progress::default());
        let (l1_gate, followed_gate) = watch::channel(L1Gate::Open);
        let announced = Arc::new(Announced { engine: engine.clone(), blocks: Mutex::default() });
        let (tasks, failures) = TaskGroup::root("test", Handle::current());
        let block_signer = Arc::<ScriptedSigner>::clone(&signer) as Arc<dyn BlockSigner>;
        let policy = SigningPolicy { retries: 0, timeout: SIGNING_TIMEOUT };
        let parts = SequencerParts {
            engine: engine.clone(),
            signer: SigningService::new(block_signer, policy, Arc::new(clock.clone())),
            announce: Arc::<Announced>::clone(&announced),
            chain_spec: ScrollChainSpec::parse("dev").unwrap(),
            clock: Arc::new(clock.clone()),
            sync: followed_sync,
            authorized_signer: followed_signer,
            l1_progress: followed_l1,
            l1_gate: followed_gate,
            shutdown: tasks.token(),
        };
        let builder = SequencerBuilder::new(config).unwrap();
        let handle = builder.handle();
        let events = handle.subscribe();
        tasks.spawn("sequencer", builder.build(parts));
        let drained = pool.drained();
        Self {
            clock,
            engine,
            storage,
            pool,
            signer,
            sync,
            authorized_signer,
            l1_progress,
            l1_gate,
            handle,
            events,
            tasks,
            announced,
            failures,
            drained,
            directory,
        }
    }

    /// Ends everything in order, and begins anew with what is in the files.
    pub(crate) async fn restarted(self, config: SequencerConfig) -> Self {
        let Self { engine, storage, pool, tasks, mut failures, directory, announced, .. } = self;
        tasks.shutdown(&rollup_runtime::SystemClock::new(), LIMIT).await.unwrap();
        drop((tasks, announced));
        assert_eq!(failures.next().await, None, "it ended because it was told to");
        engine.stop().await.unwrap();
        engine.stopped().await;
        drop((engine, storage));
        Self::start(config, directory, pool, SyncState::SYNCED)
    }

    /// What was announced so far. All of it was signed and the head by then.
    pub(crate) fn announced(&self) -> Vec<BlockNumHash> {
        let blocks = self.announced.blocks.lock().unwrap().clone();
        assert!(blocks.iter().all(|(_, is_head)| *is_head), "announced too early");
        blocks.into_iter().map(|(id, _)| id).collect()
    }

    /// Moves the time to this moment after the start, when the sequencer waits for it.
    pub(crate) async fn go_to(&self, at: Duration) {
        soon(self.clock.until_slept_to(at)).await;
        self.clock.advance(at.saturating_sub(rollup_runtime::Clock::now(&self.clock)));
    }

    /// Waits until a job has taken all there is.
    pub(crate) async fn job_is_full(&mut self) {
        soon(self.drained.changed()).await.unwrap();
    }

    /// The next event.
    pub(crate) async fn event(&mut self) -> SequencerEvent {
        soon(self.events.recv()).await.unwrap()
    }

    /// Why there is no further event.
    pub(crate) async fn event_after_end(&mut self) -> RecvError {
        soon(self.events.recv()).await.unwrap_err()
    }

    /// The next event, which is that a block was signed.
    pub(crate) async fn signed(&mut self) -> Arc<ExecutedBlock> {
        match self.event().await {
            SequencerEvent::SignedBlock(block) => block,
            other => panic!("{other:?}"),
        }
    }

    /// The next two events, which are that a block was built and signed.
    pub(crate) async fn block(&mut self) -> Arc<ExecutedBlock> {
        let built = match self.event().await {
            SequencerEvent::BlockSequenced(id) => id,
            other => panic!("{other:?}"),
        };
        let block = self.signed().await;
        assert_eq!(block.id(), built);
        block
    }

    /// The next event, which is that slots were skipped.
    pub(crate) async fn skipped(&mut self) -> (SkipReason, u64) {
        match self.event().await {
            SequencerEvent::SlotSkipped { reason, slots } => (reason, slots),
            other => panic!("{other:?}"),
        }
    }

    /// Waits until the status is like this.
    pub(crate) async fn status(&self, is: impl Fn(&SequencerStatus) -> bool) -> SequencerStatus {
        let mut watch = self.handle.watch();
        soon(watch.wait_for(is)).await.unwrap().clone()
    }

    /// Waits until it is in this state.
    pub(crate) async fn state(&self, state: SequencerState) -> SequencerStatus {
        self.status(|status| status.state == state).await
    }

    /// Lets the sequencer see what was sent to it by a channel of the world: the answer to a command
    /// comes after that.
    pub(crate) async fn settled(&self) {
        let head = self.engine.head().hash;
        // Refused, so that it changes nothing.
        soon(self.handle.start(!head)).await.unwrap_err();
    }

    /// Imports a block of another node and makes it the head.
    pub(crate) async fn import(&self, block: &ExecutedBlock) {
        let sealed = block.block.clone_sealed_block();
        self.engine.import(sealed, block.signature).await.unwrap();
        let head = Some(block.block.hash());
        let update = ForkchoiceUpdate { head, ..ForkchoiceUpdate::default() };
        self.engine.update_forkchoice(update).await.unwrap();
    }
}

/// The first block of another node, with a transfer of this value.
pub(crate) async fn foreign_block(value: u64) -> Arc<ExecutedBlock> {
    let mut world = World::new(config());
    world.pool.add(value).await;
    world.handle.enable().await.unwrap();
    world.job_is_full().await;
    world.go_to(ms(800)).await;
    world.block().await
}
