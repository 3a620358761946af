//! A development chain, its pool, and the methods on top of both.

use super::contracts::{LOGGER, REVERTER, STORE, initcode, words};
use crate::support::{NOW, request};
use alloy_consensus::{
    SignableTransaction, Signed, TxEip1559, TxEip2930, TxEip7702, TxLegacy,
    transaction::{Recovered, SignerRecoverable as _},
};
use alloy_eips::{BlockNumHash, eip2930::AccessList, eip7702::Authorization};
use alloy_primitives::{
    Address, B256, Bytes, Signature, TxKind, U256, address, b256, ruint::UintTryFrom,
};
use alloy_signer::SignerSync as _;
use alloy_signer_local::PrivateKeySigner;
use jsonrpsee::{Methods, RpcModule};
use revm::database::{State, states::bundle_state::BundleRetention};
use rollup_chainspec::ScrollChainSpec;
use rollup_engine::execute_block;
use rollup_evm::{BlockBuilder, NextBlockAttributes, ScrollEvmConfig};
use rollup_payload::{PayloadBuilder, PayloadConfig};
use rollup_primitives::{RecoveredBlock, ScrollTxEnvelope, SealedBlock, SealedHeader, TxL1Message};
use rollup_rpc::{
    BlockingPool, DebugApiServer as _, DebugRpc, EthApiServer, EthChanges, EthConfig,
    EthExtraApiServer, EthFilterApiServer, EthNews, EthParts, EthPubSubApiServer as _,
    EthPubSubRpc, EthRpc, EthSimulateApiServer, EthThreads, OtsApiServer as _, OtsRpc,
    RethApiServer as _, RethRpc, RpcLimits, ScrollApiServer as _, ScrollRpc, TraceApiServer as _,
    TraceRpc,
};
use rollup_runtime::{SimulatedClock, TaskGroup};
use rollup_sequencer::SyncState;
use rollup_storage::{
    CanonicalChange, ChainView, ExecutedBlock, ForkchoiceState, RemovedBlock, ReplayError,
    StateDiff, Storage, StorageConfig,
};
use rollup_txpool::Txpool;
use serde_json::{Value, json, value::RawValue};
use std::{sync::Arc, time::Duration};
use tempfile::TempDir;
use tokio::{
    runtime::Handle,
    sync::{broadcast, mpsc, watch},
    time::timeout,
};

pub(crate) const CHAIN_ID: u64 = 1337;
pub(crate) const SENDER: Address = address!("f39Fd6e51aad88F6F4ce6aB8827279cffFb92266");
pub(crate) const RECIPIENT: Address = address!("00000000000000000000000000000000000000ee");
pub(crate) const L1_SENDER: Address = address!("11110000000000000000000000000000000000aa");
const KEY: B256 = b256!("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80");
/// The second funded account.
pub(crate) const OTHER_SENDER: Address = address!("70997970C51812dc3A010C7d01b50e0d17dc79C8");
const OTHER_KEY: B256 = b256!("59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d");
pub(crate) const BASE_FEE_WEI: u64 = 15_680_000;
pub(crate) const FEE_CAP_WEI: u128 = 1_000_000_000;

/// A stored chain with the methods on top of it.
pub(crate) struct Chain {
    pub(crate) evm: ScrollEvmConfig,
    pub(crate) storage: Storage,
    pub(crate) pool: Txpool,
    pub(crate) payload: PayloadBuilder,
    head: watch::Sender<ForkchoiceState>,
    pub(crate) blocks: Vec<ExecutedBlock>,
    pub(crate) clock: SimulatedClock,
    /// Whether the node is behind.
    pub(crate) sync: watch::Sender<SyncState>,
    changes: EthChanges,
    /// Where subscriptions hear of changes of the chain.
    news: broadcast::Sender<Arc<CanonicalChange>>,
    subscriptions: RpcModule<EthPubSubRpc>,
    tasks: Option<TaskGroup>,
    module: Methods,
    _directory: TempDir,
}

/// How a request was refused.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) code: i64,
    pub(crate) message: String,
    pub(crate) data: Value,
}

impl Chain {
    /// The genesis block.
    pub(crate) fn new() -> Self {
        Self::with_config(EthConfig::default())
    }

