//! Building a block: the executor, the rules for what may go in, and the assembled header.

use super::executor::ScrollBlockExecutor;
use crate::{config::ScrollEvmConfig, error::ScrollTxError, spec::ScrollSpecId};
use alloy_consensus::{Transaction, proofs, transaction::Recovered};
use alloy_evm::{
    Evm,
    block::{BlockExecutionError, BlockExecutor, BlockValidationError, StateDB},
};
use alloy_primitives::{Address, B64, B256, U256};
use revm::{
    context_interface::result::{ExecutionResult, HaltReason},
    inspector::NoOpInspector,
};
use rollup_primitives::{
    ScrollBlock, ScrollBlockBody, ScrollHeader, ScrollReceipt, ScrollTxEnvelope, SealedHeader,
};
use thiserror::Error;

/// Difficulty of every block since the sequencer no longer takes turns.
const BUILT_DIFFICULTY: U256 = U256::ONE;

/// What the builder of a block is free to choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NextBlockAttributes {
    /// Seconds since the Unix epoch; not before the parent's.
    pub timestamp: u64,
    /// Gas limit of the block.
    pub gas_limit: u64,
    /// Base fee in wei; `None` before Curie, where headers have none.
    pub base_fee_per_gas: Option<u64>,
}

/// Why a transaction did not get into the block.
#[derive(Debug, Error)]
pub enum BuildError {
    /// No room for its gas limit. Nothing is wrong with the transaction.
    #[error("gas limit {gas_limit} exceeds the {available} gas left in the block")]
    BlockFull {
        /// Gas limit of the transaction.
        gas_limit: u64,
        /// Gas left, full limits of L1 messages counted.
        available: u64,
    },
    /// It is not valid in this state.
    #[error("transaction cannot be included")]
    Invalid(#[from] BlockValidationError),
    /// Execution failed for no fault of the transaction; the block must be given up.
    #[error("execution failed")]
    Internal(#[source] BlockExecutionError),
}

impl From<BlockExecutionError> for BuildError {
    fn from(err: BlockExecutionError) -> Self {
        match err {
            BlockExecutionError::Validation(err) => Self::Invalid(err),
            err @ BlockExecutionError::Internal(_) => Self::Internal(err),
        }
    }
}

/// A block that lacks only its state root, and the database with its changes.
#[derive(Debug)]
pub struct BuiltBlock<DB> {
    /// Header with a zero state root, and body.
    pub block: ScrollBlock,
    /// Sender of each transaction.
    pub senders: Vec<Address>,
    /// Receipt of each transaction.
    pub receipts: Vec<ScrollReceipt>,
    /// The database handed to the builder.
    pub db: DB,
}

/// A block of which all transactions are executed, and neither roots nor bloom are computed.
#[derive(Debug)]
pub struct RootlessBlock {
    block: ScrollBlock,
    senders: Vec<Address>,
    receipts: Vec<ScrollReceipt>,
}

/// What of a block is executed: everything but the state. Cloning it copies no input of a
/// transaction.
#[derive(Clone, Debug, Default)]
pub struct BlockProgress {
    transactions: Vec<ScrollTxEnvelope>,
    senders: Vec<Address>,
    receipts: Vec<ScrollReceipt>,
    gas_used: u64,
    gas_reserved: u64,
}

impl BlockProgress {
    /// The transactions so far.
    pub fn transactions(&self) -> &[ScrollTxEnvelope] {
        &self.transactions
    }

    /// What would be the block if no transaction came any more.
    pub fn into_block(
        self,
        config: &ScrollEvmConfig,
        parent: &SealedHeader,
        attributes: &NextBlockAttributes,
    ) -> RootlessBlock {
        let Self { transactions, senders, receipts, gas_used, .. } = self;
        let spec = config.next_evm_env(parent, attributes).cfg_env.spec;
        let header = header(parent, attributes, gas_used, spec);
        let body = ScrollBlockBody { transactions, ..Default::default() };
        RootlessBlock { block: ScrollBlock { header, body }, senders, receipts }
    }
}

/// Takes transactions one by one and makes a block of those that fit.
#[derive(Debug)]
pub struct BlockBuilder<'a, DB: StateDB> {
    executor: ScrollBlockExecutor<'a, DB, NoOpInspector>,
    parent: &'a SealedHeader,
    attributes: NextBlockAttributes,
    transactions: Vec<ScrollTxEnvelope>,
    senders: Vec<Address>,
    /// As l2geth counts it: L1 messages by their limit, others by what they used.
    gas_reserved: u64,
}

impl<'a, DB: StateDB> BlockBuilder<'a, DB> {
    /// Starts a block on `parent`, whose post-state `db` holds, and applies what a block does
    /// before its first transaction.
    ///
    /// # Errors
    /// Only those of the database.
    pub fn new(
        config: &'a ScrollEvmConfig,
        db: DB,
        parent: &'a SealedHeader,
        attributes: NextBlockAttributes,
    ) -> Result<Self, BlockExecutionError> {
        let mut executor = config.executor_for_next_block(db, parent, &attributes);
        executor.apply_pre_execution_changes()?;
        Ok(Self {
            executor,
            parent,
            attributes,
            transactions: Vec::new(),
            senders: Vec::new(),
            gas_reserved: 0,
        })
    }

