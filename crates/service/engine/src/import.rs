//! Import of one block.

use crate::error::{Fault, ImportError, InvalidReason};
use alloy_eips::BlockNumHash;
use revm::database::WrapDatabaseRef;
use rollup_consensus::{
    recover_senders, validate_body, validate_header, validate_header_against_parent,
    validate_post_execution, validate_state_root,
};
use rollup_evm::{BlockExecution, ScrollEvmConfig};
use rollup_primitives::{RecoveredBlock, SealedBlock, SealedHeader};
use rollup_storage::{ChainView, ExecutedBlock, StateDiff, StorageError};

/// Validates `block` as the next block of `view`, executes it and compares the results with what its
/// header says. The view stays as it is, and the signature of the result is left empty.
///
/// # Errors
/// See [`ImportError`].
pub fn execute_block(
    config: &ScrollEvmConfig,
    view: &ChainView,
    block: SealedBlock,
) -> Result<ExecutedBlock, ImportError> {
    let id = block.num_hash();
    let internal = |err: StorageError| Fault::from(err).of(id);
    let head = view.head().map_err(internal)?;
    if block.parent_hash != head.hash {
        return Err(ImportError::NotAChild { block: id, head });
    }
    let parent = sealed_header(view, head).map_err(internal)?;
    let block = validate(config, &parent, block).map_err(|reason| Fault::from(reason).of(id))?;
    execute(config, view, parent.timestamp, block).map_err(|fault| fault.of(id))
}

/// Validates `block` as a child of `parent` as far as that needs no state.
///
/// # Errors
/// [`ImportError::Invalid`].
pub(crate) fn validate_block(
    config: &ScrollEvmConfig,
    parent: &SealedHeader,
    block: SealedBlock,
) -> Result<RecoveredBlock, ImportError> {
    let id = block.num_hash();
    validate(config, parent, block).map_err(|reason| Fault::from(reason).of(id))
}

fn sealed_header(view: &ChainView, id: BlockNumHash) -> Result<SealedHeader, StorageError> {
    let missing = StorageError::Missing { table: "Headers", number: id.number };
    let header = view.header(id.number)?.ok_or(missing)?;
    Ok(SealedHeader::new(header, id.hash))
}

/// The rules that need no state.
fn validate(
    config: &ScrollEvmConfig,
    parent: &SealedHeader,
    block: SealedBlock,
) -> Result<RecoveredBlock, InvalidReason> {
    validate_header(block.header(), config.chain_spec())?;
    validate_header_against_parent(block.header(), parent)?;
    validate_body(&block, config.chain_spec())?;
    Ok(recover_senders(block)?)
}

fn execute(
    config: &ScrollEvmConfig,
    view: &ChainView,
    parent_timestamp: u64,
    block: RecoveredBlock,
) -> Result<ExecutedBlock, Fault> {
    let database = WrapDatabaseRef(view.latest_state());
    let BlockExecution { receipts, gas_used, changes } =
        config.execute_block(database, &block, parent_timestamp)?;
    validate_post_execution(block.header(), gas_used, &receipts).map_err(InvalidReason::from)?;
    let changes = view.changes(StateDiff::from(&changes))?;
    validate_state_root(block.header(), changes.state_root(), config.chain_spec())
        .map_err(InvalidReason::from)?;
    Ok(ExecutedBlock { block, receipts, changes, signature: None })
}
