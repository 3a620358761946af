//! A pool, and forwarding from it.

use alloy_consensus::{SignableTransaction, TxEip1559};
use alloy_primitives::{Address, B256, TxHash, TxKind, U256, b256};
use alloy_signer::SignerSync as _;
use alloy_signer_local::PrivateKeySigner;
use rollup_chainspec::{DEV_CHAIN_ID, dev};
use rollup_evm::ScrollEvmConfig;
use rollup_forward::{
    ForwardBuilder, ForwardConfig, ForwardError, ForwardOutcome, ForwardParts, Forwarded,
    Forwarder, TryError, Via,
};
use rollup_primitives::{ScrollPooledTransaction, ScrollTxEnvelope, SealedBlock};
use rollup_runtime::{Clock as _, SimulatedClock};
use rollup_storage::{ChainView, ExecutedBlock, ReplayError, Storage, StorageConfig};
use rollup_txpool::{TransactionOrigin, Txpool, TxpoolConfig};
use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tempfile::TempDir;
use tokio::{task::JoinHandle, time::timeout};
use tokio_util::sync::CancellationToken;

/// How long a test waits for what must come. Nothing depends on it but how soon a test fails.
const LIMIT: Duration = Duration::from_secs(60);
/// Of an account that the development chain funds.
const KEY: B256 = b256!("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80");

/// Waits for what must come.
pub(crate) async fn soon<T>(future: impl Future<Output = T>) -> T {
    timeout(LIMIT, future).await.expect("it does not come")
}

/// Forwarding to these servers.
pub(crate) fn to(addrs: &[SocketAddr]) -> ForwardConfig {
    let urls =
        addrs.iter().map(|addr| format!("http://user:secret@{addr}/secret").parse().unwrap());
    ForwardConfig::new(urls.collect())
}

/// A node with a pool whose time stands still until it is moved.
pub(crate) struct World {
    pub(crate) clock: SimulatedClock,
    pub(crate) pool: Txpool,
    pub(crate) forwarder: Forwarder,
    pub(crate) makes_blocks: Arc<AtomicBool>,
    shutdown: CancellationToken,
    task: JoinHandle<()>,
    directory: TempDir,
}

impl World {
    pub(crate) fn new(config: &ForwardConfig) -> Self {
        Self::start(config, TempDir::new().unwrap(), false)
    }

    fn start(config: &ForwardConfig, directory: TempDir, makes: bool) -> Self {
        let clock = SimulatedClock::new(Duration::from_secs(1_800_000_000));
        let replay = |_: &ChainView, _: SealedBlock| -> Result<ExecutedBlock, ReplayError> {
            Err("there are no blocks".into())
        };
        let mut storage = StorageConfig::default();
        storage.database.max_size_bytes = 1 << 30;
        let data = directory.path().join("data");
        let (storage, _) = Storage::open(&data, storage, dev(), &replay).unwrap();
        let journal = Some(directory.path().join("journal"));
        let pool = TxpoolConfig { journal, ..TxpoolConfig::default() };
        let evm = ScrollEvmConfig::new(dev());
        let pool = Txpool::start(pool, storage, evm, Arc::new(clock.clone())).unwrap();
        let makes_blocks = Arc::new(AtomicBool::new(makes));
        let (asked, shutdown) = (Arc::clone(&makes_blocks), CancellationToken::new());
        let parts = ForwardParts {
            pool: pool.clone(),
            clock: Arc::new(clock.clone()),
            makes_blocks: Arc::new(move || asked.load(Ordering::Relaxed)),
            shutdown: shutdown.clone(),
        };
        let builder = ForwardBuilder::new(config, parts).unwrap();
        let forwarder = builder.handle();
        let task = tokio::spawn(builder.build());
        Self { clock, pool, forwarder, makes_blocks, shutdown, task, directory }
    }

    /// Ends everything in order, and begins anew with what is in the files.
    pub(crate) async fn restarted(self, config: &ForwardConfig) -> Self {
        let Self { pool, forwarder, shutdown, task, directory, .. } = self;
        shutdown.cancel();
        soon(task).await.unwrap();
        drop(forwarder);
        pool.shutdown();
        drop(pool);
        Self::start(config, directory, false)
    }

    /// Puts a transfer into the pool.
    pub(crate) async fn add(&self, nonce: u64) -> TxHash {
        let added = self.pool.add(transfer(nonce), TransactionOrigin::Local);
        soon(added).await.unwrap()
    }

    /// Puts a transfer into the pool and forwards it, in the background.
    pub(crate) async fn send(&self, nonce: u64) -> (TxHash, Sent) {
        let hash = self.add(nonce).await;
        let transaction = self.pool.get(&hash).unwrap();
        let place = self.forwarder.reserve(transaction.encoded_bytes).unwrap();
        let forwarder = self.forwarder.clone();
        let sent =
            tokio::spawn(
                async move { forwarder.forward(place, transaction, &Via::default()).await },
            );
        (hash, sent)
    }

    /// The same, and waits for what the caller is told.
    pub(crate) async fn forward(&self, nonce: u64) -> Result<Forwarded, ForwardError> {
        soon(self.send(nonce).await.1).await.unwrap()
    }

    /// Moves the time on by this much, when somebody waits for that.
    pub(crate) async fn pass(&self, time: Duration) {
        let at = self.clock.now() + time;
        soon(self.clock.until_slept_to(at)).await;
        self.clock.advance(time);
    }

    /// Waits until a sequencer was asked for a transaction in vain.
    pub(crate) async fn has_failed(&self, hash: &TxHash) -> TryError {
        soon(async {
            loop {
                // There is no record before the transaction is handed over.
                match self.forwarder.record(hash).map(|record| record.outcome) {
                    Some(ForwardOutcome::Waiting { failure: Some(failure) }) => return failure,
                    _ => tokio::task::yield_now().await,
                }
            }
        })
        .await
    }

    /// Waits until a sequencer has a transaction.
    pub(crate) async fn is_taken(&self, hash: &TxHash) {
        soon(async {
            while !matches!(self.outcome(hash), ForwardOutcome::Taken { .. }) {
                tokio::task::yield_now().await;
            }
        })
        .await;
    }

    pub(crate) fn outcome(&self, hash: &TxHash) -> ForwardOutcome {
        self.forwarder.record(hash).unwrap().outcome
    }
}

/// What a caller is told.
pub(crate) type Sent = JoinHandle<Result<Forwarded, ForwardError>>;

/// Hash of the transfer with this nonce.
pub(crate) fn hash_of(nonce: u64) -> TxHash {
    *ScrollTxEnvelope::from(transfer(nonce)).hash()
}

/// A transfer of a wei.
pub(crate) fn transfer(nonce: u64) -> ScrollPooledTransaction {
    let transaction = TxEip1559 {
        chain_id: DEV_CHAIN_ID,
        nonce,
        gas_limit: 21_000,
        max_fee_per_gas: 1_000_000_000,
        max_priority_fee_per_gas: 1,
        to: TxKind::Call(Address::repeat_byte(0xee)),
        value: U256::ONE,
        ..Default::default()
    };
    let signer = PrivateKeySigner::from_bytes(&KEY).unwrap();
    let signature = signer.sign_hash_sync(&transaction.signature_hash()).unwrap();
    ScrollPooledTransaction::Eip1559(transaction.into_signed(signature))
}
