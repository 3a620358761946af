//! A stored chain, blocks for it, and transactions.

use alloy_consensus::{
    SignableTransaction, Signed, TxEip1559, transaction::Recovered, transaction::SignerRecoverable,
};
use alloy_eips::eip2718::Encodable2718;
use alloy_primitives::{Address, B256, Bytes, Signature, TxHash, TxKind, U256, address, b256};
use alloy_signer::SignerSync;
use alloy_signer_local::PrivateKeySigner;
use revm::database::{State, WrapDatabaseRef, states::bundle_state::BundleRetention};
use rollup_chainspec::{ScrollChainSpec, dev};
use rollup_evm::{BlockBuilder, GasPriceOracle, NextBlockAttributes, ScrollEvmConfig};
use rollup_primitives::{RecoveredBlock, ScrollTxEnvelope, SealedBlock, SealedHeader};
use rollup_runtime::SimulatedClock;
use rollup_storage::{
    CanonicalChange, ChainView, ExecutedBlock, RemovedBlock, ReplayError, StateDiff, Storage,
    StorageConfig,
};
use rollup_txpool::{PoolError, TransactionOrigin, Txpool, TxpoolConfig};
use std::{path::Path, sync::Arc, time::Duration};
use tempfile::TempDir;

pub(crate) const CHAIN_ID: u64 = 1337;
pub(crate) const RECIPIENT: Address = address!("00000000000000000000000000000000000000ee");
/// Base fee of the first blocks of the development chain.
pub(crate) const BASE_FEE: u64 = 15_680_000;
pub(crate) const GWEI: u128 = 1_000_000_000;
/// Keys of the first accounts that development chains fund.
const KEYS: [B256; 4] = [
    b256!("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"),
    b256!("59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d"),
    b256!("5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a"),
    b256!("7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6"),
];

/// A chain in a directory of its own.
pub(crate) struct Chain {
    pub(crate) storage: Storage,
    pub(crate) evm: ScrollEvmConfig,
    pub(crate) clock: Arc<SimulatedClock>,
    pub(crate) directory: TempDir,
}

impl Chain {
    pub(crate) fn new() -> Self {
        Self::of(dev(), storage_config())
    }

