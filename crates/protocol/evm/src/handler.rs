//! How a transaction is validated, charged and executed: revm's handler with Scroll's fees and
//! L1 messages. Hooks not overridden here are Ethereum's.

use crate::{
    error::ScrollTxError,
    evm::{ScrollContext, ScrollEvm},
    l1_fee::GasPriceOracle,
    spec::ScrollSpecId,
};
use alloy_eips::eip4788::SYSTEM_ADDRESS;
use alloy_evm::Database;
use alloy_primitives::{KECCAK256_EMPTY, U256};
use revm::{
    Inspector,
    bytecode::Bytecode,
    context::{ContextTr, journaled_state::account::JournaledAccountTr},
    context_interface::{
        Block, Cfg, JournalTr, LocalContextTr, Transaction,
        result::{EVMError, HaltReason, InvalidTransaction},
    },
    handler::{
        EvmTr, FrameResult, Handler, PrecompileProvider,
        execution::create_init_frame,
        post_execution,
        pre_execution::{calculate_caller_fee, validate_account_nonce_and_code},
        validation::{validate_initial_tx_gas_with_gas_params, validate_tx_env},
    },
    inspector::InspectorHandler,
    interpreter::{
        CallInput, CallInputs, CallScheme, CallValue, FrameInput, GasTracker, InitialAndFloorGas,
        InterpreterResult, SharedMemory, interpreter::EthInterpreter,
        interpreter_action::FrameInit,
    },
};
use std::marker::PhantomData;

/// Error of a transaction: invalid, or a failing database.
pub type ScrollEvmError<DBError> = EVMError<DBError, ScrollTxError>;

/// Handler of one transaction on a [`ScrollEvm`].
#[derive(Debug)]
pub(crate) struct ScrollHandler<DB, I, P>(PhantomData<(DB, I, P)>);

