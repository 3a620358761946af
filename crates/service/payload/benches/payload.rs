//! Blocks of 1,000 transactions on a stored state: execution beside that of bare revm on a state in
//! memory, and sealing.
#![expect(clippy::print_stdout, reason = "a bench prints its figures")]
#![expect(clippy::unwrap_used, reason = "a bench fails by panicking")]

use alloy_consensus::{SignableTransaction, TxEip1559, transaction::Recovered};
use alloy_evm::FromRecoveredTx;
use alloy_genesis::GenesisAccount;
use alloy_primitives::{Address, B256, Bytes, U256, address, bytes, keccak256};
use alloy_signer::SignerSync;
use alloy_signer_local::PrivateKeySigner;
use parking_lot::Mutex;
use revm::{
    Context, ExecuteCommitEvm, MainBuilder, MainContext,
    bytecode::Bytecode,
    context::TxEnv,
    database::{CacheDB, EmptyDB},
    state::AccountInfo,
};
use rollup_chainspec::{DEV_CHAIN_ID, ForkSchedule, ScrollChainSpec, ScrollHardfork, dev};
use rollup_evm::{ScrollEvmConfig, ScrollTxEnv};
use rollup_payload::{PayloadBuilder, PayloadConfig};
use rollup_primitives::{PayloadAttributes, SealedBlock};
use rollup_storage::{ChainView, ReplayError, Storage, StorageConfig};
use rollup_txpool::{
    BestTransactions, PendingListener, PoolTransaction, TransactionOrigin, TransactionSource,
};
use std::{
    collections::BTreeMap,
    env,
    sync::{
        Arc, Weak,
        mpsc::{SyncSender, sync_channel},
    },
    time::{Duration, Instant},
};
use tempfile::TempDir;
use tokio::runtime::Runtime;

const COMMAND: &str = "cargo bench -p rollup-payload --bench payload [-- accounts]";
const DEFAULT_ACCOUNTS: u64 = 100_000;
const TRANSACTIONS: u64 = 1_000;
const ROUNDS: u64 = 100;
const GAS_LIMIT: u64 = 200_000_000;
const BALANCE_WEI: U256 = U256::from_limbs([0, 1 << 20, 0, 0]);
const TOKEN: Address = address!("00000000000000000000000000000000000000c0");
/// Takes one from the caller's slot, adds one to that of the first word of the input, and logs:
/// CALLER SLOAD PUSH1 1 SWAP1 SUB CALLER SSTORE
/// PUSH0 CALLDATALOAD SLOAD PUSH1 1 ADD PUSH0 CALLDATALOAD SSTORE PUSH0 PUSH0 LOG0 STOP.
const TOKEN_CODE: Bytes = bytes!("33546001900333555f35546001015f35555f5fa000");

fn main() {
    let accounts = env::args().find_map(|word| word.parse().ok()).unwrap_or(DEFAULT_ACCOUNTS);
    println!("{COMMAND}");
    println!("{accounts} accounts, {TRANSACTIONS} transactions in a block, p50 / p99 of {ROUNDS}");
    Bench::new(accounts).run("transfers", Kind::Transfer);
    Bench::new(accounts).run("token transfers", Kind::Token);
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Transfer,
    Token,
}

struct Bench {
    accounts: u64,
    senders: Vec<PrivateKeySigner>,
    evm: ScrollEvmConfig,
    storage: Storage,
    memory: CacheDB<EmptyDB>,
    runtime: Runtime,
    _directory: TempDir,
}

