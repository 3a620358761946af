//! What a signer needs of a transaction.

use crate::eth::{
    EthError, EthRpc, Snapshot,
    call::{Overrides, Simulation},
    convert,
};
use alloy_consensus::transaction::Recovered;
use alloy_eips::{BlockId, Encodable2718 as _};
use alloy_primitives::{Bytes, Signature, U256};
use alloy_rpc_types_eth::TransactionRequest;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

/// That of a transaction that nobody has signed.
const NO_SIGNATURE: Signature = Signature::new(U256::ZERO, U256::ZERO, false);

impl EthRpc {
    /// The transaction of a request on the pending block: with the next nonce, the gas that it needs,
    /// and the prices that are suggested, as far as the request does not say.
    pub(super) fn fill(
        &self,
        chain: &Snapshot,
        mut request: TransactionRequest,
        cancelled: &CancellationToken,
    ) -> Result<Value, EthError> {
        let block = BlockId::pending();
        let from = request.from.unwrap_or_default();
        if request.nonce.is_none() {
            request.nonce = Some(self.nonce_at(chain, from, block)?);
        }
        if request.gas_price.is_none() {
            let (tip, base_fee) = self.suggested_prices()?;
            let tip = *request.max_priority_fee_per_gas.get_or_insert(tip.wei);
            let cap = u128::from(base_fee).saturating_mul(2).saturating_add(tip);
            request.max_fee_per_gas.get_or_insert(cap);
        }
        let simulation = || {
            let (overrides, gas_cap) = (Overrides::default(), self.config.gas_cap);
            Simulation::new(&self.evm, chain, block, overrides, gas_cap, cancelled)
        };
        if request.gas.is_none() {
            request.gas = Some(simulation()?.estimate_gas(request.clone())?);
        }
        let transaction = simulation()?.prepare(request)?.unsigned().into_signed(NO_SIGNATURE);
        let raw: Bytes = transaction.encoded_2718().into();
        let transaction = convert::waiting(Recovered::new_unchecked(transaction, from));
        Ok(json!({"raw": raw, "tx": transaction}))
    }
}
