//! Calls that see what those before them did: `eth_callMany`.

use super::{Overrides, PreparedCall, Simulation, evm_error, overrides};
use crate::eth::{
    error::EthError,
    guard::TraceLimits,
    replay::BlockReplay,
    revert::revert_reason,
    snapshot::{Snapshot, StateSource as _},
};
use alloy_evm::{Evm as _, EvmFactory as _};
use alloy_rpc_types_eth::{
    Bundle, EthCallResponse, StateContext, TransactionRequest, state::StateOverride,
};
use revm::context_interface::result::ExecutionResult;
use rollup_evm::{ScrollEvmConfig, ScrollEvmFactory};

/// What the calls return, bundle by bundle. They start on the state after the block of `context`, or
/// after as many of its transactions as that says.
///
/// # Errors
/// What is wrong with a request, [`EthError::BlockNotFound`], [`EthError::Pruned`],
/// [`EthError::Cancelled`], and those of the database. How a call ends is in its answer.
pub(crate) fn call_many(
    config: &ScrollEvmConfig,
    chain: &Snapshot,
    bundles: Vec<Bundle>,
    (context, state): (StateContext, Option<StateOverride>),
    gas_cap: u64,
    limits: &TraceLimits,
) -> Result<Vec<Vec<EthCallResponse>>, EthError> {
    let block = context.block_number.unwrap_or_default();
    let header = chain.header_of(block)?;
    let overrides = Overrides { state, block: None };
    let index = context.transaction_index.unwrap_or_default().index();
    let mut simulation = match index {
        Some(_) if chain.pending(block).is_some() => return Err(EthError::BlockNotFound(block)),
        Some(index) => {
            let cached = chain.block(block)?.ok_or(EthError::BlockNotFound(block))?;
            let mut replay = BlockReplay::new(config, chain.view(), cached, limits)?;
            replay.skip_to(index)?;
            Simulation::on_state(config, replay.into_state(), &header, overrides, gas_cap)?
        }
        None => Simulation::new(config, chain, block, overrides, gas_cap, &limits.cancelled)?,
    };
    let mut answers = Vec::with_capacity(bundles.len());
    for Bundle { transactions, block_override } in bundles {
        let overrides = Overrides { state: None, block: block_override.map(Box::new) };
        simulation.override_with(config, &header, overrides)?;
        let answer = |request| simulation.call_and_keep(request);
        answers.push(transactions.into_iter().map(answer).collect::<Result<_, _>>()?);
    }
    Ok(answers)
}

impl Simulation<'_> {
    /// What a call returns, or how it fails. What it does is seen by the next one.
    fn call_and_keep(&mut self, request: TransactionRequest) -> Result<EthCallResponse, EthError> {
        let PreparedCall { tx, .. } = self.prepare(request)?;
        self.check_value(&tx)?;
        self.database.db.check()?;
        let gas_limit = tx.base.gas_limit;
        let env = self.env_of(&tx);
        let mut evm = ScrollEvmFactory::default().create_evm(&mut self.database, env);
        let moves = self.moved_precompiles.iter().copied();
        evm.components_mut().2.move_precompiles(moves).map_err(overrides::not_a_precompile)?;
        let done = evm.transact_raw(tx).map_err(evm_error)?;
        drop(evm);
        self.commit(done.state);
        let error = match done.result {
            ExecutionResult::Success { output, .. } => {
                return Ok(EthCallResponse { value: Some(output.into_data()), error: None });
            }
            ExecutionResult::Revert { output, .. } => match revert_reason(&output) {
                Some(reason) => format!("execution reverted: {reason}"),
                None => "execution reverted".to_owned(),
            },
            ExecutionResult::Halt { reason, .. } => EthError::Halted(reason, gas_limit).to_string(),
        };
        Ok(EthCallResponse { value: None, error: Some(error) })
    }
}