    pub(crate) fn with_config(config: EthConfig) -> Self {
        Self::open(config, StorageConfig::default())
    }

    pub(crate) fn open(config: EthConfig, storage: StorageConfig) -> Self {
        let directory = TempDir::new().unwrap();
        let chain_spec = ScrollChainSpec::parse("dev").unwrap();
        let evm = ScrollEvmConfig::new(Arc::clone(&chain_spec));
        let replay = |_: &ChainView, _: SealedBlock| -> Result<ExecutedBlock, ReplayError> {
            panic!("nothing to replay")
        };
        let (storage, _) = Storage::open(directory.path(), storage, chain_spec, &replay).unwrap();
        let pool = super::pool::start(&storage, &evm);
        let limits = RpcLimits { blocking_threads: 1, ..RpcLimits::default() };
        let threads = || BlockingPool::new(&limits).unwrap();
        let threads = EthThreads {
            reads: threads(),
            calls: threads(),
            traces: threads(),
            pending: threads(),
        };
        let source = Arc::new(pool.clone());
        let payload = PayloadBuilder::new(PayloadConfig::default(), evm.clone(), source);
        let forkchoice = storage.view().unwrap().forkchoice().unwrap();
        let (head, followed) = watch::channel(forkchoice);
        let (sync, followed_sync) = watch::channel(SyncState::SYNCED);
        let clock = SimulatedClock::new(NOW);
        let changes = EthChanges::new(storage.head(), config.unread);
        let parts = EthParts {
            storage: storage.clone(),
            pool: pool.clone(),
            forwarder: None,
            evm: evm.clone(),
            changes: changes.clone(),
            sync: followed_sync,
            payload: payload.clone(),
            head: followed,
            clock: Arc::new(clock.clone()),
            threads,
        };
        let eth = EthRpc::new(parts, config);
        let subscriptions = EthPubSubRpc::new(&eth).into_rpc();
        let mut module: Methods = EthApiServer::into_rpc(eth.clone()).into();
        module.merge(EthFilterApiServer::into_rpc(eth.clone())).unwrap();
        module.merge(EthSimulateApiServer::into_rpc(eth.clone())).unwrap();
        module.merge(EthExtraApiServer::into_rpc(eth.clone())).unwrap();
        module.merge(ScrollRpc::new(eth.clone()).into_rpc()).unwrap();
        module.merge(DebugRpc::new(eth.clone()).into_rpc()).unwrap();
        module.merge(TraceRpc::new(eth.clone()).into_rpc()).unwrap();
        module.merge(OtsRpc::new(eth.clone()).into_rpc()).unwrap();
        module.merge(RethRpc::new(eth).into_rpc()).unwrap();
        Self {
            evm,
            storage,
            pool,
            payload,
            head,
            blocks: Vec::new(),
            clock,
            sync,
            changes,
            news: broadcast::Sender::new(1024),
            module,
            subscriptions,
            tasks: None,
            _directory: directory,
        }
    }

    /// With the blocks of [`bodies`].
    pub(crate) fn with_blocks() -> Self {
        let mut chain = Self::new();
        for body in bodies() {
            chain.append(body);
        }
        chain
    }

    /// Builds a block of these transactions, has it imported, and appends it.
    pub(crate) fn append(&mut self, transactions: Vec<ScrollTxEnvelope>) -> &ExecutedBlock {
        let added = self.store(transactions);
        self.tell(Vec::new(), vec![added]);
        self.blocks.last().unwrap()
    }

    /// Takes the last `depth` blocks off the chain, and puts others there.
    pub(crate) fn reorg(&mut self, depth: usize, bodies: Vec<Vec<ScrollTxEnvelope>>) {
        let removed = self.blocks.split_off(self.blocks.len() - depth);
        self.storage.unwind(self.blocks.len() as u64).unwrap();
        let added = bodies.into_iter().map(|body| self.store(body)).collect();
        let removed = removed.into_iter().map(|ExecutedBlock { block, receipts, .. }| {
            Arc::new(RemovedBlock { block, receipts })
        });
        self.tell(removed.collect(), added);
    }