    /// The development chain with a balance and a code for some accounts.
    pub(crate) fn with_accounts(accounts: &[(Address, U256, &'static [u8])]) -> Self {
        Self::of(Arc::new(with_accounts(accounts)), storage_config())
    }

    pub(crate) fn of(spec: Arc<ScrollChainSpec>, config: StorageConfig) -> Self {
        let directory = TempDir::new().unwrap();
        let storage = open(directory.path(), config, Arc::clone(&spec));
        let clock = Arc::new(SimulatedClock::new(Duration::from_secs(1_700_000_000)));
        Self { storage, evm: ScrollEvmConfig::new(spec), clock, directory }
    }

    pub(crate) fn pool(&self, config: TxpoolConfig) -> Txpool {
        let (storage, clock) = (self.storage.clone(), Arc::clone(&self.clock));
        Txpool::start(config, storage, self.evm.clone(), clock).unwrap()
    }

    pub(crate) fn view(&self) -> ChainView {
        self.storage.view().unwrap()
    }

    /// As many views as there can be: while they live, nobody gets another one.
    pub(crate) fn all_views(&self) -> Vec<ChainView> {
        let views: Vec<_> = std::iter::from_fn(|| self.storage.view().ok()).collect();
        assert!(!views.is_empty());
        views
    }

    /// Builds a block and makes it the head.
    pub(crate) fn append(&self, transactions: &[Bytes]) -> Arc<CanonicalChange> {
        let block = Arc::new(self.build(transactions));
        self.storage.append(Arc::clone(&block)).unwrap();
        let head = block.id();
        Arc::new(CanonicalChange { removed: vec![], added: vec![block], head })
    }

    /// Takes all blocks above `to` off the chain, and puts another one there if asked to.
    pub(crate) fn reorg(&self, to: u64, instead: Option<&[Bytes]>) -> Arc<CanonicalChange> {
        let view = self.view();
        let head = view.head().unwrap().number;
        let removed = (to + 1..=head).map(|number| {
            let block = view.block(number).unwrap().unwrap();
            let receipts = view.receipts(number).unwrap().unwrap();
            Arc::new(RemovedBlock { block, receipts })
        });
        let removed = removed.collect();
        drop(view);
        self.storage.unwind(to).unwrap();
        let added: Vec<_> =
            instead.map(|t| self.append(t).added.clone()).into_iter().flatten().collect();
        Arc::new(CanonicalChange { removed, added, head: self.storage.head() })
    }

    fn build(&self, transactions: &[Bytes]) -> ExecutedBlock {
        let view = self.view();
        let head = view.head().unwrap();
        let parent = SealedHeader::new(view.header(head.number).unwrap().unwrap(), head.hash);
        let attributes = NextBlockAttributes {
            timestamp: parent.timestamp + 1,
            gas_limit: parent.gas_limit,
            base_fee_per_gas: Some(BASE_FEE),
        };
        let state =
            State::builder().with_database_ref(view.latest_state()).with_bundle_update().build();
        let mut builder = BlockBuilder::new(&self.evm, state, &parent, attributes).unwrap();
        for raw in transactions {
            let transaction = decoded(raw);
            let signer = transaction.recover_signer().unwrap();
            builder.push(Recovered::new_unchecked(transaction, signer)).unwrap();
        }
        let mut built = builder.finish().unwrap();
        built.db.merge_transitions(BundleRetention::Reverts);
        let changes = view.changes(StateDiff::from(&built.db.take_bundle())).unwrap();
        built.block.header.state_root = changes.state_root();
        let block = RecoveredBlock::new_unhashed(built.block, built.senders);
        ExecutedBlock { block, receipts: built.receipts, changes, signature: None }
    }

    /// L1 data fee in wei of a transaction in a block on the head.
    pub(crate) fn l1_data_fee(&self, raw: &Bytes) -> U256 {
        let view = self.view();
        let head = view.header(view.head().unwrap().number).unwrap().unwrap();
        let spec = self.evm.spec_id(head.number + 1, head.timestamp);
        let oracle = GasPriceOracle::read(&mut WrapDatabaseRef(view.latest_state()), spec).unwrap();
        oracle.l1_data_fee(raw, alloy_consensus::Transaction::input(&decoded(raw)), spec)
    }
}

pub(crate) fn with_accounts(accounts: &[(Address, U256, &'static [u8])]) -> ScrollChainSpec {
    let dev = dev();
    let mut genesis = dev.genesis().clone();
    for (address, balance, code) in accounts {
        let account = genesis.alloc.entry(*address).or_default();
        account.balance = *balance;
        account.code = (!code.is_empty()).then(|| Bytes::from_static(code));
    }
    ScrollChainSpec::new(CHAIN_ID, genesis, dev.schedule().clone(), dev.config().clone())
}

pub(crate) fn storage_config() -> StorageConfig {
    let mut config = StorageConfig::default();
    config.database.max_size_bytes = 1 << 30;
    config.database.growth_step_bytes = 16 << 20;
    config
}

pub(crate) fn open(directory: &Path, config: StorageConfig, spec: Arc<ScrollChainSpec>) -> Storage {
    Storage::open(directory, config, spec, &no_replay).unwrap().0
}

fn no_replay(_: &ChainView, _: SealedBlock) -> Result<ExecutedBlock, ReplayError> {
    Err("these chains stop in order".into())
}

/// The signer of an account that the development chain funds, or, from 4 on, of one that it does
/// not.
pub(crate) fn signer(account: u8) -> PrivateKeySigner {
    let key = KEYS.get(usize::from(account)).copied();
    PrivateKeySigner::from_bytes(&key.unwrap_or_else(|| B256::repeat_byte(account))).unwrap()
}

pub(crate) fn address_of(account: u8) -> Address {
    signer(account).address()
}

/// A transfer of a wei.
pub(crate) fn transfer(nonce: u64) -> TxEip1559 {
    TxEip1559 {
        chain_id: CHAIN_ID,
        nonce,
        gas_limit: 21_000,
        max_fee_per_gas: GWEI,
        max_priority_fee_per_gas: 100,
        to: TxKind::Call(RECIPIENT),
        value: U256::ONE,
        ..Default::default()
    }
}

pub(crate) fn signed<T>(account: u8, transaction: T) -> Bytes
where
    T: SignableTransaction<Signature>,
    ScrollTxEnvelope: From<Signed<T>>,
{
    let signature = signer(account).sign_hash_sync(&transaction.signature_hash()).unwrap();
    ScrollTxEnvelope::from(transaction.into_signed(signature)).encoded_2718().into()
}

/// A transfer with a tip.
pub(crate) fn tipped(account: u8, nonce: u64, tip: u128) -> Bytes {
    let max_fee_per_gas = GWEI + tip;
    signed(account, TxEip1559 { max_priority_fee_per_gas: tip, max_fee_per_gas, ..transfer(nonce) })
}

pub(crate) fn decoded(raw: &Bytes) -> ScrollTxEnvelope {
    alloy_eips::eip2718::Decodable2718::decode_2718_exact(raw).unwrap()
}

pub(crate) fn hash_of(raw: &Bytes) -> TxHash {
    *decoded(raw).hash()
}

pub(crate) async fn local(pool: &Txpool, raw: &Bytes) -> Result<TxHash, PoolError> {
    pool.add_raw(raw.clone(), TransactionOrigin::Local).await
}

pub(crate) async fn external(pool: &Txpool, raw: &Bytes) -> Result<TxHash, PoolError> {
    pool.add_raw(raw.clone(), TransactionOrigin::External).await
}

/// Waits until the pool has taken over every change that it was told of: it does that before it
/// looks at transactions.
pub(crate) async fn settled(pool: &Txpool) {
    external(pool, &Bytes::new()).await.unwrap_err();
}

/// Nonces of the executable transactions of an account, and of the others.
pub(crate) fn nonces(pool: &Txpool, account: u8) -> (Vec<u64>, Vec<u64>) {
    let content = pool.content_of(address_of(account));
    let of = |part: rollup_txpool::TransactionsBySender| {
        part.into_values().flat_map(|transactions| transactions.into_keys()).collect()
    };
    (of(content.pending), of(content.queued))
}
