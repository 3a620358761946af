//! A stored chain, and the proof that a block fits on it.

use super::{ListSource, codes};
use alloy_genesis::GenesisAccount;
use revm::database::WrapDatabaseRef;
use rollup_chainspec::{
    DEV_CHAIN_ID, ForkSchedule, Genesis, ScrollChainSpec, ScrollConfig, ScrollHardfork, dev,
};
use rollup_consensus::{
    recover_senders, validate_body, validate_header, validate_header_against_parent,
    validate_post_execution, validate_state_root,
};
use rollup_evm::ScrollEvmConfig;
use rollup_payload::{BuiltPayload, PayloadBuilder, PayloadConfig, PayloadError, PayloadJob};
use rollup_primitives::{PayloadAttributes, SealedBlock, SealedHeader};
use rollup_storage::{ChainView, ReplayError, StateDiff, Storage, StorageConfig};
use rollup_txpool::TransactionSource;
use std::{sync::Arc, time::Duration};
use tempfile::TempDir;

/// How long a test waits for a block before it fails.
const LIMIT: Duration = Duration::from_secs(60);

/// A store with the development chain and contracts.
pub(crate) struct Chain {
    pub(crate) evm: ScrollEvmConfig,
    pub(crate) storage: Storage,
    directory: TempDir,
}

impl Chain {
    pub(crate) fn new() -> Self {
        Self::with(|_, _| {})
    }

    /// The development chain with another genesis or another configuration.
    pub(crate) fn with(change: impl FnOnce(&mut Genesis, &mut ScrollConfig)) -> Self {
        Self::forked(ScrollHardfork::GalileoV2, change)
    }

    /// The same under the rules of another fork.
    pub(crate) fn forked(
        fork: ScrollHardfork,
        change: impl FnOnce(&mut Genesis, &mut ScrollConfig),
    ) -> Self {
        let dev = dev();
        let (mut genesis, mut config) = (dev.genesis().clone(), dev.config().clone());
        for (address, code) in codes() {
            let account = GenesisAccount { code: Some(code), ..Default::default() };
            genesis.alloc.insert(address, account);
        }
        change(&mut genesis, &mut config);
        let schedule = ForkSchedule::forced(fork);
        let spec = Arc::new(ScrollChainSpec::new(DEV_CHAIN_ID, genesis, schedule, config));
        let directory = TempDir::new().unwrap();
        let storage = open(&directory, &spec);
        Self { evm: ScrollEvmConfig::new(spec), storage, directory }
    }

    /// As after a restart: nothing is kept in memory.
    pub(crate) fn reopened(self) -> Self {
        let Self { evm, storage, directory } = self;
        drop(storage);
        let storage = open(&directory, evm.chain_spec());
        Self { evm, storage, directory }
    }

    pub(crate) fn view(&self) -> ChainView {
        self.storage.view().unwrap()
    }

    pub(crate) fn head(&self) -> SealedHeader {
        parent(&self.view())
    }

    pub(crate) fn builder(&self, source: Arc<dyn TransactionSource>) -> PayloadBuilder {
        PayloadBuilder::new(PayloadConfig::default(), self.evm.clone(), source)
    }

    pub(crate) fn start(&self, source: &ListSource, attributes: PayloadAttributes) -> PayloadJob {
        self.builder(Arc::new(source.clone())).start(self.view(), attributes).unwrap()
    }

    /// Builds a block of everything that the source has and that can be in it.
    pub(crate) fn build(&self, source: &ListSource, attributes: PayloadAttributes) -> BuiltPayload {
        let mut job = self.start(source, attributes);
        source.wait_until_drained();
        job.seal();
        let payload = wait(&mut job).unwrap();
        assert_valid(self, &payload);
        payload
    }

    /// The same, where the block may be full before the source has nothing more.
    pub(crate) fn build_or_fill(
        &self,
        source: &ListSource,
        attributes: PayloadAttributes,
    ) -> BuiltPayload {
        let mut job = self.start(source, attributes);
        source.wait_until_drained_or_left();
        job.seal();
        let payload = wait(&mut job).unwrap();
        assert_valid(self, &payload);
        payload
    }

    /// Makes a block the head.
    pub(crate) fn append(&self, payload: BuiltPayload) {
        self.storage.append(Arc::new(payload.block)).unwrap();
    }
}

fn open(directory: &TempDir, spec: &Arc<ScrollChainSpec>) -> Storage {
    let replay = |_: &ChainView, _: SealedBlock| Err(ReplayError::from("nothing is replayed"));
    let config = StorageConfig::default();
    Storage::open(directory.path(), config, Arc::clone(spec), &replay).unwrap().0
}

fn parent(view: &ChainView) -> SealedHeader {
    let head = view.head().unwrap();
    SealedHeader::new(view.header(head.number).unwrap().unwrap(), head.hash)
}

/// Attributes of a block one second after the head, without transactions.
pub(crate) fn attributes(chain: &Chain) -> PayloadAttributes {
    PayloadAttributes {
        timestamp: chain.head().timestamp + 1,
        fee_recipient: Default::default(),
        transactions: Vec::new(),
        no_tx_pool: false,
        gas_limit: None,
    }
}

/// Waits for a payload as a task of the node does.
pub(crate) fn wait(job: &mut PayloadJob) -> Result<BuiltPayload, PayloadError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async { tokio::time::timeout(LIMIT, job.wait()).await }).unwrap()
}

/// Everything an importer would check, and that it would store the same.
pub(crate) fn assert_valid(chain: &Chain, payload: &BuiltPayload) {
    let (view, spec) = (chain.view(), chain.evm.chain_spec());
    let parent = parent(&view);
    let built = &payload.block;
    let block = SealedBlock::seal_slow(built.block.clone_sealed_block().into_block());
    assert_eq!(block.hash(), built.block.hash());
    assert!(built.signature.is_none());
    validate_header(block.header(), spec).unwrap();
    validate_header_against_parent(block.header(), &parent).unwrap();
    validate_body(&block, spec).unwrap();
    let block = recover_senders(block).unwrap();
    assert_eq!(block, built.block);

    let database = WrapDatabaseRef(view.latest_state());
    let executed = chain.evm.execute_block(database, &block, parent.timestamp).unwrap();
    assert_eq!(executed.receipts, built.receipts);
    validate_post_execution(block.header(), executed.gas_used, &executed.receipts).unwrap();
    let changes = view.changes(StateDiff::from(&executed.changes)).unwrap();
    validate_state_root(block.header(), changes.state_root(), spec).unwrap();
    assert_eq!(changes, built.changes);

    let transactions = &block.body().transactions;
    let messages = transactions.iter().filter(|tx| tx.is_l1_message()).count();
    assert_eq!((payload.transactions, payload.l1_messages), (transactions.len(), messages));
    assert_eq!(payload.block.receipts.len(), transactions.len());
}