    /// Takes the last block off the chain without saying so.
    pub(crate) fn lose_block(&mut self) {
        self.blocks.pop();
        self.storage.unwind(self.blocks.len() as u64).unwrap();
        self.tell(Vec::new(), Vec::new());
    }

    fn store(&mut self, transactions: Vec<ScrollTxEnvelope>) -> Arc<ExecutedBlock> {
        let view = self.storage.view().unwrap();
        let built = build(&self.evm, &view, transactions);
        let block = execute_block(&self.evm, &view, built.block.clone_sealed_block()).unwrap();
        assert_eq!(block.receipts, built.receipts);
        self.put(block)
    }

    /// Makes a block the head.
    pub(crate) fn adopt(&mut self, block: ExecutedBlock) -> &ExecutedBlock {
        let added = self.put(block);
        self.tell(Vec::new(), vec![added]);
        self.blocks.last().unwrap()
    }

    fn put(&mut self, block: ExecutedBlock) -> Arc<ExecutedBlock> {
        let appended = Arc::new(block.clone());
        self.storage.append(Arc::clone(&appended)).unwrap();
        self.blocks.push(block);
        appended
    }

    fn tell(&self, removed: Vec<Arc<RemovedBlock>>, added: Vec<Arc<ExecutedBlock>>) {
        let head = self.id_of(self.blocks.len());
        let change = Arc::new(CanonicalChange { removed, added, head });
        self.pool.on_canonical_change(&change);
        self.changes.follow(&change);
        self.head.send_replace(self.storage.view().unwrap().forkchoice().unwrap());
        // Nobody may have subscribed.
        self.news.send(change).ok();
    }

    /// Subscribes to something. What the subscriber does not read is kept for it up to
    /// `unread` messages.
    pub(crate) async fn subscribe(&mut self, params: Value, unread: usize) -> Heard {
        if self.tasks.is_none() {
            let (tasks, _) = TaskGroup::root("test", Handle::current());
            let news = EthNews {
                changes: self.news.subscribe(),
                pending: self.pool.subscribe(),
                sync: self.sync.subscribe(),
            };
            tasks.spawn("subscriptions", self.changes.clone().run(news, tasks.token()));
            self.tasks = Some(tasks);
        }
        let request = request("eth_subscribe", &params).to_string();
        let (answer, messages) =
            self.subscriptions.raw_json_request(&request, unread).await.unwrap();
        Heard { answer: serde_json::from_str(answer.get()).unwrap(), messages }
    }

    pub(crate) fn id_of(&self, number: usize) -> BlockNumHash {
        match number.checked_sub(1) {
            Some(index) => self.blocks[index].id(),
            None => BlockNumHash::new(0, self.evm.chain_spec().genesis_hash()),
        }
    }

    /// Calls a method over the whole way from text to text.
    pub(crate) async fn ask(&self, method: &str, params: Value) -> Result<Value, Refusal> {
        ask(self.methods(), method, params).await
    }

    /// The methods.
    pub(crate) fn methods(&self) -> Methods {
        self.module.clone()
    }

    /// The whole response to a call.
    pub(crate) async fn ask_for_text(&self, method: &str, params: Value) -> String {
        let request = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        let (response, _) = self.module.raw_json_request(&request.to_string(), 1).await.unwrap();
        response.get().to_owned()
    }

    /// Calls a method that answers.
    pub(crate) async fn get(&self, method: &str, params: Value) -> Value {
        match self.ask(method, params.clone()).await {
            Ok(result) => result,
            Err(refusal) => panic!("{method} {params}: {refusal:?}"),
        }
    }

    /// Calls a method that refuses.
    pub(crate) async fn refused(&self, method: &str, params: Value) -> (i64, String) {
        match self.ask(method, params.clone()).await {
            Ok(result) => panic!("{method} {params}: {result}"),
            Err(Refusal { code, message, .. }) => (code, message),
        }
    }
}

/// What a subscriber hears.
#[derive(Debug)]
pub(crate) struct Heard {
    /// The answer to the request.
    pub(crate) answer: Value,
    messages: mpsc::Receiver<Box<RawValue>>,
}

