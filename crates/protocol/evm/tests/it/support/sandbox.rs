//! Single transactions.

use super::{
    BLOCK_GAS_LIMIT, BLOCK_NUMBER, CHAIN_ID, CONTRACT, Code, ETHER, Forbidden, ForbiddenRead,
    MemoryDb, SENDER, TX_GAS, TX_GAS_LIMIT, set_oracle,
};
use alloy_evm::{Evm, EvmEnv, EvmFactory};
use alloy_primitives::{Address, B256, Bytes, TxKind, U256};
use revm::{
    Database, DatabaseCommit,
    bytecode::Bytecode,
    context::TxEnv,
    context_interface::result::{EVMError, ExecutionResult, HaltReason, ResultAndState},
    state::AccountInfo,
};
use rollup_chainspec::{ScrollChainSpec, ScrollHardfork};
use rollup_evm::{
    ScrollEvmConfig, ScrollEvmError, ScrollEvmFactory, ScrollSpecId, ScrollTxEnv, ScrollTxError,
};
use rollup_primitives::{L1_MESSAGE_TX_TYPE, ScrollHeader};
use std::{convert::Infallible, sync::Arc};

pub(crate) type ScrollError = ScrollEvmError<Infallible>;

/// A block environment under the rules of one fork, and a state with a rich [`SENDER`].
#[derive(Clone, Debug)]
pub(crate) struct Sandbox {
    pub(crate) db: MemoryDb,
    pub(crate) env: EvmEnv<ScrollSpecId>,
}

impl Sandbox {
    pub(crate) fn new(fork: ScrollHardfork) -> Self {
        let chain_spec = Arc::new(ScrollChainSpec::with_forced_fork(CHAIN_ID, fork));
        let env = ScrollEvmConfig::new(chain_spec).evm_env(&ScrollHeader {
            number: BLOCK_NUMBER,
            gas_limit: BLOCK_GAS_LIMIT,
            timestamp: 1_700_000_000,
            difficulty: U256::from(2),
            mix_hash: B256::repeat_byte(0x33),
            beneficiary: Address::repeat_byte(0x44),
            ..Default::default()
        });
        let mut sandbox = Self { db: MemoryDb::default(), env };
        sandbox.fund(SENDER, ETHER);
        sandbox
    }

    /// A state in which any fee would show: an oracle with prices, and a base fee from Curie on.
    pub(crate) fn with_fees(fork: ScrollHardfork) -> Self {
        let mut sandbox = Self::new(fork);
        sandbox.set_oracle();
        if sandbox.is_at_least(ScrollSpecId::Curie) {
            sandbox.env.block_env.basefee = 7;
        }
        sandbox
    }

    pub(crate) const fn spec(&self) -> ScrollSpecId {
        self.env.cfg_env.spec
    }

    pub(crate) const fn is_at_least(&self, spec: ScrollSpecId) -> bool {
        self.spec().is_enabled_in(spec)
    }

    pub(crate) fn account(&mut self, address: Address) -> AccountInfo {
        self.db.basic(address).unwrap().unwrap_or_default()
    }

    pub(crate) fn balance(&mut self, address: Address) -> U256 {
        self.account(address).balance
    }

    pub(crate) fn nonce(&mut self, address: Address) -> u64 {
        self.account(address).nonce
    }

    pub(crate) fn slot(&mut self, address: Address, slot: u64) -> U256 {
        self.db.storage(address, U256::from(slot)).unwrap()
    }

    pub(crate) fn fund(&mut self, address: Address, balance: U256) {
        let info = AccountInfo { balance, ..self.account(address) };
        self.db.insert_account_info(address, info);
    }

    pub(crate) fn set_nonce(&mut self, address: Address, nonce: u64) {
        let info = AccountInfo { nonce, ..self.account(address) };
        self.db.insert_account_info(address, info);
    }

    pub(crate) fn deploy(&mut self, address: Address, code: impl Into<Bytes>) {
        let info = self.account(address).with_code(Bytecode::new_raw(code.into()));
        self.db.insert_account_info(address, info);
    }

    /// Makes `address` delegate to `target` (EIP-7702).
    pub(crate) fn delegate(&mut self, address: Address, target: Address) {
        let info = self.account(address).with_code(Bytecode::new_eip7702(target));
        self.db.insert_account_info(address, info);
    }

    pub(crate) fn set_slot(&mut self, address: Address, slot: u64, value: impl Into<U256>) {
        self.db.insert_account_storage(address, U256::from(slot), value.into()).unwrap();
    }

    pub(crate) fn set_oracle(&mut self) {
        set_oracle(&mut self.db);
    }

