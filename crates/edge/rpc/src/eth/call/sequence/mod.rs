//! Blocks that follow one of the chain, and are not in it: `eth_simulateV1`.
//!
//! ```text
//!  block ─► overrides ─► what comes before all transactions ─► calls ─► header, hash ─► next block
//! ```
//! The state root of a simulated block is zero, so its hash is not that of a block that could be built.
//!
//! Without validation nothing is paid for gas, nonces are not checked, and the base fee is zero. With it a
//! call is a transaction: its gas and the L1 data fee, that of its bytes with a signature of the usual
//! length, are paid.

mod error;
mod plan;
mod transfers;

pub(crate) use error::SequenceError;

use super::{Overrides, PreparedCall, Simulation, evm_error, overrides};
use crate::eth::{
    convert, error::EthError, replay::execution_error, revert::revert_reason, snapshot::StateSource,
};
use alloy_consensus::{EthereumReceipt, TransactionEnvelope as _, proofs};
use alloy_eips::BlockId;
use alloy_evm::{Evm as _, EvmFactory as _, block::BlockExecutor as _};
use alloy_primitives::{Address, Bytes, Log, Signature, U256};
use alloy_rpc_types_eth::{
    Log as RpcLog, TransactionRequest,
    simulate::{SimCallResult, SimulateError, SimulatePayload},
};
use plan::{PlannedBlock, plan};
use revm::{
    DatabaseRef as _,
    context_interface::result::{ExecutionResult, ResultAndState},
};
use rollup_consensus::{BaseFeeInputs, next_base_fee};
use rollup_evm::{ScrollEvmConfig, ScrollEvmFactory, ScrollSpecId};
use rollup_primitives::{
    RecoveredBlock, ScrollBlock, ScrollBlockBody, ScrollHeader, ScrollReceipt, ScrollTxEnvelope,
    SealedHeader,
};
use serde_json::Value;
use tokio_util::sync::CancellationToken;
use transfers::TransferLogs;

/// Gas that any call uses.
const BASE_GAS: u64 = 21_000;
/// That of a transaction that nobody has signed.
const NO_SIGNATURE: Signature = Signature::new(U256::ZERO, U256::ZERO, false);

/// Simulates blocks on top of `block`, and gives them as JSON. All calls together may use `gas_cap`.
///
/// # Errors
/// [`EthError::Sequence`], [`EthError::BlockNotFound`], [`EthError::Pruned`],
/// [`EthError::Cancelled`], and those of the database.
pub(crate) fn simulate_blocks(
    config: &ScrollEvmConfig,
    chain: &impl StateSource,
    block: BlockId,
    payload: SimulatePayload,
    gas_cap: u64,
    cancelled: &CancellationToken,
) -> Result<Vec<Value>, EthError> {
    let base = chain.header_of(block)?;
    let SimulatePayload {
        block_state_calls,
        trace_transfers,
        validation,
        return_full_transactions: full,
    } = payload;
    let planned = plan(&base, block_state_calls)?;
    let overrides = Overrides::default();
    let simulation = Simulation::new(config, chain, block, overrides, gas_cap, cancelled)?;
    let hash = base.hash_slow();
    let parent = SealedHeader::new(base, hash);
    let options = Options { trace_transfers, validation, full, gas_cap };
    let mut sequence = Sequence { config, simulation, parent, options, gas_left: gas_cap };
    planned.into_iter().map(|block| sequence.run(block)).collect()
}

#[derive(Clone, Copy, Debug)]
struct Options {
    trace_transfers: bool,
    validation: bool,
    full: bool,
    gas_cap: u64,
}

/// Blocks one after the other.
#[derive(Debug)]
struct Sequence<'a> {
    config: &'a ScrollEvmConfig,
    simulation: Simulation<'a>,
    parent: SealedHeader,
    options: Options,
    /// Gas that the calls that are left may use.
    gas_left: u64,
}

/// A block that calls are added to.
#[derive(Debug)]
struct OpenBlock {
    header: ScrollHeader,
    transactions: Vec<ScrollTxEnvelope>,
    senders: Vec<Address>,
    receipts: Vec<ScrollReceipt>,
    results: Vec<SimCallResult>,
    logs: u64,
}

