//! What a transaction costs on its way through the pool, next to the recovery of its sender, which
//! nobody is spared, in the same run.
#![expect(clippy::print_stdout, reason = "a bench prints its figures")]
#![expect(clippy::unwrap_used, reason = "a bench fails by panicking")]

use alloy_consensus::{SignableTransaction, TxEip1559, transaction::SignerRecoverable};
use alloy_eips::eip2718::{Decodable2718, Encodable2718};
use alloy_primitives::{Address, B256, Bytes, TxKind, U256};
use alloy_signer::SignerSync;
use alloy_signer_local::PrivateKeySigner;
use rayon::prelude::*;
use rollup_chainspec::{DEV_CHAIN_ID, ScrollChainSpec, dev};
use rollup_evm::{L1DataFeeBasis, ScrollEvmConfig, ScrollSpecId};
use rollup_primitives::{ScrollTxEnvelope, SealedBlock};
use rollup_runtime::SystemClock;
use rollup_storage::{
    CanonicalChange, ChainView, ExecutedBlock, ReplayError, Storage, StorageConfig,
};
use rollup_txpool::{TransactionOrigin, TransactionSource, Txpool, TxpoolConfig};
use std::{
    fs,
    hint::black_box,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};
use tempfile::TempDir;
use tokio::{runtime::Builder, task::JoinSet};

const COMMAND: &str = "cargo bench -p rollup-txpool --bench pool";
const SENDERS: u64 = 2_000;
const PER_SENDER: u64 = 5;
const TRANSACTIONS: u64 = SENDERS * PER_SENDER;
const BASE_FEE: u64 = 15_680_000;
const ROUNDS: usize = 5;

fn main() {
    println!("{COMMAND}; {TRANSACTIONS} transfers of {SENDERS} senders");
    println!("microseconds for each of them:");
    let signers: Vec<_> = (1..=SENDERS).map(signer).collect();
    let raws: Vec<Bytes> = (0..PER_SENDER)
        .flat_map(|nonce| signers.iter().map(move |signer| transfer(signer, nonce)))
        .collect();
    let directory = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let spec = chain(&signers);
    let storage = open(&directory.path().join("chain"), &spec);

    let decoded: Vec<_> = raws.iter().map(decoded).collect();
    let recovery = show("recovery of the sender, one thread", || {
        for transaction in &decoded {
            black_box(transaction.recover_signer().unwrap());
        }
    });
    show("recovery of the sender, all threads", || {
        decoded.par_iter().for_each(|transaction| {
            black_box(transaction.recover_signer().unwrap());
        });
    });
    show("decoding and hashing, one thread", || {
        for raw in &raws {
            black_box(self::decoded(raw).hash());
        }
    });
    show("compression for the l1 data fee, one thread", || {
        for raw in &raws {
            black_box(L1DataFeeBasis::new(raw, &[], ScrollSpecId::Galileo));
        }
    });

    let external = intake(&storage, &spec, &raws, TransactionOrigin::External, None);
    let journal = directory.path().join("journal");
    let local = intake(&storage, &spec, &raws, TransactionOrigin::Local, Some(&journal));
    for (name, cpu) in [("intake", external), ("intake, local with journal", local)] {
        println!("  {:<58} {:>8.2}", format!("{name}: processor time / recovery"), cpu / recovery);
    }
    reading(&storage, &spec, &raws);
}

/// Everything through the front of the pool, as many waiting at once as may. Returns the processor
/// time.
fn intake(
    storage: &Storage,
    spec: &Arc<ScrollChainSpec>,
    raws: &[Bytes],
    origin: TransactionOrigin,
    journal: Option<&Path>,
) -> f64 {
    let runtime = Builder::new_current_thread().build().unwrap();
    let (mut cpu, mut wall) = (f64::MAX, f64::MAX);
    for _ in 0..ROUNDS {
        if let Some(journal) = journal {
            fs::remove_file(journal).ok();
        }
        let pool = start(storage, spec, journal);
        let (start, cpu_start) = (Instant::now(), processor_time());
        runtime.block_on(fill(&pool, raws, origin));
        wall = wall.min(each(start.elapsed()));
        cpu = cpu.min(each(processor_time() - cpu_start));
        assert_eq!(pool.size().pending as u64, TRANSACTIONS);
        pool.shutdown();
    }
    let name = if journal.is_some() { "intake, local with journal" } else { "intake" };
    println!("  {:<58} {wall:>8.2}", format!("{name}: time"));
    println!("  {:<58} {cpu:>8.2}", format!("{name}: processor time"));
    cpu
}

async fn fill(pool: &Txpool, raws: &[Bytes], origin: TransactionOrigin) {
    let mut tasks = JoinSet::new();
    for raw in raws {
        let (pool, raw) = (pool.clone(), raw.clone());
        tasks.spawn(async move { pool.add_raw(raw, origin).await.unwrap() });
    }
    while let Some(outcome) = tasks.join_next().await {
        outcome.unwrap();
    }
}

