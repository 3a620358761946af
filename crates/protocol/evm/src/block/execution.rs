//! Execution of a whole block that exists already.

use crate::config::ScrollEvmConfig;
use alloy_evm::block::{BlockExecutionError, BlockExecutor, BlockValidationError};
use alloy_primitives::{Address, B256, U256};
use revm::{
    Database,
    bytecode::Bytecode,
    database::{BundleState, State, states::bundle_state::BundleRetention},
    database_interface::DBErrorMarker,
    state::AccountInfo,
};
use rollup_primitives::{RecoveredBlock, ScrollReceipt};
use thiserror::Error;

/// Results of an executed block, not yet compared with anything.
#[derive(Clone, Debug)]
pub struct BlockExecution {
    /// Receipt of each transaction.
    pub receipts: Vec<ScrollReceipt>,
    /// Gas used by all of them.
    pub gas_used: u64,
    /// What the block changed in the state, without reverts.
    pub changes: BundleState,
}

/// Why a block could not be executed on a database with errors of type `E`.
#[derive(Debug, Error)]
pub enum ExecuteError<E: DBErrorMarker> {
    /// The block is invalid.
    #[error("block is invalid")]
    Invalid(#[from] BlockValidationError),
    /// The database failed. Says nothing about the block, whatever else went wrong.
    #[error("the state cannot be read")]
    Database(#[source] E),
    /// A failure that neither block nor database explains.
    #[error("execution failed")]
    Internal(#[source] BlockExecutionError),
}

impl ScrollEvmConfig {
    /// Executes `block` on `database`, the state after its parent. `parent_timestamp` is in seconds.
    ///
    /// # Errors
    /// See [`ExecuteError`].
    pub fn execute_block<DB>(
        &self,
        database: DB,
        block: &RecoveredBlock,
        parent_timestamp: u64,
    ) -> Result<BlockExecution, ExecuteError<DB::Error>>
    where
        DB: alloy_evm::Database,
    {
        let database = Recording { database, failure: None };
        let mut state = State::builder().with_database(database).with_bundle_update().build();
        let executor = self.executor_for_block(&mut state, block.header(), parent_timestamp);
        let result = executor.execute_block(block.transactions_recovered());
        if let Some(failure) = state.database.failure.take() {
            return Err(ExecuteError::Database(failure));
        }
        let result = result.map_err(|err| match err {
            BlockExecutionError::Validation(err) => ExecuteError::Invalid(err),
            err @ BlockExecutionError::Internal(_) => ExecuteError::Internal(err),
        })?;
        state.merge_transitions(BundleRetention::PlainState);
        let (receipts, gas_used) = (result.receipts, result.gas_used);
        Ok(BlockExecution { receipts, gas_used, changes: state.take_bundle() })
    }
}

/// Keeps the error of a database, which the executor returns only in a box that hides its type.
#[derive(Debug)]
struct Recording<DB: Database> {
    database: DB,
    failure: Option<DB::Error>,
}

/// What the executor sees of the error that was kept.
#[derive(Debug, Error)]
#[error("the state cannot be read")]
struct DatabaseFailed;

impl DBErrorMarker for DatabaseFailed {}

impl<DB: Database> Recording<DB> {
    fn keep<T>(&mut self, result: Result<T, DB::Error>) -> Result<T, DatabaseFailed> {
        result.map_err(|err| {
            self.failure = Some(err);
            DatabaseFailed
        })
    }
}

impl<DB: Database> Database for Recording<DB> {
    type Error = DatabaseFailed;

    fn basic(&mut self, address: Address) -> Result<Option<AccountInfo>, DatabaseFailed> {
        let result = self.database.basic(address);
        self.keep(result)
    }

    fn code_by_hash(&mut self, code_hash: B256) -> Result<Bytecode, DatabaseFailed> {
        let result = self.database.code_by_hash(code_hash);
        self.keep(result)
    }

    fn storage(&mut self, address: Address, slot: U256) -> Result<U256, DatabaseFailed> {
        let result = self.database.storage(address, slot);
        self.keep(result)
    }

    fn block_hash(&mut self, number: u64) -> Result<B256, DatabaseFailed> {
        let result = self.database.block_hash(number);
        self.keep(result)
    }
}