impl Sequence<'_> {
    fn run(&mut self, planned: PlannedBlock) -> Result<Value, EthError> {
        let PlannedBlock { number, timestamp, overrides, calls } = planned;
        let header = self.open(number, timestamp, overrides)?;
        let mut block = OpenBlock {
            header,
            transactions: Vec::with_capacity(calls.len()),
            senders: Vec::with_capacity(calls.len()),
            receipts: Vec::with_capacity(calls.len()),
            results: Vec::with_capacity(calls.len()),
            logs: 0,
        };
        for call in calls {
            self.add(&mut block, call)?;
        }
        self.close(block)
    }

    /// Sets the environment and the state at the start of a block.
    fn open(
        &mut self,
        number: u64,
        timestamp: u64,
        overrides: Overrides,
    ) -> Result<ScrollHeader, EthError> {
        let coinbase = overrides.block.as_ref().and_then(|block| block.coinbase);
        let mut header = ScrollHeader {
            parent_hash: self.parent.hash(),
            number,
            timestamp,
            gas_limit: self.parent.gas_limit,
            difficulty: U256::ONE,
            beneficiary: coinbase.unwrap_or_default(),
            base_fee_per_gas: self.base_fee(number, timestamp)?,
            ..Default::default()
        };
        overrides.apply_to_header(&mut header);
        let mut env = self.config.evm_env(&header);
        overrides.apply_to_env(&mut env.block_env);
        let is_relaxed = !self.options.validation;
        env.cfg_env.disable_block_gas_limit = true;
        env.cfg_env.disable_base_fee = is_relaxed;
        env.cfg_env.disable_eip3607 = is_relaxed;
        env.cfg_env.disable_nonce_check = is_relaxed;
        env.cfg_env.disable_fee_charge = is_relaxed;
        self.simulation.env = env;
        let database = &mut self.simulation.database;
        self.simulation.moved_precompiles = overrides.apply_to_state(database)?;
        database.db.check()?;
        self.config
            .executor_for_block(database, &header, self.parent.timestamp)
            .apply_pre_execution_changes()
            .map_err(execution_error)?;
        Ok(header)
    }

    /// Base fee in wei, unless the block says otherwise.
    fn base_fee(&self, number: u64, timestamp: u64) -> Result<Option<u64>, EthError> {
        if !self.config.spec_id(number, timestamp).is_enabled_in(ScrollSpecId::Curie) {
            return Ok(None);
        }
        if !self.options.validation {
            return Ok(Some(0));
        }
        let (spec, state) = (self.config.chain_spec(), &self.simulation.database);
        let inputs = BaseFeeInputs::read(spec, |account, slot| state.storage_ref(account, slot))?;
        Ok(next_base_fee(spec, &self.parent, timestamp, inputs))
    }

    /// Executes a call as the next transaction of a block.
    fn add(&mut self, block: &mut OpenBlock, request: TransactionRequest) -> Result<(), EthError> {
        let request = self.with_gas(block, request)?;
        let call = self.prepare(request).map_err(|err| SequenceError::Call(Box::new(err)))?;
        let sender = call.tx.base.caller;
        let transaction = call.unsigned().into_signed(NO_SIGNATURE);
        let gas_limit = call.tx.base.gas_limit;
        let executed = self.execute(call).map_err(|err| SequenceError::Call(Box::new(err)))?;
        let Executed { result, transfer_logs, l1_fee } = executed;
        let gas_used = result.tx_gas_used();
        self.gas_left = self.gas_left.saturating_sub(gas_used);
        block.header.gas_used = block.header.gas_used.saturating_add(gas_used);
        let success = result.is_success();
        let logs = if success { result.logs().to_vec() } else { Vec::new() };
        let shown = transfer_logs.filter(|_| success).unwrap_or_else(|| logs.clone());
        let result = block.describe(result, shown, &transaction, gas_limit);
        block.results.push(result);
        block.receipts.push(ScrollReceipt {
            inner: EthereumReceipt {
                tx_type: transaction.tx_type(),
                success,
                cumulative_gas_used: block.header.gas_used,
                logs,
            },
            l1_fee,
        });
        block.transactions.push(transaction);
        block.senders.push(sender);
        Ok(())
    }

    /// With a gas limit that block and request have room for.
    fn with_gas(
        &mut self,
        block: &OpenBlock,
        mut request: TransactionRequest,
    ) -> Result<TransactionRequest, EthError> {
        let (used, limit) = (block.header.gas_used, block.header.gas_limit);
        let wanted = request.gas.unwrap_or_else(|| limit.saturating_sub(used));
        let gas = used.saturating_add(wanted);
        if gas > limit {
            return Err(SequenceError::BlockGasLimit { gas, limit }.into());
        }
        if self.gas_left < BASE_GAS {
            return Err(SequenceError::GasCap { max: self.options.gas_cap }.into());
        }
        self.simulation.gas_cap = self.gas_left;
        request.gas = Some(wanted.min(self.gas_left));
        if request.gas_price.is_none() && request.max_fee_per_gas.is_none() {
            let tip = request.max_priority_fee_per_gas.unwrap_or_default();
            (request.max_fee_per_gas, request.max_priority_fee_per_gas) = (Some(tip), Some(tip));
        }
        Ok(request)
    }

    fn prepare(&mut self, request: TransactionRequest) -> Result<PreparedCall, EthError> {
        let mut call = self.simulation.prepare(request)?;
        if self.options.validation {
            call.tx.encoded = Some(call.signed_bytes().into());
        } else {
            self.simulation.check_value(&call.tx)?;
        }
        Ok(call)
    }

    fn execute(&mut self, call: PreparedCall) -> Result<Executed, EthError> {
        let simulation = &mut self.simulation;
        simulation.database.db.check()?;
        let tx = call.tx;
        let env =
            if self.options.validation { simulation.env.clone() } else { simulation.env_of(&tx) };
        let mut transfers = TransferLogs::default();
        let factory = ScrollEvmFactory::default();
        let mut evm =
            factory.create_evm_with_inspector(&mut simulation.database, env, &mut transfers);
        evm.set_inspector_enabled(self.options.trace_transfers);
        let moves = simulation.moved_precompiles.iter().copied();
        evm.components_mut().2.move_precompiles(moves).map_err(overrides::not_a_precompile)?;
        let ResultAndState { result, state } = evm.transact_raw(tx).map_err(evm_error)?;
        let l1_fee = evm.l1_data_fee();
        drop(evm);
        simulation.commit(state);
        let transfer_logs = self.options.trace_transfers.then(|| transfers.into_logs());
        Ok(Executed { result, transfer_logs, l1_fee })
    }

    fn close(&mut self, block: OpenBlock) -> Result<Value, EthError> {
        let OpenBlock { mut header, transactions, senders, receipts, mut results, .. } = block;
        header.transactions_root = proofs::calculate_transaction_root(&transactions);
        header.receipts_root = ScrollReceipt::receipts_root(&receipts);
        header.logs_bloom = ScrollReceipt::logs_bloom(&receipts);
        let hash = header.hash_slow();
        self.parent = SealedHeader::new(header.clone(), hash);
        let body = ScrollBlockBody { transactions, ..Default::default() };
        let block = RecoveredBlock::new(ScrollBlock { header, body }, senders, hash);
        for log in results.iter_mut().flat_map(|result| &mut result.logs) {
            log.block_hash = Some(hash);
        }
        let mut object = serde_json::to_value(convert::block(&block, self.options.full))?;
        object["calls"] = serde_json::to_value(results)?;
        Ok(object)
    }
}