impl Bench {
    fn new(accounts: u64) -> Self {
        let signer = |at| PrivateKeySigner::from_bytes(&keccak(at)).unwrap();
        let senders: Vec<_> = (0..TRANSACTIONS).map(signer).collect();
        let holders =
            senders.iter().map(PrivateKeySigner::address).chain((0..accounts).map(account));
        let slots: BTreeMap<_, _> =
            holders.clone().map(|holder| (holder.into_word(), B256::with_last_byte(200))).collect();
        let mut memory = CacheDB::new(EmptyDB::new());
        let mut genesis = dev().genesis().clone();
        for holder in holders {
            let account = GenesisAccount { balance: BALANCE_WEI, ..Default::default() };
            genesis.alloc.insert(holder, account);
            memory.insert_account_info(holder, AccountInfo::from_balance(BALANCE_WEI));
        }
        let code = AccountInfo::default().with_code(Bytecode::new_raw(TOKEN_CODE));
        memory.insert_account_info(TOKEN, code);
        for (slot, value) in &slots {
            memory.insert_account_storage(TOKEN, (*slot).into(), (*value).into()).unwrap();
        }
        let token =
            GenesisAccount { code: Some(TOKEN_CODE), storage: Some(slots), ..Default::default() };
        genesis.alloc.insert(TOKEN, token);
        genesis.gas_limit = GAS_LIMIT;

        let mut config = dev().config().clone();
        config.max_tx_payload_bytes_per_block = 1 << 30;
        let schedule = ForkSchedule::forced(ScrollHardfork::GalileoV2);
        let spec = Arc::new(ScrollChainSpec::new(DEV_CHAIN_ID, genesis, schedule, config));
        let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let replay = |_: &ChainView, _: SealedBlock| Err(ReplayError::from("nothing to replay"));
        let storage = StorageConfig::default();
        let (storage, _) =
            Storage::open(directory.path(), storage, Arc::clone(&spec), &replay).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let evm = ScrollEvmConfig::new(spec);
        Self { accounts, senders, evm, storage, memory, runtime, _directory: directory }
    }

    fn run(self, name: &str, kind: Kind) {
        let (mut ours, mut bare, mut sealing) = (Vec::new(), Vec::new(), Vec::new());
        for round in 0..ROUNDS {
            let transactions = self.transactions(kind, round);
            bare.push(self.execute_bare(&transactions, round));
            let (executing, sealed) = self.build(transactions);
            ours.push(executing);
            sealing.push(sealed);
        }
        let mut empty = Vec::new();
        for _ in 0..ROUNDS {
            let start = Instant::now();
            self.build(Vec::new());
            empty.push(start.elapsed());
        }
        println!("{name}");
        let each = |times: Vec<Duration>| percentiles(times, 1e6 / TRANSACTIONS as f64);
        let (ours, bare) = (each(ours), each(bare));
        show("execution of one, us", ours);
        show("the same by bare revm in memory, us", bare);
        println!("  {:<50} {:.2}", "ratio of the medians", ours[0] / bare[0]);
        show("sealing, ms", percentiles(sealing, 1e3));
        show("an empty block, from start to append, ms", percentiles(empty, 1e3));
    }

    fn transactions(&self, kind: Kind, nonce: u64) -> Vec<Arc<PoolTransaction>> {
        let recipient = |at: u64| account((at * 7_919 + nonce * 104_729) % self.accounts);
        let transaction = |(at, sender): (u64, &PrivateKeySigner)| {
            let recipient = recipient(at);
            let (to, input, gas_limit) = match kind {
                Kind::Transfer => (recipient, Bytes::new(), 21_000),
                Kind::Token => (TOKEN, recipient.into_word().into(), 100_000),
            };
            let tx = TxEip1559 {
                chain_id: DEV_CHAIN_ID,
                nonce,
                gas_limit,
                max_fee_per_gas: 10_000_000_000,
                max_priority_fee_per_gas: 0,
                to: to.into(),
                value: U256::from(u8::from(kind == Kind::Transfer)),
                access_list: Default::default(),
                input,
            };
            let signature = sender.sign_hash_sync(&tx.signature_hash()).unwrap();
            let transaction =
                Recovered::new_unchecked(tx.into_signed(signature).into(), sender.address());
            Arc::new(PoolTransaction {
                transaction,
                origin: TransactionOrigin::External,
                encoded_bytes: 0,
                l1_data_fee: U256::ZERO,
                received_at: Duration::ZERO,
            })
        };
        (0..).zip(&self.senders).map(transaction).collect()
    }

