//! The lowest gas limit with which a transaction succeeds.
//!
//! If the transaction names a price, gas is limited by what the sender can pay besides its value and
//! the L1 data fee. Here the fee is that of the transaction with a signature of the usual length, as
//! l2geth has it, and not nothing, as in other clients: a wallet that is told an amount of gas that
//! its user cannot pay for would have the transaction refused by the pool.

use super::{PreparedCall, Simulation};
use crate::eth::error::EthError;
use alloy_primitives::U256;
use alloy_rpc_types_eth::TransactionRequest;
use revm::{
    Database as _,
    context_interface::result::{ExecutionResult, HaltReason, InvalidTransaction},
};
use rollup_evm::{GasPriceOracle, ScrollTxEnv, ScrollTxError};

/// What any transaction costs.
const BASE_GAS: u64 = 21_000;
/// Gas that a call with value gives on top: what is left of it is not used, but must be there.
const CALL_STIPEND_GAS: u64 = 2_300;

impl Simulation<'_> {
    /// The lowest gas limit with which the transaction succeeds and below which it fails.
    ///
    /// Where success depends on the gas that is left in a way that more of it can make the
    /// transaction fail, it is one such limit.
    ///
    /// # Errors
    /// What is wrong with `request`, how it ends with the highest limit that is allowed,
    /// [`EthError::Cancelled`], and those of the database.
    pub(crate) fn estimate_gas(&mut self, request: TransactionRequest) -> Result<u64, EthError> {
        let wanted = request.gas;
        let mut call = self.prepare(request)?;
        let highest = self.highest_gas(&mut call, wanted)?;
        let tx = call.tx;
        if self.is_plain_transfer(&tx)? && highest >= BASE_GAS && self.succeeds(&tx, BASE_GAS)? {
            return Ok(BASE_GAS);
        }
        let enough = self.spent_with_plenty(&tx, highest)?;
        lowest(enough, highest, |gas| self.succeeds(&tx, gas))
    }

    /// The highest limit that is allowed: that of the request or the block, below the cap, and not
    /// more than the sender can pay.
    fn highest_gas(
        &mut self,
        call: &mut PreparedCall,
        wanted: Option<u64>,
    ) -> Result<u64, EthError> {
        let block_gas = self.env.block_env.gas_limit;
        let highest = wanted.filter(|gas| *gas >= BASE_GAS).unwrap_or(block_gas).min(self.gas_cap);
        call.tx.base.gas_limit = highest;
        if call.tx.base.gas_price == 0 {
            self.check_value(&call.tx)?;
            return Ok(highest);
        }
        let l1_data_fee = self.l1_data_fee(call)?;
        let affordable = self.affordable_gas(&call.tx, l1_data_fee)?;
        Ok(affordable.map_or(highest, |gas| gas.min(highest)))
    }

    /// # Errors
    /// [`EthError::InsufficientFunds`] if the sender cannot pay the value, and those of the database.
    pub(super) fn check_value(&mut self, tx: &ScrollTxEnv) -> Result<(), EthError> {
        let (address, cost) = (tx.base.caller, tx.base.value);
        let balance = self.balance(address)?;
        if balance < cost {
            return Err(EthError::InsufficientFunds { address, balance, cost });
        }
        Ok(())
    }

    /// As [`Self::l1_data_fee`], of a request.
    ///
    /// # Errors
    /// What is wrong with `request`, and those of the database.
    pub(crate) fn l1_data_fee_of(&mut self, request: TransactionRequest) -> Result<U256, EthError> {
        let call = self.prepare(request)?;
        self.l1_data_fee(&call)
    }

    /// L1 data fee in wei of a transaction, as if it were signed.
    ///
    /// # Errors
    /// Those of the database.
    pub(super) fn l1_data_fee(&mut self, call: &PreparedCall) -> Result<U256, EthError> {
        let spec = self.env.cfg_env.spec;
        let oracle = GasPriceOracle::read(&mut self.database, spec)?;
        Ok(oracle.l1_data_fee(&call.signed_bytes(), &call.tx.base.data, spec))
    }

    /// Whether nothing but a transfer happens, unless the recipient is a precompile.
    fn is_plain_transfer(&mut self, tx: &ScrollTxEnv) -> Result<bool, EthError> {
        let Some(to) = tx.base.kind.to().filter(|_| tx.base.data.is_empty()) else {
            return Ok(false);
        };
        let recipient = self.database.basic(*to)?;
        Ok(recipient.is_none_or(|account| account.is_empty_code_hash()))
    }

    /// Gas that is spent, before refunds, if there is as much as may be.
    fn spent_with_plenty(&mut self, tx: &ScrollTxEnv, highest: u64) -> Result<u64, EthError> {
        let too_little = EthError::GasRequiredExceedsAllowance { allowance: highest };
        match self.transact(with_gas(tx, highest)) {
            Ok(ExecutionResult::Success { gas, .. }) => {
                Ok(gas.total_gas_spent().max(gas.floor_gas()))
            }
            Ok(ExecutionResult::Revert { output, .. }) => Err(EthError::Reverted(output)),
            Ok(ExecutionResult::Halt { reason: HaltReason::OutOfGas(_), .. }) => Err(too_little),
            Ok(ExecutionResult::Halt { reason, .. }) => Err(EthError::Halted(reason, highest)),
            Err(err) if is_below_intrinsic(&err) => Err(too_little),
            Err(err) => Err(err),
        }
    }

    fn succeeds(&mut self, tx: &ScrollTxEnv, gas: u64) -> Result<bool, EthError> {
        match self.transact(with_gas(tx, gas)) {
            Ok(result) => Ok(result.is_success()),
            Err(err) if is_below_intrinsic(&err) => Ok(false),
            Err(err) => Err(err),
        }
    }
}