    /// Goes on with a block that was suspended. `db` holds the state that its transactions left.
    pub fn resume(
        config: &'a ScrollEvmConfig,
        db: DB,
        parent: &'a SealedHeader,
        attributes: NextBlockAttributes,
        progress: BlockProgress,
    ) -> Self {
        let BlockProgress { transactions, senders, receipts, gas_used, gas_reserved } = progress;
        let mut executor = config.executor_for_next_block(db, parent, &attributes);
        executor.resume(receipts, gas_used);
        Self { executor, parent, attributes, transactions, senders, gas_reserved }
    }

    /// Takes what is done apart from the state, to go on later.
    ///
    /// # Errors
    /// As for [`Self::finish`].
    pub fn suspend(self) -> Result<(BlockProgress, DB), BlockExecutionError> {
        let Self { executor, transactions, senders, gas_reserved, .. } = self;
        let (evm, result) = executor.finish()?;
        let (db, _) = evm.finish();
        let (receipts, gas_used) = (result.receipts, result.gas_used);
        Ok((BlockProgress { transactions, senders, receipts, gas_used, gas_reserved }, db))
    }

    /// Gas that further transactions may reserve.
    pub const fn available_gas(&self) -> u64 {
        self.attributes.gas_limit.saturating_sub(self.gas_reserved)
    }

    /// Executes a transaction and appends it to the block. Returns the gas it used.
    ///
    /// # Errors
    /// On any error the block is as it was before the call.
    pub fn push(&mut self, tx: Recovered<ScrollTxEnvelope>) -> Result<u64, BuildError> {
        let (gas_limit, available) = (tx.gas_limit(), self.available_gas());
        if gas_limit > available {
            return Err(BuildError::BlockFull { gas_limit, available });
        }
        let is_l1_message = tx.is_l1_message();
        let output = self.executor.execute_transaction_without_commit(&tx)?;
        if !is_l1_message && ran_out_of_funds(&output.result.result) {
            // Other clients demand value, gas and L1 data fee up front (spec/execution, doubt 6).
            let (hash, error) = (*tx.hash(), Box::new(ScrollTxError::InsufficientFundsForValue));
            return Err(BlockValidationError::InvalidTx { hash, error }.into());
        }
        let gas_used = self.executor.commit_transaction(output).tx_gas_used();
        self.gas_reserved += if is_l1_message { gas_limit } else { gas_used };
        let (tx, sender) = tx.into_parts();
        self.transactions.push(tx);
        self.senders.push(sender);
        Ok(gas_used)
    }

    /// Ends the block.
    ///
    /// # Errors
    /// None today; the executor's trait allows for one.
    pub fn finish(self) -> Result<BuiltBlock<DB>, BlockExecutionError> {
        let (block, db) = self.finish_execution()?;
        Ok(block.with_roots(db))
    }

    /// Ends the block, and leaves the roots of transactions and receipts to be computed beside
    /// something else.
    ///
    /// # Errors
    /// As for [`Self::finish`].
    pub fn finish_execution(self) -> Result<(RootlessBlock, DB), BlockExecutionError> {
        let (evm, result) = self.executor.finish()?;
        let (db, env) = evm.finish();
        let spec = env.cfg_env.spec;
        let header = header(self.parent, &self.attributes, result.gas_used, spec);
        let body = ScrollBlockBody { transactions: self.transactions, ..Default::default() };
        let block = RootlessBlock {
            block: ScrollBlock { header, body },
            senders: self.senders,
            receipts: result.receipts,
        };
        Ok((block, db))
    }
}

impl RootlessBlock {
    /// Computes transactions root, receipts root and logs bloom. `db` becomes that of the result.
    pub fn with_roots<DB>(self, db: DB) -> BuiltBlock<DB> {
        let Self { mut block, senders, receipts } = self;
        let header = &mut block.header;
        header.transactions_root = proofs::calculate_transaction_root(&block.body.transactions);
        header.receipts_root = ScrollReceipt::receipts_root(&receipts);
        header.logs_bloom = ScrollReceipt::logs_bloom(&receipts);
        BuiltBlock { block, senders, receipts, db }
    }
}

/// The header without roots and bloom.
fn header(
    parent: &SealedHeader,
    attributes: &NextBlockAttributes,
    gas_used: u64,
    spec: ScrollSpecId,
) -> ScrollHeader {
    let has_base_fee = spec.is_enabled_in(ScrollSpecId::Curie);
    ScrollHeader {
        parent_hash: parent.hash(),
        state_root: B256::ZERO,
        transactions_root: B256::ZERO,
        receipts_root: B256::ZERO,
        difficulty: BUILT_DIFFICULTY,
        number: parent.number + 1,
        gas_limit: attributes.gas_limit,
        gas_used,
        timestamp: attributes.timestamp,
        mix_hash: B256::ZERO,
        nonce: B64::ZERO,
        base_fee_per_gas: has_base_fee.then(|| attributes.base_fee_per_gas.unwrap_or_default()),
        ..Default::default()
    }
}

/// Whether the transfer of the transaction's own value failed: inner calls never halt this way.
const fn ran_out_of_funds(result: &ExecutionResult) -> bool {
    matches!(result, ExecutionResult::Halt { reason: HaltReason::OutOfFunds, .. })
}
