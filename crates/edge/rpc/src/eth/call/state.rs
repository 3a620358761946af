//! The stored state as a simulation reads it.

use crate::eth::error::EthError;
use alloy_primitives::{Address, B256, Bytes, U256};
use revm::{
    DatabaseRef,
    bytecode::Bytecode,
    database::{AccountState, Cache},
    database_interface::DBErrorMarker,
    state::AccountInfo,
};
use rollup_storage::{StateReader, StorageError};
use std::sync::Arc;
use thiserror::Error;
use tokio_util::sync::CancellationToken;

/// Why a simulation cannot read on.
#[derive(Debug, Error)]
pub(crate) enum CallStateError {
    /// The stored chain cannot be read.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// Nobody waits for the result any more.
    #[error("execution aborted")]
    Cancelled,
    /// The time that the caller gave is over.
    #[error("execution timeout")]
    TimedOut,
    /// What an inspector would keep is more than it may.
    #[error("the trace exceeds {max_bytes} bytes")]
    TraceTooLarge {
        /// Bytes that a trace may take.
        max_bytes: usize,
    },
}

impl DBErrorMarker for CallStateError {}

impl From<CallStateError> for EthError {
    fn from(err: CallStateError) -> Self {
        match err {
            CallStateError::Storage(err) => err.into(),
            CallStateError::Cancelled => Self::Cancelled,
            CallStateError::TimedOut => Self::TimedOut,
            CallStateError::TraceTooLarge { max_bytes } => Self::TraceTooLarge { max_bytes },
        }
    }
}

/// The state after a block, until the simulation is cancelled.
#[derive(Debug)]
pub(crate) struct CallState<'a> {
    state: StateReader<'a>,
    /// What the transactions of the pending block read and wrote, on top of the head's state.
    pending: Option<Arc<Cache>>,
    cancelled: CancellationToken,
}

impl<'a> CallState<'a> {
    pub(crate) const fn new(state: StateReader<'a>, cancelled: CancellationToken) -> Self {
        Self { state, pending: None, cancelled }
    }

    /// With the changes of the block that follows that of `state`.
    pub(crate) const fn pending(
        state: StateReader<'a>,
        pending: Arc<Cache>,
        cancelled: CancellationToken,
    ) -> Self {
        Self { state, pending: Some(pending), cancelled }
    }

    /// # Errors
    /// [`CallStateError::Cancelled`] if nobody waits for the result any more.
    pub(crate) fn check(&self) -> Result<(), CallStateError> {
        if self.cancelled.is_cancelled() { Err(CallStateError::Cancelled) } else { Ok(()) }
    }

    /// The code with this hash, as it was deployed.
    ///
    /// # Errors
    /// [`StorageError::MissingCode`], and those of the database.
    pub(crate) fn code(&self, hash: B256) -> Result<Bytes, CallStateError> {
        if let Some(code) = self.pending.as_ref().and_then(|own| own.contracts.get(&hash)) {
            return Ok(code.original_bytes());
        }
        Ok(self.reader()?.code(hash)?.ok_or(StorageError::MissingCode { hash })?)
    }

    fn reader(&self) -> Result<&StateReader<'a>, CallStateError> {
        self.check()?;
        Ok(&self.state)
    }
}

impl DatabaseRef for CallState<'_> {
    type Error = CallStateError;

    fn basic_ref(&self, address: Address) -> Result<Option<AccountInfo>, CallStateError> {
        let state = self.reader()?;
        match self.pending.as_ref().and_then(|pending| pending.accounts.get(&address)) {
            Some(account) => Ok(account.info()),
            None => Ok(state.basic_ref(address)?),
        }
    }

    fn code_by_hash_ref(&self, hash: B256) -> Result<Bytecode, CallStateError> {
        let state = self.reader()?;
        match self.pending.as_ref().and_then(|pending| pending.contracts.get(&hash)) {
            Some(code) => Ok(code.clone()),
            None => Ok(state.code_by_hash_ref(hash)?),
        }
    }

    fn storage_ref(&self, address: Address, slot: U256) -> Result<U256, CallStateError> {
        let state = self.reader()?;
        let Some(account) = self.pending.as_ref().and_then(|own| own.accounts.get(&address)) else {
            return Ok(state.storage_ref(address, slot)?);
        };
        match (account.storage.get(&slot), &account.account_state) {
            (Some(value), _) => Ok(*value),
            // Nothing is left of what was there before.
            (None, AccountState::StorageCleared | AccountState::NotExisting) => Ok(U256::ZERO),
            (None, _) => Ok(state.storage_ref(address, slot)?),
        }
    }

    fn block_hash_ref(&self, number: u64) -> Result<B256, CallStateError> {
        Ok(self.reader()?.block_hash_ref(number)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rollup_chainspec::ScrollChainSpec;
    use rollup_primitives::SealedBlock;
    use rollup_storage::{ChainView, ExecutedBlock, ReplayError, Storage, StorageConfig};

    #[test]
    fn nothing_is_read_for_a_simulation_that_nobody_waits_for() {
        let directory = tempfile::tempdir().unwrap();
        let spec = ScrollChainSpec::parse("dev").unwrap();
        let funded = *spec.genesis().alloc.keys().next().unwrap();
        let replay = |_: &ChainView, _: SealedBlock| -> Result<ExecutedBlock, ReplayError> {
            panic!("nothing to replay")
        };
        let config = StorageConfig::default();
        let (storage, _) = Storage::open(directory.path(), config, spec, &replay).unwrap();
        let view = storage.view().unwrap();
        let cancelled = CancellationToken::new();
        let state = CallState::new(view.latest_state(), cancelled.clone());
        assert!(state.basic_ref(funded).unwrap().is_some());

        cancelled.cancel();
        assert!(matches!(state.basic_ref(funded), Err(CallStateError::Cancelled)));
        let slot = state.storage_ref(funded, U256::ZERO);
        assert!(matches!(slot, Err(CallStateError::Cancelled)));
        let code = state.code_by_hash_ref(B256::repeat_byte(1));
        assert!(matches!(code, Err(CallStateError::Cancelled)));
    }
}
