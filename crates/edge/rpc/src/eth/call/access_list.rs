//! The accounts and slots that a transaction reads.

use super::{PreparedCall, Simulation};
use crate::eth::error::EthError;
use alloy_eips::eip2930::{AccessList, AccessListResult};
use alloy_primitives::U256;
use alloy_rpc_types_eth::TransactionRequest;
use revm::context_interface::result::ExecutionResult;
use revm_inspectors::access_list::AccessListInspector;
use rollup_evm::ScrollTxEnv;

const LEGACY_TX_TYPE_ID: u8 = 0;
const EIP2930_TX_TYPE_ID: u8 = 1;

impl Simulation<'_> {
    /// The accounts and slots that the transaction reads besides sender, recipient and precompiles,
    /// and the gas it uses when it lists them. How it fails, if it does, is in the result.
    ///
    /// # Errors
    /// What is wrong with `request`, [`EthError::Cancelled`], and those of the database.
    pub(crate) fn create_access_list(
        &mut self,
        request: TransactionRequest,
    ) -> Result<AccessListResult, EthError> {
        let PreparedCall { mut tx, .. } = self.prepare(request)?;
        tx.base.gas_limit = tx.base.gas_limit.min(self.env.block_env.gas_limit);
        self.check_funds(&tx)?;
        let (result, access_list) = self.listed(tx.clone())?;
        if !result.is_success() {
            return Ok(described(result, access_list, tx.base.gas_limit));
        }
        if tx.base.tx_type == LEGACY_TX_TYPE_ID {
            tx.base.tx_type = EIP2930_TX_TYPE_ID;
        }
        tx.base.access_list = access_list.clone();
        let gas_limit = tx.base.gas_limit;
        Ok(described(self.transact(tx)?, access_list, gas_limit))
    }

    fn listed(&mut self, tx: ScrollTxEnv) -> Result<(ExecutionResult, AccessList), EthError> {
        let mut inspector = AccessListInspector::new(tx.base.access_list.clone());
        let result = self.inspect(tx, &mut inspector)?.result;
        Ok((result, inspector.into_access_list()))
    }
}

fn described(result: ExecutionResult, access_list: AccessList, gas_limit: u64) -> AccessListResult {
    let gas_used = U256::from(result.tx_gas_used());
    let error = match result {
        ExecutionResult::Success { .. } => None,
        ExecutionResult::Revert { output, .. } => Some(EthError::Reverted(output).to_string()),
        ExecutionResult::Halt { reason, .. } => {
            Some(EthError::Halted(reason, gas_limit).to_string())
        }
    };
    AccessListResult { access_list, gas_used, error }
}