impl Heard {
    /// The parameters of the next message.
    pub(crate) async fn params(&mut self) -> Value {
        let next = timeout(Duration::from_secs(60), self.messages.recv()).await;
        let message: Value = serde_json::from_str(next.unwrap().unwrap().get()).unwrap();
        assert_eq!(message["method"], "eth_subscription");
        assert_eq!(message["params"]["subscription"], self.answer["result"]);
        message["params"].clone()
    }

    pub(crate) async fn next(&mut self) -> Value {
        let mut params = self.params().await;
        assert!(params.get("error").is_none(), "{params}");
        params["result"].take()
    }

    pub(crate) async fn take(&mut self, count: usize) -> Vec<Value> {
        let mut heard = Vec::new();
        for _ in 0..count {
            heard.push(self.next().await);
        }
        heard
    }
}

/// Calls a method over the whole way from text to text.
pub(crate) async fn ask(methods: Methods, method: &str, params: Value) -> Result<Value, Refusal> {
    let request = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
    let (response, _) = methods.raw_json_request(&request.to_string(), 1).await.unwrap();
    let mut response: Value = serde_json::from_str(response.get()).unwrap();
    if let Some(err) = response.get("error") {
        return Err(Refusal {
            code: err["code"].as_i64().unwrap(),
            message: err["message"].as_str().unwrap().to_owned(),
            data: err.get("data").cloned().unwrap_or_default(),
        });
    }
    Ok(response["result"].take())
}

/// A quantity as JSON-RPC writes it.
pub(crate) fn hex<T>(number: T) -> Value
where
    U256: UintTryFrom<T>,
{
    json!(U256::from(number))
}

/// The contract that the sender creates with this nonce.
pub(crate) fn created(nonce: u64) -> Address {
    SENDER.create(nonce)
}

/// The contracts of [`bodies`].
pub(crate) fn store_contract() -> Address {
    created(1)
}

pub(crate) fn logger_contract() -> Address {
    created(2)
}

/// Six blocks: transactions of every type, contracts, logs, a failure, an empty block, a delegation.
pub(crate) fn bodies() -> Vec<Vec<ScrollTxEnvelope>> {
    let (store, logger) = (store_contract(), logger_contract());
    vec![
        vec![l1_message(0), l1_message(1), transfer(0, RECIPIENT, 1_000), creation(1, &STORE)],
        vec![creation(2, &LOGGER), creation(3, &REVERTER), invoke(4, store, words([1, 10]))],
        vec![
            invoke(5, logger, words([7, 8])),
            invoke(6, logger, words([7, 9])),
            with_access_list(7, store, words([2, 20])),
        ],
        vec![],
        vec![
            l1_message(2),
            invoke(8, created(3), words([1])),
            invoke(9, logger, words([5, 8])),
            transfer(10, RECIPIENT, 5),
        ],
        vec![delegation(11, store), invoke(13, store, words([1, 0])), transfer(14, RECIPIENT, 1)],
    ]
}

pub(crate) fn transfer(nonce: u64, to: Address, wei: u64) -> ScrollTxEnvelope {
    sign(TxLegacy {
        chain_id: Some(CHAIN_ID),
        nonce,
        gas_price: FEE_CAP_WEI,
        gas_limit: 100_000,
        to: TxKind::Call(to),
        value: U256::from(wei),
        ..Default::default()
    })
}

pub(crate) fn creation(nonce: u64, runtime: &Bytes) -> ScrollTxEnvelope {
    sign(TxEip1559 { to: TxKind::Create, input: initcode(runtime), ..dynamic_fee(nonce) })
}

pub(crate) fn invoke(nonce: u64, to: Address, input: Bytes) -> ScrollTxEnvelope {
    sign(TxEip1559 { to: TxKind::Call(to), input, ..dynamic_fee(nonce) })
}

/// As [`invoke`], with another tip (wei) and gas limit.
pub(crate) fn invoke_for(
    nonce: u64,
    to: Address,
    input: Bytes,
    tip: u128,
    gas_limit: u64,
) -> ScrollTxEnvelope {
    let max_fee_per_gas = FEE_CAP_WEI + tip;
    sign(TxEip1559 {
        to: TxKind::Call(to),
        input,
        max_fee_per_gas,
        max_priority_fee_per_gas: tip,
        gas_limit,
        ..dynamic_fee(nonce)
    })
}