impl<DB, I, P> ScrollHandler<DB, I, P> {
    pub(crate) const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<DB, I, P> Handler for ScrollHandler<DB, I, P>
where
    DB: Database,
    P: PrecompileProvider<ScrollContext<DB>, Output = InterpreterResult>,
{
    type Evm = ScrollEvm<DB, I, P>;
    type Error = ScrollEvmError<DB::Error>;
    type HaltReason = HaltReason;

    // The block fields that Ethereum demands here (prevrandao, blob gas) mean nothing on L2.
    fn validate_env(&self, evm: &mut Self::Evm) -> Result<(), Self::Error> {
        let ctx = evm.ctx();
        let (spec, ty) = (ctx.cfg.spec, ctx.tx.tx_type());
        if !spec.allows_tx_type(ty) {
            return Err(ScrollTxError::TypeNotAllowed { ty, spec }.into());
        }
        validate_tx_env(ctx, spec.into()).map_err(ScrollTxError::from)?;
        Ok(())
    }

    fn validate_initial_tx_gas(
        &self,
        evm: &mut Self::Evm,
    ) -> Result<InitialAndFloorGas, Self::Error> {
        let ctx = evm.ctx();
        let mut gas = validate_initial_tx_gas_with_gas_params(
            &ctx.tx,
            ctx.cfg.spec.into(),
            ctx.cfg.gas_params(),
            ctx.cfg.is_eip7623_disabled(),
            false,
            ctx.cfg.tx_gas_limit_cap(),
            None,
        )
        .map_err(ScrollTxError::from)?;
        if ctx.tx.is_l1_message() {
            // The limit must reach the floor, but the message is not charged up to it.
            gas.set_floor_gas(0);
        }
        Ok(gas)
    }

    fn validate_against_state_and_deduct_caller(
        &self,
        evm: &mut Self::Evm,
        _gas: &mut InitialAndFloorGas,
    ) -> Result<(), Self::Error> {
        let ctx = evm.ctx();
        ctx.chain.0 = U256::ZERO;
        if ctx.tx.is_l1_message() {
            return admit_l1_message(ctx);
        }
        let fee = if ctx.cfg.is_fee_charge_disabled() { U256::ZERO } else { l1_data_fee(ctx)? };
        charge_sender(ctx, fee)?;
        ctx.chain.0 = fee;
        Ok(())
    }

    fn first_frame_input(
        &mut self,
        evm: &mut Self::Evm,
        gas: &mut GasTracker,
    ) -> Result<Option<FrameInit>, Self::Error> {
        let ctx = evm.ctx();
        let mut memory = SharedMemory::new_with_buffer(ctx.local.shared_memory_buffer().clone());
        memory.set_memory_limit(ctx.cfg.memory_limit());
        let frame_input = match unfunded_l1_message(ctx, gas)? {
            Some(call) => FrameInput::Call(Box::new(call)),
            None => match create_init_frame(ctx, gas)? {
                Some(frame_input) => frame_input,
                None => return Ok(None),
            },
        };
        Ok(Some(FrameInit { depth: 0, memory, frame_input }))
    }

    fn refund(
        &self,
        evm: &mut Self::Evm,
        result: &mut FrameResult,
        eip7702_refund: i64,
    ) -> Result<(), Self::Error> {
        let ctx = evm.ctx();
        if ctx.tx.is_l1_message() {
            result.gas_mut().set_refund(0);
        } else {
            post_execution::refund(ctx.cfg.gas_params(), result.gas_mut(), eip7702_refund);
        }
        Ok(())
    }

    fn reimburse_caller(
        &self,
        evm: &mut Self::Evm,
        result: &mut FrameResult,
    ) -> Result<(), Self::Error> {
        if evm.ctx().tx.is_l1_message() {
            return Ok(());
        }
        Ok(post_execution::reimburse_caller(evm.ctx(), result.gas(), U256::ZERO)?)
    }

    // Nothing is burned: the vault gets the whole gas price and the L1 data fee.
    fn reward_beneficiary(
        &self,
        evm: &mut Self::Evm,
        result: &mut FrameResult,
    ) -> Result<(), Self::Error> {
        let ctx = evm.ctx();
        if ctx.tx.is_l1_message() || ctx.cfg.is_fee_charge_disabled() {
            return Ok(());
        }
        let gas_price = ctx.tx.effective_gas_price(u128::from(ctx.block.basefee()));
        let gas_fee = U256::from(gas_price).saturating_mul(U256::from(result.gas().used()));
        let reward = gas_fee.saturating_add(ctx.chain.0);
        let vault = ctx.block.beneficiary();
        ctx.journal_mut().load_account_mut(vault)?.incr_balance(reward);
        Ok(())
    }
}

impl<DB, I, P> InspectorHandler for ScrollHandler<DB, I, P>
where
    DB: Database,
    I: Inspector<ScrollContext<DB>, EthInterpreter>,
    P: PrecompileProvider<ScrollContext<DB>, Output = InterpreterResult>,
{
    type IT = EthInterpreter;
}

/// Rules 4 to 7 of spec/execution 2.3: no gas bought, no fee, nonce raised.
fn admit_l1_message<DB: Database>(
    ctx: &mut ScrollContext<DB>,
) -> Result<(), ScrollEvmError<DB::Error>> {
    let spec = ctx.cfg.spec;
    let (tx, journal) = ctx.tx_journal_mut();
    // A sender with code was never checked for before EuclidV2 (spec/execution, doubt 4).
    let with_code = spec.is_enabled_in(ScrollSpecId::EuclidV2);
    let mut sender = journal.load_account_mut_optional_code(tx.caller(), with_code)?.data;
    if with_code {
        validate_account_nonce_and_code(&sender.account().info, 0, false, true)
            .map_err(ScrollTxError::from)?;
    }
    let (value, balance) = (tx.value(), *sender.balance());
    // Before Euclid the sequencer skipped such a message; recorded Euclid blocks include it.
    if !spec.is_enabled_in(ScrollSpecId::Euclid) && value > balance {
        let lack = InvalidTransaction::LackOfFundForMaxFee {
            fee: Box::new(value),
            balance: Box::new(balance),
        };
        return Err(ScrollTxError::from(lack).into());
    }
    if !sender.bump_nonce() {
        sender.touch();
    }
    Ok(())
}

/// The call of an L1 message whose sender cannot pay its value. The transfer will fail, so the
/// recipient is not read: a witness does not hold it.
fn unfunded_l1_message<DB: Database>(
    ctx: &mut ScrollContext<DB>,
    gas: &GasTracker,
) -> Result<Option<CallInputs>, ScrollEvmError<DB::Error>> {
    if !ctx.tx.is_l1_message() {
        return Ok(None);
    }
    let (tx, journal) = ctx.tx_journal_mut();
    let caller = tx.caller();
    let balance = journal.load_account(caller)?.data.info.balance;
    let Some(target) = tx.kind().to().copied().filter(|_| tx.value() > balance) else {
        return Ok(None);
    };
    Ok(Some(CallInputs {
        input: CallInput::Bytes(tx.input().clone()),
        gas_limit: gas.remaining(),
        target_address: target,
        bytecode_address: target,
        known_bytecode: (KECCAK256_EMPTY, Bytecode::default()),
        caller,
        value: CallValue::Transfer(tx.value()),
        scheme: CallScheme::Call,
        is_static: false,
        return_memory_offset: 0..0,
        reservoir: gas.reservoir(),
        charged_new_account_state_gas: false,
    }))
}

fn l1_data_fee<DB: Database>(
    ctx: &mut ScrollContext<DB>,
) -> Result<U256, ScrollEvmError<DB::Error>> {
    if ctx.tx.caller() == SYSTEM_ADDRESS {
        return Ok(U256::ZERO);
    }
    let spec = ctx.cfg.spec;
    let oracle = GasPriceOracle::read(ctx.journaled_state.db_mut(), spec)?;
    let Some(raw) = &ctx.tx.encoded else {
        return Err(EVMError::Custom("signed bytes of the transaction are missing".to_owned()));
    };
    Ok(oracle.l1_data_fee(raw, ctx.tx.input(), spec))
}

/// Steps 1 to 4 of spec/execution 4.1.
fn charge_sender<DB: Database>(
    ctx: &mut ScrollContext<DB>,
    l1_data_fee: U256,
) -> Result<(), ScrollEvmError<DB::Error>> {
    let (block, tx, cfg, journal, _, _) = ctx.all_mut();
    let mut sender = journal.load_account_with_code_mut(tx.caller())?.data;
    validate_account_nonce_and_code(
        &sender.account().info,
        tx.nonce(),
        cfg.is_eip3607_disabled(),
        cfg.is_nonce_check_disabled(),
    )
    .map_err(ScrollTxError::from)?;

    let balance =
        calculate_caller_fee(*sender.balance(), tx, block, cfg).map_err(ScrollTxError::from)?;
    let left = match balance.checked_sub(l1_data_fee) {
        Some(left) => left,
        None if cfg.is_balance_check_disabled() => U256::ZERO,
        None => {
            return Err(ScrollTxError::InsufficientFundsForL1DataFee {
                fee: Box::new(l1_data_fee),
                balance: Box::new(balance),
            }
            .into());
        }
    };
    // A simulation without balance check must still be able to transfer its value.
    let left = if cfg.is_balance_check_disabled() { left.max(tx.value()) } else { left };
    sender.set_balance(left);
    if tx.kind().is_call() {
        sender.bump_nonce();
    }
    Ok(())
}
