//! The EIP-2935 call at the start of each block from Feynman on (spec/execution 3.5).

use alloy_eips::{eip2935::HISTORY_STORAGE_ADDRESS, eip4788::SYSTEM_ADDRESS};
use alloy_evm::Evm;
use alloy_primitives::B256;
use revm::{DatabaseCommit, context_interface::result::ResultAndState};

/// Lets the history contract store the parent's hash. Does nothing where it is not deployed.
pub(super) fn store_parent_hash<E>(evm: &mut E, parent_hash: B256) -> Result<(), E::Error>
where
    E: Evm<DB: DatabaseCommit>,
{
    let ResultAndState { mut state, .. } =
        evm.transact_system_call(SYSTEM_ADDRESS, HISTORY_STORAGE_ADDRESS, parent_hash.0.into())?;
    // The caller is a fiction and must not come into being.
    state.remove(&SYSTEM_ADDRESS);
    evm.db_mut().commit(state);
    Ok(())
}
