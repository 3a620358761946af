//! Execution of one transaction under an inspector.

use super::{
    call::{CallState, evm_error, not_a_precompile},
    error::EthError,
};
use alloy_evm::{Evm as _, EvmEnv, EvmFactory as _};
use alloy_primitives::Address;
use revm::{
    DatabaseCommit as _, Inspector,
    context_interface::result::ResultAndState,
    database::{AccountState, CacheDB},
    state::{Account, EvmState},
};
use rollup_evm::{ScrollContext, ScrollEvmFactory, ScrollSpecId, ScrollTxEnv};

/// A stored state, and what was changed on top of it in memory.
pub(crate) type WorkState<'a> = CacheDB<CallState<'a>>;

/// Makes the changes of a transaction. An account that it leaves empty is not there (EIP-161), which
/// the state in memory does not see by itself.
pub(crate) fn commit(state: &mut WorkState<'_>, changes: EvmState) {
    let is_cleared = |account: &Account| account.is_touched() && account.is_empty();
    let cleared = changes.iter().filter(|(_, account)| is_cleared(account));
    let cleared: Vec<_> = cleared.map(|(address, _)| *address).collect();
    state.commit(changes);
    for address in cleared {
        if let Some(account) = state.cache.accounts.get_mut(&address) {
            account.account_state = AccountState::NotExisting;
        }
    }
}

/// A transaction with all that its execution depends on.
#[derive(Debug)]
pub(crate) struct Execution<'work, 'a> {
    /// The state before it.
    pub(crate) state: &'work mut WorkState<'a>,
    /// Block and rules.
    pub(crate) env: EvmEnv<ScrollSpecId>,
    /// Precompiles that are elsewhere: from where, and to where.
    pub(crate) moved_precompiles: &'work [(Address, Address)],
    /// The transaction.
    pub(crate) tx: ScrollTxEnv,
}

impl<'a> Execution<'_, 'a> {
    /// What the transaction does, which `inspector` sees. The state stays as it is.
    ///
    /// Without a [`TraceGuard`](super::guard::TraceGuard) around the inspector a loop that reads
    /// nothing runs to its end, whoever waits for it.
    ///
    /// # Errors
    /// [`EthError::InvalidTransaction`], [`EthError::NotAPrecompile`], [`EthError::Cancelled`],
    /// those of the guard, and those of the database.
    pub(crate) fn inspect<'this, I>(
        &'this mut self,
        inspector: I,
    ) -> Result<ResultAndState, EthError>
    where
        I: Inspector<ScrollContext<&'this mut WorkState<'a>>>,
    {
        let Self { state, env, moved_precompiles, tx } = self;
        let (env, tx) = (env.clone(), tx.clone());
        Execution { state, env, moved_precompiles, tx }.into_inspected(inspector)
    }
}

impl<'work, 'a> Execution<'work, 'a> {
    /// As [`Self::inspect`], for the last time.
    ///
    /// # Errors
    /// As for [`Self::inspect`].
    pub(crate) fn into_inspected<I>(self, inspector: I) -> Result<ResultAndState, EthError>
    where
        I: Inspector<ScrollContext<&'work mut WorkState<'a>>>,
    {
        let Self { state, env, moved_precompiles, tx } = self;
        // What it needs may all be in the cache.
        state.db.check()?;
        let mut evm = ScrollEvmFactory::default().create_evm_with_inspector(state, env, inspector);
        let moves = moved_precompiles.iter().copied();
        evm.components_mut().2.move_precompiles(moves).map_err(not_a_precompile)?;
        evm.transact_raw(tx).map_err(evm_error)
    }
}
