//! The block executor.

use super::{curie, feynman, galileo_v2, history, oracle_upgrade::OracleUpgrade};
use crate::{
    evm::{ScrollContext, ScrollEvm, ScrollEvmFactory},
    spec::ScrollSpecId,
};
use alloy_consensus::{EthereumReceipt, Transaction, TransactionEnvelope, transaction::TxHashRef};
use alloy_evm::{
    Evm, RecoveredTx,
    block::{
        BlockExecutionError, BlockExecutionResult, BlockExecutor, BlockExecutorFactory,
        BlockValidationError, ExecutableTx, GasOutput, StateDB, TxResult,
    },
};
use alloy_primitives::{B256, U256};
use revm::{
    Inspector,
    context::Block,
    context_interface::result::{HaltReason, ResultAndState},
};
use rollup_chainspec::{ScrollChainSpec, ScrollHardfork};
use rollup_primitives::{ScrollReceipt, ScrollTxEnvelope, ScrollTxType};
use std::sync::Arc;

/// What a block needs beyond its EVM environment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ScrollBlockExecutionCtx {
    /// Hash of the parent block.
    pub parent_hash: B256,
    /// Timestamp of the parent block in seconds: tells the first block of a fork.
    pub parent_timestamp: u64,
}

/// Outcome of a transaction that is not yet committed.
#[derive(Debug)]
pub struct ScrollTxResult {
    /// Result and changed accounts.
    pub result: ResultAndState,
    /// Type of the transaction.
    pub tx_type: ScrollTxType,
    /// L1 data fee in wei.
    pub l1_data_fee: U256,
}

impl TxResult for ScrollTxResult {
    type HaltReason = HaltReason;

    fn result(&self) -> &ResultAndState {
        &self.result
    }

    fn into_result(self) -> ResultAndState {
        self.result
    }
}

/// Executes the transactions of one block, one by one, on an EVM.
#[derive(Debug)]
pub struct ScrollBlockExecutor<'a, DB: StateDB, I> {
    evm: ScrollEvm<DB, I>,
    chain_spec: &'a ScrollChainSpec,
    ctx: ScrollBlockExecutionCtx,
    receipts: Vec<ScrollReceipt>,
    gas_used: u64,
}

impl<'a, DB, I> ScrollBlockExecutor<'a, DB, I>
where
    DB: StateDB,
    I: Inspector<ScrollContext<DB>>,
{
    /// An executor for the block that `evm` has the environment of.
    pub const fn new(
        evm: ScrollEvm<DB, I>,
        chain_spec: &'a ScrollChainSpec,
        ctx: ScrollBlockExecutionCtx,
    ) -> Self {
        Self { evm, chain_spec, ctx, receipts: Vec::new(), gas_used: 0 }
    }

    /// Goes on behind transactions that were executed before.
    pub(super) fn resume(&mut self, receipts: Vec<ScrollReceipt>, gas_used: u64) {
        (self.receipts, self.gas_used) = (receipts, gas_used);
    }

    /// Whether the block is the first that `fork` is active in. Genesis is not executed, so what
    /// a fork changes at genesis is up to block 1.
    fn is_first_block_of(&self, fork: ScrollHardfork) -> bool {
        let block = self.evm.block();
        let (number, timestamp) = (block.number.to::<u64>(), block.timestamp.to());
        let parent = (number.saturating_sub(1), self.ctx.parent_timestamp);
        self.chain_spec.is_fork_active(fork, number, timestamp)
            && (number <= 1 || !self.chain_spec.is_fork_active(fork, parent.0, parent.1))
    }

    /// The irregular changes of the forks, each at the one block that activates it.
    ///
    /// Spec/execution 5 offers two rules for that block: by timestamp, or by a flag that is not yet
    /// set. They agree on the public networks. Recorded blocks of a chain that had its forks from
    /// genesis and never set the flag obey the first; the dev chain obeys the second, in block 1.
    fn upgrade_oracle(&mut self) -> Result<(), DB::Error> {
        let number = self.evm.block().number.to();
        if self.chain_spec.is_curie_activation_block(number) {
            curie::UPGRADE.apply(self.evm.db_mut())?;
        }
        for (fork, flag_slot, upgrade) in [
            (ScrollHardfork::Feynman, feynman::FLAG_SLOT, feynman::UPGRADE),
            (ScrollHardfork::GalileoV2, galileo_v2::FLAG_SLOT, galileo_v2::UPGRADE),
        ] {
            if self.is_first_block_of(fork)
                && !OracleUpgrade::is_flag_set(self.evm.db_mut(), flag_slot)?
            {
                upgrade.apply(self.evm.db_mut())?;
            }
        }
        Ok(())
    }
}