    /// Nonces apart, the state is that of genesis.
    fn execute_bare(&self, transactions: &[Arc<PoolTransaction>], nonce: u64) -> Duration {
        let mut memory = self.memory.clone();
        for sender in &self.senders {
            let info = AccountInfo::from_balance(BALANCE_WEI).with_nonce(nonce);
            memory.insert_account_info(sender.address(), info);
        }
        let env = |tx: &Arc<PoolTransaction>| -> TxEnv {
            ScrollTxEnv::from_recovered_tx(tx.transaction.inner(), tx.sender()).base
        };
        let envs: Vec<_> = transactions.iter().map(env).collect();
        let mut evm = Context::mainnet()
            .with_db(memory)
            .modify_cfg_chained(|cfg| cfg.chain_id = DEV_CHAIN_ID)
            .build_mainnet();
        let start = Instant::now();
        for tx in envs {
            assert!(evm.transact_commit(tx).unwrap().is_success());
        }
        start.elapsed()
    }

    /// Builds a block and makes it the head. Returns how long execution and sealing took.
    fn build(&self, transactions: Vec<Arc<PoolTransaction>>) -> (Duration, Duration) {
        let view = self.storage.view().unwrap();
        let head = view.head().unwrap();
        let attributes = PayloadAttributes {
            timestamp: view.header(head.number).unwrap().unwrap().timestamp + 1,
            fee_recipient: Address::ZERO,
            transactions: Vec::new(),
            no_tx_pool: false,
            gas_limit: None,
        };
        let count = transactions.len();
        let (drained, is_drained) = sync_channel(1);
        let source = Arc::new(Source { transactions: Mutex::new(transactions), drained });
        let config = PayloadConfig { gas_limit: GAS_LIMIT };
        let builder = PayloadBuilder::new(config, self.evm.clone(), source);
        let mut job = builder.start(view, attributes).unwrap();
        let executing = is_drained.recv().unwrap();
        job.seal();
        let payload = self.runtime.block_on(job.wait()).unwrap();
        assert_eq!(payload.transactions, count);
        assert!(payload.block.receipts.iter().all(|receipt| receipt.inner.success));
        self.storage.append(Arc::new(payload.block)).unwrap();
        (executing, payload.sealing)
    }
}

/// Gives a list, and then tells how long that took.
#[derive(Debug)]
struct Source {
    transactions: Mutex<Vec<Arc<PoolTransaction>>>,
    drained: SyncSender<Duration>,
}

#[derive(Debug)]
struct Best {
    transactions: std::vec::IntoIter<Arc<PoolTransaction>>,
    start: Instant,
    drained: SyncSender<Duration>,
}

impl TransactionSource for Source {
    fn best_transactions(&self, _: u64) -> Box<dyn BestTransactions> {
        let transactions = std::mem::take(&mut *self.transactions.lock()).into_iter();
        Box::new(Best { transactions, start: Instant::now(), drained: self.drained.clone() })
    }

    fn listen(&self, _: Weak<dyn PendingListener>) {}
}

impl BestTransactions for Best {
    fn next(&mut self) -> Option<Arc<PoolTransaction>> {
        let next = self.transactions.next();
        if next.is_none() {
            self.drained.send(self.start.elapsed()).unwrap();
        }
        next
    }

    fn skip_sender(&mut self) {}
}

fn keccak(at: u64) -> B256 {
    keccak256(at.to_be_bytes())
}

fn account(at: u64) -> Address {
    Address::from_word(keccak(at))
}

/// Median and 99th percentile, in the unit of which a second has so many.
fn percentiles(mut times: Vec<Duration>, per_second: f64) -> [f64; 2] {
    times.sort_unstable();
    [times.len() / 2, times.len() * 99 / 100].map(|at| times[at].as_secs_f64() * per_second)
}

fn show(name: &str, [p50, p99]: [f64; 2]) {
    println!("  {name:<50} {p50:.2} / {p99:.2}");
}
