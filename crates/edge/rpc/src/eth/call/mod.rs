//! Execution of what is not in the chain: calls, estimates of gas, access lists.
//!
//! A simulated transaction has no signature and pays no fees, so the L1 data fee is not taken from
//! the balance that a contract sees. What the sender would have to pay is compared with its funds
//! before: see [`estimate`].

mod access_list;
mod bundle;
mod estimate;
mod overrides;
mod request;
mod sequence;
mod state;

pub(crate) use bundle::call_many;
pub(crate) use overrides::{Overrides, not_a_precompile};
pub(crate) use sequence::{SequenceError, simulate_blocks};
pub(crate) use state::{CallState, CallStateError};

use super::{
    error::EthError,
    execute::{Execution, WorkState, commit},
    snapshot::StateSource,
};
use alloy_eips::BlockId;
use alloy_evm::{Evm as _, EvmEnv, EvmFactory as _};
use alloy_primitives::{Address, Bytes, U256};
use alloy_rpc_types_eth::TransactionRequest;
use request::PreparedCall;
use revm::{
    Database as _, Inspector,
    context::CfgEnv,
    context_interface::result::{EVMError, ExecutionResult, ResultAndState},
    database::CacheDB,
    state::EvmState,
};
use rollup_evm::{
    ScrollContext, ScrollEvmConfig, ScrollEvmFactory, ScrollSpecId, ScrollTxEnv, ScrollTxError,
};
use rollup_primitives::ScrollHeader;
use tokio_util::sync::CancellationToken;

/// The state that a simulation works on, and what it changed there.
pub(crate) type SimulationState<'a> = WorkState<'a>;

/// A state, a block environment and the rules of simulations.
#[derive(Debug)]
pub(crate) struct Simulation<'a> {
    database: SimulationState<'a>,
    env: EvmEnv<ScrollSpecId>,
    /// Precompiles that are elsewhere: from where, and to where.
    moved_precompiles: Vec<(Address, Address)>,
    gas_cap: u64,
}

impl<'a> Simulation<'a> {
    /// On the state after `block`, in the environment of that block, with something else in place
    /// of what `overrides` names.
    ///
    /// # Errors
    /// [`EthError::BlockNotFound`], [`EthError::Pruned`], what is wrong with `overrides`, and those
    /// of the database.
    pub(crate) fn new(
        config: &ScrollEvmConfig,
        chain: &'a impl StateSource,
        block: BlockId,
        overrides: Overrides,
        gas_cap: u64,
        cancelled: &CancellationToken,
    ) -> Result<Self, EthError> {
        let (header, state) = (chain.header_of(block)?, chain.state_after(block, cancelled)?);
        Self::on_state(config, CacheDB::new(state), &header, overrides, gas_cap)
    }

    /// On a state, in the environment of the block with this header, with something else in place
    /// of what `overrides` names.
    ///
    /// # Errors
    /// What is wrong with `overrides`, and those of the database.
    pub(crate) fn on_state(
        config: &ScrollEvmConfig,
        database: SimulationState<'a>,
        header: &ScrollHeader,
        overrides: Overrides,
        gas_cap: u64,
    ) -> Result<Self, EthError> {
        let env = EvmEnv::default();
        let mut this = Self { database, env, moved_precompiles: Vec::new(), gas_cap };
        this.override_with(config, header, overrides)?;
        Ok(this)
    }

    /// Goes on in the environment of the block with this header, with something else in place of
    /// what `overrides` names.
    ///
    /// # Errors
    /// What is wrong with `overrides`, and those of the database.
    pub(crate) fn override_with(
        &mut self,
        config: &ScrollEvmConfig,
        header: &ScrollHeader,
        overrides: Overrides,
    ) -> Result<(), EthError> {
        let mut header = header.clone();
        // Number and time decide which rules hold, so they are replaced before.
        overrides.apply_to_header(&mut header);
        let mut env = config.evm_env(&header);
        overrides.apply_to_env(&mut env.block_env);
        self.moved_precompiles.extend(overrides.apply_to_state(&mut self.database)?);

        relax(&mut env.cfg_env);
        self.env = env;
        Ok(())
    }

    /// What the call returns.
    ///
    /// # Errors
    /// What is wrong with `request`, [`EthError::Reverted`] or [`EthError::Halted`] as it ends,
    /// [`EthError::Cancelled`], and those of the database.
    pub(crate) fn call(&mut self, request: TransactionRequest) -> Result<Bytes, EthError> {
        let tx = self.prepare_call(request)?;
        let gas_limit = tx.base.gas_limit;
        match self.transact(tx)? {
            ExecutionResult::Success { output, .. } => Ok(output.into_data()),
            ExecutionResult::Revert { output, .. } => Err(EthError::Reverted(output)),
            ExecutionResult::Halt { reason, .. } => Err(EthError::Halted(reason, gas_limit)),
        }
    }