impl<DB, I> BlockExecutor for ScrollBlockExecutor<'_, DB, I>
where
    DB: StateDB,
    I: Inspector<ScrollContext<DB>>,
{
    type Transaction = ScrollTxEnvelope;
    type Receipt = ScrollReceipt;
    type Evm = ScrollEvm<DB, I>;
    type Result = ScrollTxResult;

    fn apply_pre_execution_changes(&mut self) -> Result<(), BlockExecutionError> {
        self.upgrade_oracle().map_err(BlockExecutionError::other)?;
        let is_genesis = self.evm.block().number.is_zero();
        if self.evm.cfg_env().spec.is_enabled_in(ScrollSpecId::Feynman) && !is_genesis {
            history::store_parent_hash(&mut self.evm, self.ctx.parent_hash)
                .map_err(BlockExecutionError::other)?;
        }
        Ok(())
    }

    fn execute_transaction_without_commit(
        &mut self,
        tx: impl ExecutableTx<Self>,
    ) -> Result<ScrollTxResult, BlockExecutionError> {
        let (tx_env, tx) = tx.into_parts();
        let block_available_gas = self.evm.block().gas_limit().saturating_sub(self.gas_used);
        let transaction_gas_limit = tx.tx().gas_limit();
        if transaction_gas_limit > block_available_gas {
            return Err(BlockValidationError::TransactionGasLimitMoreThanAvailableBlockGas {
                transaction_gas_limit,
                block_available_gas,
            }
            .into());
        }
        let result = self
            .evm
            .transact(tx_env)
            .map_err(|err| BlockExecutionError::evm(err, *tx.tx().tx_hash()))?;
        let l1_data_fee = self.evm.l1_data_fee();
        Ok(ScrollTxResult { result, tx_type: tx.tx().tx_type(), l1_data_fee })
    }

    fn commit_transaction(&mut self, output: ScrollTxResult) -> GasOutput {
        let ScrollTxResult { result: ResultAndState { result, state }, tx_type, l1_data_fee } =
            output;
        let tx_gas_used = result.tx_gas_used();
        self.gas_used += tx_gas_used;
        self.receipts.push(ScrollReceipt {
            inner: EthereumReceipt {
                tx_type,
                success: result.is_success(),
                cumulative_gas_used: self.gas_used,
                logs: result.into_logs(),
            },
            l1_fee: l1_data_fee,
        });
        self.evm.db_mut().commit(state);
        GasOutput::new(tx_gas_used)
    }

    fn finish(
        self,
    ) -> Result<(Self::Evm, BlockExecutionResult<ScrollReceipt>), BlockExecutionError> {
        let result = BlockExecutionResult {
            receipts: self.receipts,
            gas_used: self.gas_used,
            ..Default::default()
        };
        Ok((self.evm, result))
    }

    fn evm_mut(&mut self) -> &mut Self::Evm {
        &mut self.evm
    }

    fn evm(&self) -> &Self::Evm {
        &self.evm
    }

    fn receipts(&self) -> &[ScrollReceipt] {
        &self.receipts
    }
}

/// Makes [`ScrollBlockExecutor`]s for one chain.
#[derive(Clone, Debug)]
pub struct ScrollBlockExecutorFactory {
    chain_spec: Arc<ScrollChainSpec>,
    evm_factory: ScrollEvmFactory,
}

impl ScrollBlockExecutorFactory {
    /// A factory for a chain.
    pub const fn new(chain_spec: Arc<ScrollChainSpec>, evm_factory: ScrollEvmFactory) -> Self {
        Self { chain_spec, evm_factory }
    }

    /// The chain.
    pub const fn chain_spec(&self) -> &Arc<ScrollChainSpec> {
        &self.chain_spec
    }
}

impl BlockExecutorFactory for ScrollBlockExecutorFactory {
    type EvmFactory = ScrollEvmFactory;
    type TxExecutionResult = ScrollTxResult;
    type ExecutionCtx<'a> = ScrollBlockExecutionCtx;
    type Transaction = ScrollTxEnvelope;
    type Receipt = ScrollReceipt;
    type Executor<'a, DB: StateDB, I: Inspector<ScrollContext<DB>>> =
        ScrollBlockExecutor<'a, DB, I>;

    fn evm_factory(&self) -> &ScrollEvmFactory {
        &self.evm_factory
    }

    fn create_executor<'a, DB, I>(
        &'a self,
        evm: ScrollEvm<DB, I>,
        ctx: ScrollBlockExecutionCtx,
    ) -> ScrollBlockExecutor<'a, DB, I>
    where
        DB: StateDB,
        I: Inspector<ScrollContext<DB>>,
    {
        ScrollBlockExecutor::new(evm, &self.chain_spec, ctx)
    }
}