/// What a builder and a new head cost with a full pool.
fn reading(storage: &Storage, spec: &Arc<ScrollChainSpec>, raws: &[Bytes]) {
    let pool = start(storage, spec, None);
    let runtime = Builder::new_current_thread().build().unwrap();
    runtime.block_on(fill(&pool, raws, TransactionOrigin::External));
    println!("microseconds with all of them in the pool:");
    once("first transaction for a builder", || {
        black_box(pool.best_transactions(BASE_FEE).next().unwrap());
    });
    once("the same at a base fee that the pool is not ordered by", || {
        black_box(pool.best_transactions(BASE_FEE + 1).next().unwrap());
    });
    once("walk of a builder over all", || {
        let mut best = pool.best_transactions(BASE_FEE);
        let mut count = 0;
        while let Some(transaction) = best.next() {
            black_box(transaction);
            count += 1;
        }
        assert_eq!(count, TRANSACTIONS);
    });
    let head = storage.head();
    let nothing = Arc::new(CanonicalChange { removed: vec![], added: vec![], head });
    once("a block that changes none of the senders", || {
        pool.on_canonical_change(&nothing);
        runtime.block_on(pool.add_raw(Bytes::new(), TransactionOrigin::External)).unwrap_err();
    });
}

fn start(storage: &Storage, spec: &Arc<ScrollChainSpec>, journal: Option<&Path>) -> Txpool {
    let config = TxpoolConfig {
        max_waiting_validations: usize::try_from(TRANSACTIONS).unwrap(),
        journal: journal.map(Path::to_owned),
        ..Default::default()
    };
    let evm = ScrollEvmConfig::new(Arc::clone(spec));
    Txpool::start(config, storage.clone(), evm, Arc::new(SystemClock::new())).unwrap()
}

/// Shows the time for each transaction.
fn show(name: &str, run: impl FnMut()) -> f64 {
    let time = each(shortest(run));
    println!("  {name:<58} {time:>8.2}");
    time
}

/// Shows the time for all of them together.
fn once(name: &str, run: impl FnMut()) {
    let time = shortest(run).as_secs_f64() * 1e6;
    println!("  {name:<58} {time:>8.2}");
}

fn shortest(mut run: impl FnMut()) -> Duration {
    let times = (0..ROUNDS).map(|_| {
        let start = Instant::now();
        run();
        start.elapsed()
    });
    times.min().unwrap_or_default()
}

fn each(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6 / TRANSACTIONS as f64
}

/// Time that the threads of this process had a processor. Those that ended do not count, so it is
/// read before the pool is shut down.
fn processor_time() -> Duration {
    let tasks = fs::read_dir("/proc/self/task").unwrap();
    let nanoseconds = tasks.map(|task| {
        let stat = fs::read_to_string(task.unwrap().path().join("schedstat")).unwrap();
        stat.split_whitespace().next().unwrap().parse::<u64>().unwrap()
    });
    Duration::from_nanos(nanoseconds.sum())
}

fn signer(number: u64) -> PrivateKeySigner {
    PrivateKeySigner::from_bytes(&B256::from(U256::from(number))).unwrap()
}

fn transfer(signer: &PrivateKeySigner, nonce: u64) -> Bytes {
    let to = TxKind::Call(Address::from_word(signer.address().into_word()));
    let transaction = TxEip1559 {
        chain_id: DEV_CHAIN_ID,
        nonce,
        gas_limit: 21_000,
        max_fee_per_gas: 1_000_000_000,
        max_priority_fee_per_gas: 100 + u128::from(signer.address()[0]),
        to,
        value: U256::from(1_000_000_000_000_u64 + nonce),
        ..Default::default()
    };
    let signature = signer.sign_hash_sync(&transaction.signature_hash()).unwrap();
    ScrollTxEnvelope::from(transaction.into_signed(signature)).encoded_2718().into()
}

fn decoded(raw: &Bytes) -> ScrollTxEnvelope {
    ScrollTxEnvelope::decode_2718_exact(raw).unwrap()
}

fn chain(signers: &[PrivateKeySigner]) -> Arc<ScrollChainSpec> {
    let dev = dev();
    let mut genesis = dev.genesis().clone();
    for signer in signers {
        let account = genesis.alloc.entry(signer.address()).or_default();
        account.balance = U256::from(10).pow(U256::from(24));
    }
    let (schedule, config) = (dev.schedule().clone(), dev.config().clone());
    Arc::new(ScrollChainSpec::new(DEV_CHAIN_ID, genesis, schedule, config))
}

fn open(directory: &Path, spec: &Arc<ScrollChainSpec>) -> Storage {
    let config = StorageConfig::default();
    Storage::open(directory, config, Arc::clone(spec), &no_replay).unwrap().0
}

fn no_replay(_: &ChainView, _: SealedBlock) -> Result<ExecutedBlock, ReplayError> {
    Err("the bench stops in order".into())
}
