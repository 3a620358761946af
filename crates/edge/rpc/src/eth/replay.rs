//! Execution once more of blocks that are in the chain.

use super::{
    block_id,
    blocks::CachedBlock,
    call::{CallState, CallStateError, evm_error},
    error::EthError,
    execute::{Execution, WorkState, commit},
    guard::{TraceGuard, TraceLimits},
};
use alloy_eips::BlockId;
use alloy_evm::{
    EvmEnv, FromRecoveredTx as _,
    block::{BlockExecutionError, BlockExecutor as _, InternalBlockExecutionError},
};
use revm::{
    Inspector,
    context_interface::result::{EVMError, ResultAndState},
    database::CacheDB,
    inspector::NoOpInspector,
    state::EvmState,
};
use rollup_evm::{ScrollContext, ScrollEvmConfig, ScrollSpecId, ScrollTxEnv, ScrollTxError};
use rollup_storage::{ChainView, StorageError};
use std::sync::Arc;

/// The state of a replay: that after the parent block, and what the replayed transactions changed.
pub(crate) type ReplayState<'a> = WorkState<'a>;

/// A block that is executed again, one transaction at a time.
///
/// The fees, nonces and balances are those of the chain, so every transaction gives the result that
/// its receipt tells.
#[derive(Debug)]
pub(crate) struct BlockReplay<'a> {
    state: ReplayState<'a>,
    env: EvmEnv<ScrollSpecId>,
    block: Arc<CachedBlock>,
    next: usize,
    limits: TraceLimits,
}

impl<'a> BlockReplay<'a> {
    /// Before the first transaction of `block`, whose parent the chain that `view` sees has. The
    /// changes that come before all transactions are made. Genesis has no transactions and no
    /// parent: its own state stands in for that of the parent.
    ///
    /// # Errors
    /// [`EthError::Pruned`] if the state of the parent is no longer kept, [`EthError::Cancelled`],
    /// and those of the database.
    pub(crate) fn new(
        config: &ScrollEvmConfig,
        view: &'a ChainView,
        block: Arc<CachedBlock>,
        limits: &TraceLimits,
    ) -> Result<Self, EthError> {
        let header = block.block().header();
        let number = header.number.saturating_sub(1);
        let missing = StorageError::Missing { table: "Headers", number };
        let parent = view.header(number)?.ok_or(missing)?;
        let reader = block_id::state(view, BlockId::number(number))?;
        let mut state = CacheDB::new(CallState::new(reader, limits.cancelled.clone()));
        if header.number > 0 {
            config
                .executor_for_block(&mut state, header, parent.timestamp)
                .apply_pre_execution_changes()
                .map_err(execution_error)?;
        }
        let env = config.evm_env(header);
        Ok(Self { state, env, block, next: 0, limits: limits.clone() })
    }

    /// The block.
    pub(crate) const fn block(&self) -> &Arc<CachedBlock> {
        &self.block
    }

    /// Place of the transaction that comes next; the number of transactions if there is none.
    pub(crate) const fn next_index(&self) -> usize {
        self.next
    }

    /// The state before the next transaction.
    pub(crate) const fn state(&mut self) -> &mut ReplayState<'a> {
        &mut self.state
    }

    /// The state before the next transaction.
    pub(crate) fn into_state(self) -> ReplayState<'a> {
        self.state
    }

    /// The next transaction as the EVM takes it; `None` if there is none.
    pub(crate) fn next_transaction(&self) -> Option<ScrollTxEnv> {
        let block = self.block.block();
        let transaction = block.body().transactions.get(self.next)?;
        let sender = *block.senders().get(self.next)?;
        Some(ScrollTxEnv::from_recovered_tx(transaction, sender))
    }

    /// Executes the transactions before the one at `index`, which are left to be executed.
    ///
    /// # Errors
    /// [`EthError::Cancelled`], [`EthError::TimedOut`], and those of the database.
    pub(crate) fn skip_to(&mut self, index: usize) -> Result<(), EthError> {
        while self.next < index {
            // Nothing of it is kept.
            let guard = TraceGuard::new(NoOpInspector, &self.limits.of_time());
            let Some(done) = self.inspect(guard)? else { break };
            self.commit(done.state);
        }
        Ok(())
    }

    /// The next transaction, ready to be executed. It stays the next one until its changes are
    /// handed to [`Self::commit`]. `None` if there is none.
    pub(crate) fn execution(&mut self) -> Option<Execution<'_, 'a>> {
        let tx = self.next_transaction()?;
        let env = self.env.clone();
        Some(Execution { state: &mut self.state, env, moved_precompiles: &[], tx })
    }

    /// What the next transaction does, which `inspector` sees; `None` if there is none.
    ///
    /// # Errors
    /// As for [`Execution::inspect`].
    pub(crate) fn inspect<'this, I>(
        &'this mut self,
        inspector: I,
    ) -> Result<Option<ResultAndState>, EthError>
    where
        I: Inspector<ScrollContext<&'this mut ReplayState<'a>>>,
    {
        self.execution().map(|execution| execution.into_inspected(inspector)).transpose()
    }

    /// Makes the changes of the next transaction, and goes on to the one behind it.
    pub(crate) fn commit(&mut self, changes: EvmState) {
        commit(&mut self.state, changes);
        self.next += 1;
    }
}

/// The executor hides the error of the state in a box.
pub(super) fn execution_error(err: BlockExecutionError) -> EthError {
    let BlockExecutionError::Internal(InternalBlockExecutionError::Other(err)) = err else {
        return EthError::Replay(Box::new(err));
    };
    let err = match err.downcast::<CallStateError>() {
        Ok(err) => return (*err).into(),
        Err(err) => err,
    };
    match err.downcast::<EVMError<CallStateError, ScrollTxError>>() {
        Ok(err) => evm_error(*err),
        Err(err) => EthError::Replay(Box::new(InternalBlockExecutionError::Other(err).into())),
    }
}
