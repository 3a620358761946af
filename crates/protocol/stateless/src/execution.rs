//! Execution of a block on the state of a witness.

use crate::{db::WitnessDatabase, error::WitnessStateError, post_state::post_state};
use alloy_evm::block::{BlockExecutionError, BlockValidationError};
use alloy_primitives::{B256, Bytes};
use rollup_chainspec::{L2_MESSAGE_QUEUE, WITHDRAW_ROOT_SLOT};
use rollup_evm::{ExecuteError, ScrollEvmConfig};
use rollup_primitives::{RecoveredBlock, ScrollReceipt};
use rollup_trie::{PostState, WitnessNodes};
use std::sync::Arc;
use thiserror::Error;

/// The part of the state that a block reads.
#[derive(Clone, Debug)]
pub struct PartialState<'a> {
    /// Root before the block.
    pub root: B256,
    /// Trie nodes.
    pub nodes: Arc<WitnessNodes>,
    /// Contract codes.
    pub codes: &'a [Bytes],
}

/// Results of an executed block, not yet compared with anything.
#[derive(Clone, Debug)]
pub struct StatelessExecution {
    /// Receipt of each transaction.
    pub receipts: Vec<ScrollReceipt>,
    /// Gas used by all of them.
    pub gas_used: u64,
    /// Accounts that changed.
    pub changes: PostState,
    /// State root after the block.
    pub state_root: B256,
    /// Withdraw root after the block, or why the state does not show it: execution does not need it.
    pub withdraw_root: Result<B256, WitnessStateError>,
}

/// Why a block could not be executed.
#[derive(Debug, Error)]
pub enum StatelessError {
    /// The block is invalid.
    #[error("block is invalid")]
    Invalid(#[from] BlockValidationError),
    /// The partial state lacks what the block reads.
    #[error(transparent)]
    State(#[from] WitnessStateError),
    /// A failure that neither block nor state explains.
    #[error("execution failed")]
    Internal(#[source] BlockExecutionError),
}

impl From<ExecuteError<WitnessStateError>> for StatelessError {
    fn from(err: ExecuteError<WitnessStateError>) -> Self {
        match err {
            ExecuteError::Invalid(err) => Self::Invalid(err),
            ExecuteError::Database(err) => Self::State(err),
            ExecuteError::Internal(err) => Self::Internal(err),
        }
    }
}

/// Executes `block` by the rules of `config` and computes the state root behind it.
/// `parent_timestamp` is in seconds.
///
/// # Errors
/// See [`StatelessError`].
pub fn execute(
    config: &ScrollEvmConfig,
    block: &RecoveredBlock,
    parent_timestamp: u64,
    state: &PartialState<'_>,
) -> Result<StatelessExecution, StatelessError> {
    let mut database = WitnessDatabase::new(state);
    let execution = config.execute_block(&mut database, block, parent_timestamp)?;
    let changes = post_state(&execution.changes);
    let state_root = database.root_after(&changes)?;
    let withdraw_root = database.slot_after(L2_MESSAGE_QUEUE, WITHDRAW_ROOT_SLOT);
    Ok(StatelessExecution {
        receipts: execution.receipts,
        gas_used: execution.gas_used,
        changes,
        state_root,
        withdraw_root: withdraw_root.map(B256::from),
    })
}
