//! Whole blocks.

use super::{BLOCK_GAS_LIMIT, BLOCK_NUMBER, CHAIN_ID, CONTRACT, ETHER, MemoryDb, OTHER, SENDER};
use alloy_consensus::{SignableTransaction, TxLegacy, transaction::Recovered};
use alloy_evm::block::{BlockExecutionError, BlockExecutionResult, BlockExecutor, StateDB};
use alloy_primitives::{Address, B256, Bytes, Signature, TxKind, U256};
use revm::{
    Database,
    bytecode::Bytecode,
    database::{BundleState, State, states::bundle_state::BundleRetention},
    state::AccountInfo,
};
use rollup_chainspec::{L1_GAS_PRICE_ORACLE, ScrollChainSpec, ScrollHardfork};
use rollup_evm::ScrollEvmConfig;
use rollup_primitives::{ScrollHeader, ScrollReceipt, ScrollTxEnvelope, TxL1Message};
use std::sync::Arc;

type BlockResult = Result<BlockExecutionResult<ScrollReceipt>, BlockExecutionError>;

/// A chain and the state that its next block starts from.
#[derive(Debug)]
pub(crate) struct Chain {
    pub(crate) config: ScrollEvmConfig,
    pub(crate) state: State<MemoryDb>,
}

impl Chain {
    pub(crate) fn new(chain_spec: ScrollChainSpec, db: MemoryDb) -> Self {
        let state = State::builder().with_database(db).with_bundle_update().build();
        Self { config: ScrollEvmConfig::new(Arc::new(chain_spec)), state }
    }

    /// A chain with a rich [`SENDER`] that has been under the rules of `fork` for long.
    pub(crate) fn forced(fork: ScrollHardfork) -> Self {
        Self::new(ScrollChainSpec::with_forced_fork(CHAIN_ID, fork), rich_sender())
    }

    /// Executes a block whose parent has the timestamp before.
    pub(crate) fn execute(
        &mut self,
        header: &ScrollHeader,
        txs: &[Recovered<ScrollTxEnvelope>],
    ) -> BlockResult {
        let parent_timestamp = header.timestamp.saturating_sub(1);
        execute_on(&self.config, &mut self.state, header, parent_timestamp, txs)
    }

    pub(crate) fn bundle(&mut self) -> BundleState {
        self.state.merge_transitions(BundleRetention::Reverts);
        self.state.take_bundle()
    }

    pub(crate) fn account(&mut self, address: Address) -> Option<AccountInfo> {
        self.state.basic(address).unwrap()
    }

    pub(crate) fn slot(&mut self, address: Address, slot: u64) -> U256 {
        self.state.basic(address).unwrap();
        self.state.storage(address, U256::from(slot)).unwrap()
    }
}

/// Executes a block on any state.
pub(crate) fn execute_on<DB: StateDB>(
    config: &ScrollEvmConfig,
    db: DB,
    header: &ScrollHeader,
    parent_timestamp: u64,
    txs: &[Recovered<ScrollTxEnvelope>],
) -> BlockResult {
    let mut executor = config.executor_for_block(db, header, parent_timestamp);
    executor.apply_pre_execution_changes()?;
    for tx in txs {
        executor.execute_transaction(tx)?;
    }
    executor.apply_post_execution_changes()
}

/// A state in which [`SENDER`] has 1 ether.
pub(crate) fn rich_sender() -> MemoryDb {
    let mut db = MemoryDb::default();
    db.insert_account_info(SENDER, AccountInfo::from_balance(ETHER));
    db
}

pub(crate) fn deploy(db: &mut MemoryDb, address: Address, code: impl Into<Bytes>) {
    let mut info = db.basic(address).unwrap().unwrap_or_default();
    info.nonce = 1;
    db.insert_account_info(address, info.with_code(Bytecode::new_raw(code.into())));
}

/// Oracle values by which every formula gives a fee that is neither zero nor capped.
pub(crate) fn set_oracle(db: &mut MemoryDb) {
    let info = db.basic(L1_GAS_PRICE_ORACLE).unwrap().unwrap_or_default().with_nonce(1);
    db.insert_account_info(L1_GAS_PRICE_ORACLE, info);
    for (slot, value) in [
        (1, 3_000_000_007_u64),
        (2, 188),
        (3, 1_150_000_000),
        (5, 1_000_003),
        (6, 2_394_981_796),
        (7, 1_019_097_245),
        (9, 1_500_000_000),
        (10, 2_500_000_000),
    ] {
        let (slot, value) = (U256::from(slot), U256::from(value));
        db.insert_account_storage(L1_GAS_PRICE_ORACLE, slot, value).unwrap();
    }
}

/// A block that is not the first of any forced fork.
pub(crate) fn block_header() -> ScrollHeader {
    ScrollHeader {
        parent_hash: B256::repeat_byte(0x77),
        number: BLOCK_NUMBER,
        gas_limit: BLOCK_GAS_LIMIT,
        timestamp: 1_700_000_000,
        ..Default::default()
    }
}

/// Signs with a signature that is not the sender's.
pub(crate) fn signed<T>(tx: T, sender: Address) -> Recovered<ScrollTxEnvelope>
where
    T: SignableTransaction<Signature>,
    alloy_consensus::Signed<T>: Into<ScrollTxEnvelope>,
{
    Recovered::new_unchecked(tx.into_signed(Signature::test_signature()).into(), sender)
}

/// [`SENDER`] sends `value` to [`OTHER`] at a gas price of 1 gwei.
pub(crate) fn transfer(nonce: u64, value: U256) -> Recovered<ScrollTxEnvelope> {
    signed(legacy(nonce, OTHER, value), SENDER)
}

pub(crate) const fn legacy(nonce: u64, to: Address, value: U256) -> TxLegacy {
    TxLegacy {
        chain_id: Some(CHAIN_ID),
        nonce,
        gas_price: 1_000_000_000,
        gas_limit: 100_000,
        to: TxKind::Call(to),
        value,
        input: Bytes::new(),
    }
}

/// A message from `sender` to [`CONTRACT`].
pub(crate) fn l1_message(sender: Address, gas_limit: u64) -> Recovered<ScrollTxEnvelope> {
    let message = TxL1Message {
        queue_index: 7,
        gas_limit,
        to: CONTRACT,
        value: U256::ZERO,
        input: Bytes::new(),
        sender,
    };
    Recovered::new_unchecked(message.into(), sender)
}