    /// The transaction of a call. Its gas limit is that of the request, or what the sender can pay
    /// for, and not above the cap.
    ///
    /// # Errors
    /// What is wrong with `request`, [`EthError::InsufficientFunds`], [`EthError::Cancelled`], and
    /// those of the database.
    pub(crate) fn prepare_call(
        &mut self,
        request: TransactionRequest,
    ) -> Result<ScrollTxEnv, EthError> {
        let has_gas_limit = request.gas.is_some();
        let PreparedCall { mut tx, .. } = self.prepare(request)?;
        if !has_gas_limit && let Some(affordable) = self.affordable_gas(&tx, U256::ZERO)? {
            tx.base.gas_limit = tx.base.gas_limit.min(affordable);
        }
        self.check_funds(&tx)?;
        Ok(tx)
    }

    /// A transaction, ready to be executed.
    pub(crate) fn execution(&mut self, tx: ScrollTxEnv) -> Execution<'_, 'a> {
        let env = self.env_of(&tx);
        let moved_precompiles = &self.moved_precompiles;
        Execution { state: &mut self.database, env, moved_precompiles, tx }
    }

    /// What the transaction does, which `inspector` sees. It changes nothing until its changes are
    /// handed to [`Self::commit`].
    ///
    /// # Errors
    /// As for [`Execution::inspect`].
    pub(crate) fn inspect<'this, I>(
        &'this mut self,
        tx: ScrollTxEnv,
        inspector: I,
    ) -> Result<ResultAndState, EthError>
    where
        I: Inspector<ScrollContext<&'this mut SimulationState<'a>>>,
    {
        self.execution(tx).into_inspected(inspector)
    }

    /// Makes the changes of a transaction, so that the next one sees them.
    pub(crate) fn commit(&mut self, changes: EvmState) {
        commit(&mut self.database, changes);
    }

    /// The state before the next transaction.
    pub(crate) const fn state(&self) -> &SimulationState<'a> {
        &self.database
    }

    fn transact(&mut self, tx: ScrollTxEnv) -> Result<ExecutionResult, EthError> {
        // One that has run before may find all it needs in the cache.
        self.database.db.check()?;
        let env = self.env_of(&tx);
        let mut evm = ScrollEvmFactory::default().create_evm(&mut self.database, env);
        let moves = self.moved_precompiles.iter().copied();
        evm.components_mut().2.move_precompiles(moves).map_err(overrides::not_a_precompile)?;
        evm.transact_raw(tx).map(|done| done.result).map_err(evm_error)
    }

    /// The environment. A transaction that names no price meets no base fee either.
    fn env_of(&self, tx: &ScrollTxEnv) -> EvmEnv<ScrollSpecId> {
        let mut env = self.env.clone();
        if tx.base.gas_price == 0 {
            env.block_env.basefee = 0;
        }
        env
    }

    fn balance(&mut self, address: Address) -> Result<U256, EthError> {
        let account = self.database.basic(address).map_err(EthError::from)?;
        Ok(account.map(|account| account.balance).unwrap_or_default())
    }

    /// How much gas the sender can pay for after value and L1 data fee; `None` if it names no price.
    ///
    /// # Errors
    /// [`EthError::InsufficientFunds`], [`EthError::InsufficientFundsForL1DataFee`], and those of
    /// the database.
    fn affordable_gas(
        &mut self,
        tx: &ScrollTxEnv,
        l1_data_fee: U256,
    ) -> Result<Option<u64>, EthError> {
        if tx.base.gas_price == 0 {
            return Ok(None);
        }
        let (address, value) = (tx.base.caller, tx.base.value);
        let balance = self.balance(address)?;
        let short = EthError::InsufficientFunds { address, balance, cost: value };
        let available = balance.checked_sub(value).ok_or(short)?;
        if available <= l1_data_fee && !l1_data_fee.is_zero() {
            return Err(EthError::InsufficientFundsForL1DataFee { available, fee: l1_data_fee });
        }
        let gas = (available - l1_data_fee) / U256::from(tx.base.gas_price);
        Ok(Some(gas.saturating_to()))
    }

    /// # Errors
    /// [`EthError::InsufficientFunds`] if the sender cannot pay value and gas, and those of the
    /// database.
    fn check_funds(&mut self, tx: &ScrollTxEnv) -> Result<(), EthError> {
        let address = tx.base.caller;
        let balance = self.balance(address)?;
        let gas = U256::from(tx.base.gas_limit).saturating_mul(U256::from(tx.base.gas_price));
        let cost = gas.saturating_add(tx.base.value);
        if balance < cost {
            return Err(EthError::InsufficientFunds { address, balance, cost });
        }
        Ok(())
    }
}

/// Sets the rules for what has no signature and pays no fees.
const fn relax(cfg: &mut CfgEnv<ScrollSpecId>) {
    cfg.disable_block_gas_limit = true;
    cfg.disable_base_fee = true;
    cfg.disable_eip3607 = true;
    cfg.disable_nonce_check = true;
    cfg.disable_fee_charge = true;
}

pub(crate) fn evm_error(err: EVMError<CallStateError, ScrollTxError>) -> EthError {
    match err {
        EVMError::Transaction(err) => EthError::InvalidTransaction(err),
        EVMError::Database(err) => err.into(),
        err => EthError::Evm(Box::new(err)),
    }
}