/// What a call did.
#[derive(Debug)]
struct Executed {
    result: ExecutionResult,
    /// With those for transfers, if they are asked for.
    transfer_logs: Option<Vec<Log>>,
    l1_fee: U256,
}

impl OpenBlock {
    fn describe(
        &mut self,
        result: ExecutionResult,
        logs: Vec<Log>,
        transaction: &ScrollTxEnvelope,
        gas_limit: u64,
    ) -> SimCallResult {
        let gas_used = result.tx_gas_used();
        let (spent, floor) = (result.gas().total_gas_spent(), result.gas().floor_gas());
        let status = result.is_success();
        let (return_data, error) = match result {
            ExecutionResult::Success { output, .. } => (output.into_data(), None),
            ExecutionResult::Revert { output, .. } => (Bytes::new(), Some(reverted(output))),
            ExecutionResult::Halt { reason, .. } => {
                let message = EthError::Halted(reason, gas_limit).to_string();
                let code = SimulateError::VM_EXECUTION_ERROR_CODE;
                (Bytes::new(), Some(SimulateError { code, message, data: None }))
            }
        };
        let max_used_gas = Some(spent.max(floor).max(gas_used));
        let logs = self.place(logs, transaction);
        SimCallResult { return_data, logs, gas_used, max_used_gas, status, error }
    }

    fn place(&mut self, logs: Vec<Log>, transaction: &ScrollTxEnvelope) -> Vec<RpcLog> {
        let mut placed = Vec::with_capacity(logs.len());
        for inner in logs {
            placed.push(RpcLog {
                inner,
                // Known when the block is complete.
                block_hash: None,
                block_number: Some(self.header.number),
                block_timestamp: Some(self.header.timestamp),
                transaction_hash: Some(*transaction.hash()),
                transaction_index: Some(self.transactions.len() as u64),
                log_index: Some(self.logs),
                removed: false,
            });
            self.logs += 1;
        }
        placed
    }
}

fn reverted(output: Bytes) -> SimulateError {
    let message = match revert_reason(&output) {
        Some(reason) => format!("execution reverted: {reason}"),
        None => "execution reverted".to_owned(),
    };
    SimulateError { code: SimulateError::EXECUTION_REVERTED_CODE, message, data: Some(output) }
}