fn with_gas(tx: &ScrollTxEnv, gas: u64) -> ScrollTxEnv {
    let mut tx = tx.clone();
    tx.base.gas_limit = gas;
    tx
}

const fn is_below_intrinsic(err: &EthError) -> bool {
    matches!(
        err,
        EthError::InvalidTransaction(ScrollTxError::Ethereum(
            InvalidTransaction::CallGasCostMoreThanGasLimit { .. }
                | InvalidTransaction::GasFloorMoreThanGasLimit { .. }
        ))
    )
}

/// The lowest limit that succeeds, given that `highest` does. What was `spent` with it is tried
/// first: mostly it is the answer, and two executions prove that.
fn lowest(
    spent: u64,
    highest: u64,
    mut succeeds: impl FnMut(u64) -> Result<bool, EthError>,
) -> Result<u64, EthError> {
    // INVARIANT: what is at or below `fails` fails, as far as is known, and `fits` succeeds.
    let (mut fails, mut fits) = (BASE_GAS - 1, highest);
    // A call passes on at most 63/64 of what is left.
    let with_reserve = spent.saturating_add(CALL_STIPEND_GAS).saturating_mul(64) / 63;
    for guess in [spent, spent.saturating_sub(1), with_reserve] {
        if guess > fails && guess < fits {
            if succeeds(guess)? { fits = guess } else { fails = guess }
        }
    }
    while fits - fails > 1 {
        // The answer is rather near the lower end: the upper one is a limit, and not a guess.
        let middle = (fails + (fits - fails) / 2).min(fails.saturating_mul(2));
        if succeeds(middle)? { fits = middle } else { fails = middle }
    }
    Ok(fits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn lowest_of(needed: u64, spent: u64, highest: u64) -> (u64, u32) {
        let mut executions = 0;
        let result = lowest(spent, highest, |gas| {
            executions += 1;
            Ok(gas >= needed)
        });
        (result.unwrap(), executions)
    }

    #[test]
    fn two_executions_prove_what_is_mostly_so() {
        assert_eq!(lowest_of(51_234, 51_234, 50_000_000), (51_234, 2));
    }

    proptest! {
        #[test]
        fn finds_the_lowest(
            needed in BASE_GAS..30_000_000,
            spent in BASE_GAS..30_000_000u64,
            above in 0..20_000_000u64,
        ) {
            let highest = needed.max(spent) + above;
            let (found, executions) = lowest_of(needed, spent, highest);
            prop_assert_eq!(found, needed);
            prop_assert!(executions < 40, "{} executions", executions);
        }
    }
}
