//! A running engine, and blocks for it.

use crate::{
    chain::{build, chain_spec},
    transactions::{RECIPIENT, SENDER, l1_message_with, transfer},
};
use alloy_eips::BlockNumHash;
use alloy_primitives::keccak256;
use rollup_engine::{EngineConfig, EngineHandle, ForkchoiceUpdate, execute_block};
use rollup_evm::ScrollEvmConfig;
use rollup_payload::{PayloadBuilder, PayloadConfig};
use rollup_primitives::SealedBlock;
use rollup_storage::{
    CanonicalChange, ChainView, EnqueuedMessage, ExecutedBlock, L1Block, L1Event, RollupChange,
    Storage, StorageConfig,
};
use rollup_txpool::{BestTransactions, PendingListener, PoolTransaction, TransactionSource};
use std::sync::{Arc, Mutex, Weak};
use tempfile::TempDir;

/// A pool without transactions.
#[derive(Debug)]
pub(crate) struct NoPool;

impl TransactionSource for NoPool {
    fn best_transactions(&self, _base_fee: u64) -> Box<dyn BestTransactions> {
        Box::new(Self)
    }

    fn listen(&self, _listener: Weak<dyn PendingListener>) {}
}

impl BestTransactions for NoPool {
    fn next(&mut self) -> Option<Arc<PoolTransaction>> {
        None
    }

    fn skip_sender(&mut self) {}
}

/// An engine on a storage of its own, with what it told a listener.
pub(crate) struct Node {
    pub(crate) engine: EngineHandle,
    pub(crate) storage: Storage,
    pub(crate) changes: Arc<Mutex<Vec<Arc<CanonicalChange>>>>,
    pub(crate) evm: ScrollEvmConfig,
    directory: TempDir,
}

impl Node {
    pub(crate) fn new() -> Self {
        Self::open(TempDir::new().unwrap(), EngineConfig::default())
    }

    pub(crate) fn with_config(config: EngineConfig) -> Self {
        Self::open(TempDir::new().unwrap(), config)
    }

    fn open(directory: TempDir, config: EngineConfig) -> Self {
        let evm = ScrollEvmConfig::new(chain_spec());
        let replay_evm = evm.clone();
        let replay = move |view: &ChainView, block: SealedBlock| {
            execute_block(&replay_evm, view, block).map_err(Into::into)
        };
        let storage =
            Storage::open(directory.path(), StorageConfig::default(), chain_spec(), &replay);
        let (storage, _) = storage.unwrap();
        let changes: Arc<Mutex<Vec<Arc<CanonicalChange>>>> = Arc::default();
        let heard = Arc::clone(&changes);
        let listener = Arc::new(move |change: &Arc<CanonicalChange>| {
            heard.lock().unwrap().push(Arc::clone(change));
        });
        let payload = PayloadBuilder::new(PayloadConfig::default(), evm.clone(), Arc::new(NoPool));
        let engine =
            EngineHandle::start(config, storage.clone(), evm.clone(), payload, vec![listener]);
        let engine = engine.unwrap();
        Self { engine, storage, changes, evm, directory }
    }

    /// As after a crash: nothing is kept but the files.
    pub(crate) async fn restarted(self) -> Self {
        let Self { engine, storage, directory, .. } = self;
        engine.stop().await.unwrap();
        engine.stopped().await;
        drop((engine, storage));
        Self::open(directory, EngineConfig::default())
    }

    /// The next block on the head: a transfer of this value.
    pub(crate) fn next(&self, value: u64) -> ExecutedBlock {
        let view = self.engine.view().unwrap();
        build(&self.evm, &view, vec![transfer(view.head().unwrap().number, RECIPIENT, value)])
    }

    /// The next block on the head, with messages of the queue and a transfer of this value.
    pub(crate) fn next_with(&self, messages: usize, value: u64) -> ExecutedBlock {
        let view = self.engine.view().unwrap();
        let head = view.head().unwrap().number;
        let first = view.next_queue_index(head).unwrap();
        let messages = view.l1_messages(first, u64::MAX, messages).unwrap();
        let nonce = nonce(&view);
        let mut transactions: Vec<_> =
            messages.into_iter().map(|stored| stored.message.into()).collect();
        transactions.push(transfer(nonce, RECIPIENT, value));
        build(&self.evm, &view, transactions)
    }

    /// The next L1 block, with new messages. Gives its number.
    pub(crate) async fn l1_block(&self, messages: u64, salt: u64) -> u64 {
        let view = self.engine.view().unwrap();
        let number = view.l1_progress().unwrap().processed.unwrap_or_default() + 1;
        let first = view.queue_length().unwrap();
        drop(view);
        let events = (first..first + messages).map(|queue_index| {
            let message = l1_message_with(queue_index, salt);
            L1Event::MessageEnqueued(EnqueuedMessage { message, queue_hash: None })
        });
        let hash = keccak256([number.to_be_bytes(), salt.to_be_bytes()].concat());
        let block = L1Block { number, hash, timestamp: number, events: events.collect() };
        let changes = vec![RollupChange::L1Block(block), RollupChange::L1Latest { number }];
        self.engine.apply_rollup(changes).await.unwrap();
        number
    }

    /// Imports a block and makes it the head.
    pub(crate) async fn extend(&self, block: &ExecutedBlock) -> BlockNumHash {
        self.engine.import(sealed(block), None).await.unwrap();
        self.lead_to(block.id()).await
    }

    pub(crate) async fn lead_to(&self, head: BlockNumHash) -> BlockNumHash {
        let update = ForkchoiceUpdate { head: Some(head.hash), ..Default::default() };
        self.engine.update_forkchoice(update).await.unwrap().head
    }

    /// What the listener heard since the last call: numbers of the blocks removed and added.
    pub(crate) fn heard(&self) -> Vec<(Vec<u64>, Vec<u64>)> {
        let changes = std::mem::take(&mut *self.changes.lock().unwrap());
        let numbers = |change: &Arc<CanonicalChange>| {
            let removed = change.removed.iter().map(|removed| removed.block.number).collect();
            (removed, change.added.iter().map(|added| added.block.number).collect())
        };
        changes.iter().map(numbers).collect()
    }
}

/// `count` blocks from block 1 on, each with a transfer of this value.
pub(crate) fn chain_of(count: u64, value: u64) -> Vec<ExecutedBlock> {
    let chain = crate::chain::Chain::new();
    let mut view = chain.view();
    let blocks = (0..count).map(|nonce| {
        let block = build(&chain.config, &view, vec![transfer(nonce, RECIPIENT, value)]);
        view.push(Arc::new(block.clone())).unwrap();
        block
    });
    blocks.collect()
}

/// `common` blocks of [`chain_of`] that value, and then others.
pub(crate) fn fork_of(common: &[ExecutedBlock], count: u64, value: u64) -> Vec<ExecutedBlock> {
    let chain = crate::chain::Chain::new();
    let mut view = chain.view();
    for block in common {
        view.push(Arc::new(block.clone())).unwrap();
    }
    let first = common.len() as u64;
    let blocks = (first..first + count).map(|nonce| {
        let block = build(&chain.config, &view, vec![transfer(nonce, RECIPIENT, value)]);
        view.push(Arc::new(block.clone())).unwrap();
        block
    });
    blocks.collect()
}

/// The next nonce of the account that sends the transfers.
fn nonce(view: &ChainView) -> u64 {
    let account = view.latest_state().account(SENDER).unwrap();
    account.map_or(0, |account| account.nonce)
}

pub(crate) fn sealed(block: &ExecutedBlock) -> SealedBlock {
    block.block.clone_sealed_block()
}