    /// A legacy call of [`CONTRACT`] by [`SENDER`] at the lowest price.
    pub(crate) fn tx(&mut self) -> ScrollTxEnv {
        let base = TxEnv {
            tx_type: 0,
            caller: SENDER,
            gas_limit: TX_GAS_LIMIT,
            gas_price: self.env.block_env.basefee.into(),
            kind: TxKind::Call(CONTRACT),
            nonce: self.nonce(SENDER),
            chain_id: Some(self.env.cfg_env.chain_id),
            ..Default::default()
        };
        ScrollTxEnv { base, encoded: Some(Bytes::new()) }
    }

    /// An L1 message from [`SENDER`] to [`CONTRACT`].
    pub(crate) fn message(&self) -> ScrollTxEnv {
        let base = TxEnv {
            tx_type: L1_MESSAGE_TX_TYPE,
            caller: SENDER,
            gas_limit: TX_GAS_LIMIT,
            gas_price: 0,
            kind: TxKind::Call(CONTRACT),
            chain_id: None,
            ..Default::default()
        };
        ScrollTxEnv { base, encoded: None }
    }

    /// Executes without changing the state.
    pub(crate) fn run(&self, tx: ScrollTxEnv) -> Result<Outcome, ScrollError> {
        self.execute(tx).map(|(outcome, _)| outcome)
    }

    /// Executes and commits.
    pub(crate) fn commit(&mut self, tx: ScrollTxEnv) -> Result<Outcome, ScrollError> {
        let (outcome, state) = self.execute(tx)?;
        self.db.commit(state.state);
        Ok(outcome)
    }

    /// Executes on a database that fails when `account` is read.
    pub(crate) fn run_without_reading(
        &self,
        account: Address,
        tx: ScrollTxEnv,
    ) -> Result<ExecutionResult, ScrollEvmError<ForbiddenRead>> {
        let db = Forbidden { db: self.db.clone(), account };
        let mut evm = ScrollEvmFactory::default().create_evm(db, self.env.clone());
        evm.transact(tx).map(|executed| executed.result)
    }

    /// Runs `code` as [`CONTRACT`] and tells what it leaves on top of the stack.
    pub(crate) fn evaluate(&mut self, code: Code) -> Evaluated {
        self.deploy(CONTRACT, code.return_top().into_bytes());
        let tx = self.tx();
        let outcome = self.commit(tx).unwrap();
        match outcome.result {
            ExecutionResult::Success { .. } => Evaluated::Word {
                value: outcome.word(0),
                gas: outcome.gas_used() - TX_GAS - Code::RETURN_TOP_GAS,
            },
            ExecutionResult::Halt { ref reason, .. } => {
                assert_eq!(outcome.gas_used(), TX_GAS_LIMIT, "a halt consumes all gas");
                Evaluated::Halted(reason.clone())
            }
            ExecutionResult::Revert { .. } => panic!("reverted"),
        }
    }

    fn execute(&self, tx: ScrollTxEnv) -> Result<(Outcome, ResultAndState), ScrollError> {
        let mut evm = ScrollEvmFactory::default().create_evm(self.db.clone(), self.env.clone());
        let executed = evm.transact(tx)?;
        let outcome = Outcome { result: executed.result.clone(), l1_data_fee: evm.l1_data_fee() };
        Ok((outcome, executed))
    }
}

/// Result of a transaction.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    pub(crate) result: ExecutionResult,
    pub(crate) l1_data_fee: U256,
}

impl Outcome {
    pub(crate) const fn gas_used(&self) -> u64 {
        self.result.tx_gas_used()
    }

    pub(crate) const fn is_success(&self) -> bool {
        self.result.is_success()
    }

    /// A word of the returned data.
    pub(crate) fn word(&self, index: usize) -> U256 {
        let output = self.result.output().unwrap();
        U256::from_be_slice(&output[index * 32..(index + 1) * 32])
    }

    pub(crate) fn halt_reason(&self) -> &HaltReason {
        match &self.result {
            ExecutionResult::Halt { reason, .. } => reason,
            result => panic!("no halt: {result:?}"),
        }
    }
}

/// What [`Sandbox::evaluate`] finds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Evaluated {
    Word { value: U256, gas: u64 },
    Halted(HaltReason),
}

impl Evaluated {
    pub(crate) fn word(value: impl Into<U256>, gas: u64) -> Self {
        Self::Word { value: value.into(), gas }
    }
}

/// The error of an invalid transaction.
pub(crate) fn tx_error<T: std::fmt::Debug, E: std::fmt::Debug>(
    result: Result<T, EVMError<E, ScrollTxError>>,
) -> ScrollTxError {
    match result {
        Err(EVMError::Transaction(err)) => err,
        result => panic!("not an invalid transaction: {result:?}"),
    }
}
