//! From a request to the transaction that the EVM executes.

use super::Simulation;
use crate::eth::error::EthError;
use alloy_consensus::{TxEip1559, TxEip2930, TxEip7702, TxLegacy};
use alloy_eips::{
    Encodable2718 as _,
    eip7702::{SignedAuthorization, constants::EIP7702_TX_TYPE_ID},
};
use alloy_primitives::{Bytes, Signature, TxKind, U256};
use alloy_rpc_types_eth::TransactionRequest;
use revm::{Database as _, context::TxEnv, context_interface::result::InvalidTransaction};
use rollup_evm::{ScrollSpecId, ScrollTxEnv};
use rollup_primitives::ScrollTypedTransaction;

const LEGACY_TX_TYPE_ID: u8 = 0;
const EIP2930_TX_TYPE_ID: u8 = 1;
const EIP1559_TX_TYPE_ID: u8 = 2;
const EIP4844_TX_TYPE_ID: u8 = 3;

/// The longest signature in its encoding, for a transaction that has none.
const PLACEHOLDER_SIGNATURE: Signature = Signature::new(U256::MAX, U256::MAX, true);

/// A transaction that is ready for the EVM.
#[derive(Debug)]
pub(crate) struct PreparedCall {
    pub(crate) tx: ScrollTxEnv,
    pub(crate) authorizations: Vec<SignedAuthorization>,
}

/// What a transaction pays per gas, in wei.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Fees {
    cap: u128,
    /// `None` if the request names a gas price, or nothing.
    tip: Option<u128>,
}

impl Simulation<'_> {
    /// The transaction of a request, with the gas cap as its limit if it names none or a higher one.
    pub(crate) fn prepare(
        &mut self,
        request: TransactionRequest,
    ) -> Result<PreparedCall, EthError> {
        let is_blob = request.transaction_type == Some(EIP4844_TX_TYPE_ID)
            || request.blob_versioned_hashes.is_some()
            || request.max_fee_per_blob_gas.is_some()
            || request.sidecar.is_some();
        if is_blob {
            return Err(EthError::Blobs);
        }
        let want = self.env.cfg_env.chain_id;
        if let Some(have) = request.chain_id.filter(|have| *have != want) {
            return Err(EthError::OtherChain { have, want });
        }
        let spec = self.env.cfg_env.spec;
        let Fees { cap, tip } = fees(&request, self.env.block_env.basefee)?;
        // The header of a block before Curie has no base fee, and its transactions no tip.
        let tip = tip.filter(|_| spec.is_enabled_in(ScrollSpecId::Curie));
        let caller = request.from.unwrap_or_default();
        let nonce = match request.nonce {
            Some(nonce) => nonce,
            None => self.database.basic(caller)?.map(|account| account.nonce).unwrap_or_default(),
        };
        let authorizations = request.authorization_list.unwrap_or_default();
        let tx_type = match (authorizations.is_empty(), tip, &request.access_list) {
            (false, ..) => EIP7702_TX_TYPE_ID,
            (true, Some(_), _) => EIP1559_TX_TYPE_ID,
            (true, None, Some(_)) => EIP2930_TX_TYPE_ID,
            (true, None, None) => LEGACY_TX_TYPE_ID,
        };
        let tip = tip.or_else(|| (tx_type == EIP7702_TX_TYPE_ID).then_some(cap));
        let Ok(input) = request.input.try_into_unique_input() else {
            return Err(EthError::ConflictingInput);
        };
        let mut base = TxEnv {
            tx_type,
            caller,
            gas_limit: request.gas.map_or(self.gas_cap, |gas| gas.min(self.gas_cap)),
            gas_price: cap,
            kind: request.to.unwrap_or(TxKind::Create),
            value: request.value.unwrap_or_default(),
            data: input.unwrap_or_default(),
            nonce,
            chain_id: Some(want),
            access_list: request.access_list.unwrap_or_default(),
            gas_priority_fee: tip,
            ..Default::default()
        };
        base.set_signed_authorization(authorizations.clone());
        let tx = ScrollTxEnv { base, encoded: Some(Bytes::new()) };
        Ok(PreparedCall { tx, authorizations })
    }
}

impl PreparedCall {
    /// The bytes of the transaction as if it were signed, which the L1 data fee depends on.
    pub(crate) fn signed_bytes(&self) -> Vec<u8> {
        self.unsigned().into_signed(PLACEHOLDER_SIGNATURE).encoded_2718()
    }

    /// The transaction without its signature.
    pub(crate) fn unsigned(&self) -> ScrollTypedTransaction {
        let TxEnv { tx_type, gas_limit, gas_price, kind: to, value, nonce, .. } = self.tx.base;
        let chain_id = self.tx.base.chain_id.unwrap_or_default();
        let access_list = self.tx.base.access_list.clone();
        let input = self.tx.base.data.clone();
        let max_priority_fee_per_gas = self.tx.base.gas_priority_fee.unwrap_or_default();
        let max_fee_per_gas = gas_price;
        match (tx_type, to) {
            (EIP7702_TX_TYPE_ID, TxKind::Call(to)) => ScrollTypedTransaction::Eip7702(TxEip7702 {
                chain_id,
                nonce,
                gas_limit,
                max_fee_per_gas,
                max_priority_fee_per_gas,
                to,
                value,
                access_list,
                authorization_list: self.authorizations.clone(),
                input,
            }),
            (EIP1559_TX_TYPE_ID, to) => ScrollTypedTransaction::Eip1559(TxEip1559 {
                chain_id,
                nonce,
                gas_limit,
                max_fee_per_gas,
                max_priority_fee_per_gas,
                to,
                value,
                access_list,
                input,
            }),
            (EIP2930_TX_TYPE_ID, to) => ScrollTypedTransaction::Eip2930(TxEip2930 {
                chain_id,
                nonce,
                gas_price,
                gas_limit,
                to,
                value,
                access_list,
                input,
            }),
            (_, to) => ScrollTypedTransaction::Legacy(TxLegacy {
                chain_id: Some(chain_id),
                nonce,
                gas_price,
                gas_limit,
                to,
                value,
                input,
            }),
        }
    }
}

fn fees(request: &TransactionRequest, base_fee: u64) -> Result<Fees, EthError> {
    let TransactionRequest { gas_price, max_fee_per_gas, max_priority_fee_per_gas, .. } = *request;
    let base_fee = u128::from(base_fee);
    let fees = match (gas_price, max_fee_per_gas, max_priority_fee_per_gas) {
        (gas_price, None, None) => Fees { cap: gas_price.unwrap_or_default(), tip: None },
        (Some(_), ..) => return Err(EthError::ConflictingFees),
        (None, cap, tip) => {
            let tip = tip.unwrap_or_default();
            Fees { cap: cap.unwrap_or_else(|| base_fee.saturating_add(tip)), tip: Some(tip) }
        }
    };
    if fees.tip.is_some_and(|tip| tip > fees.cap) {
        let err = InvalidTransaction::PriorityFeeGreaterThanMaxFee;
        return Err(EthError::InvalidTransaction(err.into()));
    }
    if fees.cap != 0 && fees.cap < base_fee {
        return Err(EthError::FeeCapTooLow);
    }
    Ok(fees)
}
