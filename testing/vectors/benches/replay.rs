//! Replays the recorded blocks on one core and compares with bare revm on the same transactions.
//!
//! Printed in Mgas/s, and as a ratio to bare revm in the same run:
//! - `stateless verify`: decoding, sender recovery, state from trie nodes, execution, all roots;
//! - `block executor`: execution with state in memory, L1 data fees, receipts, changes collected;
//! - `bare revm`: the same transactions by Ethereum's rules, state in memory, nothing else.
//!
//! The gas of all three is that of the blocks' headers, so that a ratio is one of times. Ethereum's
//! rules differ, so bare revm does slightly different work: its own gas is printed beside it.
#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

use alloy_consensus::transaction::Recovered;
use alloy_evm::{Database, FromRecoveredTx, block::BlockExecutor};
use alloy_primitives::U256;
use eyre::Result;
use revm::{
    Context, ExecuteCommitEvm, MainBuilder, MainContext,
    context::{BlockEnv, CfgEnv, TxEnv},
    context_interface::block::BlobExcessGasAndPrice,
    database::{CacheDB, EmptyDB, State, WrapDatabaseRef},
    primitives::hardfork::SpecId,
};
use rollup_chainspec::{FEE_VAULT, ScrollChainSpec, ScrollHardfork};
use rollup_evm::{ScrollEvmConfig, ScrollTxEnv};
use rollup_primitives::{L1_MESSAGE_TX_TYPE, RecoveredBlock, ScrollBlock, ScrollTxEnvelope};
use rollup_stateless::{BlockWitness, verify};
use rollup_vectors::{ReadRecorder, TestData, read_block_index, read_witness};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

const COMMAND: &str = "make bench";
const ROUNDS: usize = 15;

/// Executes a case and returns the gas used.
type Contender = fn(&Case) -> u64;

/// A block and what each contender needs to execute it.
struct Case {
    witness: BlockWitness,
    fork: ScrollHardfork,
    config: ScrollEvmConfig,
    block: RecoveredBlock,
    /// Everything the block reads, by either rules.
    state: CacheDB<EmptyDB>,
}

fn main() -> Result<()> {
    let Some(data) = TestData::find() else {
        return Ok(());
    };
    let cases = read_block_index(&data)?
        .iter()
        .filter(|record| record.is_executable() && record.tx_count > 0)
        .map(|record| Case::new(read_witness(&data, &record.file)?))
        .collect::<Result<Vec<_>>>()?;
    let transactions: usize = cases.iter().map(|case| case.block.body().transactions.len()).sum();
    println!(
        "{} blocks, {transactions} transactions, one core, median of {ROUNDS} rounds",
        cases.len()
    );

    let contenders: [(&str, Contender); 3] = [
        ("stateless verify", Case::verify),
        ("block executor", Case::execute),
        ("bare revm", Case::execute_bare),
    ];
    let gas: u64 = cases.iter().map(|case| case.block.gas_used).sum();
    // Interleaved, so that a slow spell of the machine hits all alike.
    let mut seconds = vec![Vec::new(); contenders.len()];
    let mut own_gas = vec![0; contenders.len()];
    for _ in 0..ROUNDS {
        for (at, (_, contender)) in contenders.iter().enumerate() {
            let (gas, elapsed) = run(&cases, *contender);
            own_gas[at] = gas;
            seconds[at].push(elapsed.as_secs_f64());
        }
    }
    let medians: Vec<f64> = seconds.into_iter().map(median).collect();
    let bare = medians[contenders.len() - 1];
    for (at, (name, _)) in contenders.iter().enumerate() {
        println!(
            "{name:17} {:6.0} Mgas/s   {:.2} of bare revm   ({:.1} Mgas used)",
            gas as f64 / 1e6 / medians[at],
            bare / medians[at],
            own_gas[at] as f64 / 1e6,
        );
    }
    println!("command: {COMMAND}");
    Ok(())
}

/// Gas used and time taken for all cases.
fn run(cases: &[Case], contender: Contender) -> (u64, Duration) {
    let (mut gas, mut elapsed) = (0, Duration::ZERO);
    for case in cases {
        let started = Instant::now();
        gas += contender(case);
        elapsed += started.elapsed();
    }
    (gas, elapsed)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

impl Case {
    fn new(witness: BlockWitness) -> Result<Self> {
        let fork = witness.hardfork()?;
        let spec = ScrollChainSpec::with_forced_fork(witness.chain_id, fork);
        let config = ScrollEvmConfig::new(Arc::new(spec));
        let block = ScrollBlock { header: (&witness.header).into(), body: witness.body()? };
        let block = RecoveredBlock::try_recover(block)?;
        let state = CacheDB::default();
        let mut case = Self { witness, fork, config, block, state };

        // Both contenders run once over the witness, to learn what they read.
        let mut recorder = ReadRecorder::new(&case.witness);
        case.execute_on(&mut recorder);
        case.execute_bare_on(&mut recorder);
        case.state = recorder.into_reads();
        Ok(case)
    }

    fn verify(&self) -> u64 {
        verify(&self.witness, self.fork).expect("recorded blocks verify").gas_used
    }

    fn execute(&self) -> u64 {
        self.execute_on(WrapDatabaseRef(&self.state))
    }

    fn execute_bare(&self) -> u64 {
        self.execute_bare_on(WrapDatabaseRef(&self.state))
    }

    fn execute_on(&self, db: impl Database) -> u64 {
        let mut db = State::builder().with_database(db).with_bundle_update().build();
        let header = self.block.header();
        let executor = self.config.executor_for_block(&mut db, header, header.timestamp);
        executor
            .execute_block(self.block.transactions_recovered())
            .expect("recorded blocks execute")
            .gas_used
    }

    /// Executes the transactions by the Ethereum rules nearest to the fork's and returns the gas
    /// they used.
    fn execute_bare_on(&self, db: impl Database) -> u64 {
        let header = self.block.header();
        let spec = match self.fork {
            ScrollHardfork::Galileo | ScrollHardfork::GalileoV2 => SpecId::OSAKA,
            _ => SpecId::PRAGUE,
        };
        let mut cfg = CfgEnv::new_with_spec(spec).with_chain_id(self.witness.chain_id);
        cfg.tx_gas_limit_cap = Some(u64::MAX);
        cfg.disable_nonce_check = true;
        cfg.disable_balance_check = true;
        cfg.disable_base_fee = true;
        let block = BlockEnv {
            number: U256::from(header.number),
            timestamp: U256::from(header.timestamp),
            gas_limit: header.gas_limit,
            basefee: header.base_fee_per_gas.unwrap_or_default(),
            beneficiary: FEE_VAULT,
            prevrandao: Some(header.mix_hash),
            blob_excess_gas_and_price: Some(BlobExcessGasAndPrice::new(0, 1)),
            ..Default::default()
        };
        let db = State::builder().with_database(db).build();
        let mut evm =
            Context::mainnet().with_db(db).with_cfg(cfg).with_block(block).build_mainnet();
        self.block
            .transactions_recovered()
            .filter_map(|tx| evm.transact_commit(bare_tx(tx)).ok())
            .map(|result| result.tx_gas_used())
            .sum()
    }
}

/// The transaction for Ethereum's rules, where an L1 message is a free legacy transaction.
fn bare_tx(tx: Recovered<&ScrollTxEnvelope>) -> TxEnv {
    let mut tx = ScrollTxEnv::from_recovered_tx(tx.inner(), tx.signer()).base;
    if tx.tx_type == L1_MESSAGE_TX_TYPE {
        tx.tx_type = 0;
    }
    tx
}
