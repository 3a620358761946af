//! A chain, and L1 as the watcher tells of it.

use alloy_consensus::transaction::Recovered;
use alloy_eips::BlockNumHash;
use alloy_primitives::{Address, B256, Signature, U256};
use rollup_chainspec::ScrollChainSpec;
use rollup_engine::{EngineConfig, EngineHandle, execute_block};
use rollup_evm::ScrollEvmConfig;
use rollup_l1::L1BlockRef;
use rollup_orchestrator::L1Index;
use rollup_payload::{PayloadBuilder, PayloadConfig};
use rollup_primitives::{BlockSignature, PayloadAttributes, SealedBlock, TxL1Message};
use rollup_runtime::SimulatedClock;
use rollup_storage::{
    ChainView, EnqueuedMessage, L1Block, L1Event, RollupChange, Storage, StorageConfig,
};
use rollup_txpool::{Txpool, TxpoolConfig};
use std::{sync::Arc, time::Duration};
use tempfile::TempDir;
use tokio::time::timeout;

/// Time of the wall when a test begins.
pub(crate) const UNIX_TIME: Duration = Duration::from_secs(1_800_000_000);
/// How long a test waits for what must come. Nothing depends on it but how soon a test fails.
const LIMIT: Duration = Duration::from_secs(60);

/// Waits for what must come.
pub(crate) async fn soon<T>(future: impl Future<Output = T>) -> T {
    timeout(LIMIT, future).await.expect("it does not come")
}

pub(crate) struct World {
    pub(crate) engine: EngineHandle,
    pub(crate) index: Arc<L1Index>,
    pub(crate) clock: SimulatedClock,
    _directory: TempDir,
}

impl World {
    pub(crate) fn new() -> Self {
        let directory = TempDir::new().unwrap();
        let spec = ScrollChainSpec::parse("dev").unwrap();
        let evm = ScrollEvmConfig::new(Arc::clone(&spec));
        let rules = evm.clone();
        let replay = move |view: &ChainView, block: SealedBlock| {
            execute_block(&rules, view, block).map_err(Into::into)
        };
        let config = StorageConfig::default();
        let (storage, _) = Storage::open(directory.path(), config, spec, &replay).unwrap();
        let clock = SimulatedClock::new(UNIX_TIME);
        let pool = TxpoolConfig::default();
        let time = Arc::new(clock.clone());
        let pool = Txpool::start(pool, storage.clone(), evm.clone(), time).unwrap();
        let payload = PayloadBuilder::new(PayloadConfig::default(), evm.clone(), Arc::new(pool));
        let config = EngineConfig::default();
        let engine = EngineHandle::start(config, storage, evm, payload, Vec::new()).unwrap();
        let index = Arc::new(L1Index::new(engine.clone()).unwrap());
        Self { engine, index, clock, _directory: directory }
    }

    /// Makes the next block, which has these messages and nothing else.
    pub(crate) async fn block(&self, messages: Vec<TxL1Message>) -> BlockNumHash {
        let parent = self.engine.head();
        let attributes = PayloadAttributes {
            timestamp: UNIX_TIME.as_secs() + parent.number,
            fee_recipient: Address::ZERO,
            transactions: messages
                .into_iter()
                .map(|message| {
                    let sender = message.sender;
                    Recovered::new_unchecked(message.into(), sender)
                })
                .collect(),
            no_tx_pool: true,
            gas_limit: None,
        };
        let mut job = self.engine.build(parent, attributes).unwrap();
        let built = soon(job.wait()).await.unwrap();
        let proposal = self.engine.propose(built.block).await.unwrap();
        // Who signed it is not looked at here.
        let signature = BlockSignature::new(Signature::new(U256::ONE, U256::ONE, false));
        self.engine.append_signed(proposal, signature).await.unwrap().id()
    }
}

/// A message.
pub(crate) fn message(queue_index: u64) -> TxL1Message {
    let to = Address::repeat_byte(0xaa);
    TxL1Message { queue_index, gas_limit: 50_000, to, ..Default::default() }
}

/// L1 block with this number.
pub(crate) const fn l1_block(number: u64) -> L1BlockRef {
    let hash = B256::with_last_byte(number.to_le_bytes()[0]);
    L1BlockRef { number, hash, timestamp: UNIX_TIME.as_secs() + number }
}

/// An L1 block that enqueues messages.
pub(crate) fn enqueue(number: u64, messages: &[TxL1Message]) -> RollupChange {
    let events = messages.iter().map(|message| {
        L1Event::MessageEnqueued(EnqueuedMessage { message: message.clone(), queue_hash: None })
    });
    let L1BlockRef { hash, timestamp, .. } = l1_block(number);
    RollupChange::L1Block(L1Block { number, hash, timestamp, events: events.collect() })
}