pub(crate) fn with_access_list(nonce: u64, to: Address, input: Bytes) -> ScrollTxEnvelope {
    sign(TxEip2930 {
        chain_id: CHAIN_ID,
        nonce,
        gas_price: FEE_CAP_WEI,
        gas_limit: 200_000,
        to: TxKind::Call(to),
        value: U256::ZERO,
        access_list: AccessList::default(),
        input,
    })
}

/// Makes the sender itself delegate to `to`. Uses up two nonces.
pub(crate) fn delegation(nonce: u64, to: Address) -> ScrollTxEnvelope {
    let authorization =
        Authorization { chain_id: U256::from(CHAIN_ID), address: to, nonce: nonce + 1 };
    let signature = signature(authorization.signature_hash());
    sign(TxEip7702 {
        chain_id: CHAIN_ID,
        nonce,
        gas_limit: 200_000,
        max_fee_per_gas: FEE_CAP_WEI,
        to: RECIPIENT,
        authorization_list: vec![authorization.into_signed(signature)],
        ..Default::default()
    })
}

pub(crate) fn l1_message(queue_index: u64) -> ScrollTxEnvelope {
    TxL1Message {
        queue_index,
        gas_limit: 100_000,
        to: RECIPIENT,
        value: U256::ZERO,
        input: Bytes::from_static(&[0xc0, 0xff, 0xee]),
        sender: L1_SENDER,
    }
    .into()
}

fn dynamic_fee(nonce: u64) -> TxEip1559 {
    TxEip1559 {
        chain_id: CHAIN_ID,
        nonce,
        gas_limit: 200_000,
        max_fee_per_gas: FEE_CAP_WEI,
        max_priority_fee_per_gas: 3,
        ..Default::default()
    }
}

/// A transfer of the second funded account.
pub(crate) fn other_transfer(nonce: u64, to: Address, wei: u64) -> ScrollTxEnvelope {
    let tx = TxLegacy {
        chain_id: Some(CHAIN_ID),
        nonce,
        gas_price: FEE_CAP_WEI,
        gas_limit: 100_000,
        to: TxKind::Call(to),
        value: U256::from(wei),
        ..Default::default()
    };
    let signer = PrivateKeySigner::from_bytes(&OTHER_KEY).unwrap();
    let signature = signer.sign_hash_sync(&tx.signature_hash()).unwrap();
    tx.into_signed(signature).into()
}

fn sign<T>(tx: T) -> ScrollTxEnvelope
where
    T: SignableTransaction<Signature>,
    ScrollTxEnvelope: From<Signed<T>>,
{
    let signature = signature(tx.signature_hash());
    tx.into_signed(signature).into()
}

fn signature(hash: B256) -> Signature {
    PrivateKeySigner::from_bytes(&KEY).unwrap().sign_hash_sync(&hash).unwrap()
}

/// Builds a block on the head of a view, a second after it.
fn build(
    config: &ScrollEvmConfig,
    view: &ChainView,
    transactions: Vec<ScrollTxEnvelope>,
) -> ExecutedBlock {
    let head = view.head().unwrap();
    let parent = SealedHeader::new(view.header(head.number).unwrap().unwrap(), head.hash);
    let attributes = NextBlockAttributes {
        timestamp: parent.timestamp + 1,
        gas_limit: parent.gas_limit,
        base_fee_per_gas: Some(BASE_FEE_WEI),
    };
    let state =
        State::builder().with_database_ref(view.latest_state()).with_bundle_update().build();
    let mut builder = BlockBuilder::new(config, state, &parent, attributes).unwrap();
    for tx in transactions {
        let signer = tx.recover_signer().unwrap();
        builder.push(Recovered::new_unchecked(tx, signer)).unwrap();
    }
    let mut built = builder.finish().unwrap();
    built.db.merge_transitions(BundleRetention::Reverts);
    let changes = view.changes(StateDiff::from(&built.db.take_bundle())).unwrap();
    built.block.header.state_root = changes.state_root();
    let block = RecoveredBlock::new_unhashed(built.block, built.senders);
    ExecutedBlock { block, receipts: built.receipts, changes, signature: None }
}
