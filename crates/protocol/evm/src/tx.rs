//! The transaction as the EVM sees it.

use alloy_eips::{Encodable2718, eip2930::AccessList};
use alloy_evm::{FromRecoveredTx, FromTxWithEncoded, IntoTxEnv, TransactionEnvMut};
use alloy_primitives::{Address, B256, Bytes, TxKind, U256};
use revm::{context::TxEnv, context_interface::Transaction, handler::SystemCallTx};
use rollup_primitives::{L1_MESSAGE_TX_TYPE, ScrollTxEnvelope, TxL1Message};

/// Transaction environment with the signed bytes that the L1 data fee is computed from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScrollTxEnv {
    /// Fields shared with Ethereum.
    pub base: TxEnv,
    /// EIP-2718 bytes of the signed transaction. `None` only for L1 messages and system calls,
    /// which pay no L1 data fee; empty for simulated calls, which have no signature.
    pub encoded: Option<Bytes>,
}

impl ScrollTxEnv {
    /// Whether this is an L1 message.
    pub const fn is_l1_message(&self) -> bool {
        self.base.tx_type == L1_MESSAGE_TX_TYPE
    }

    fn from_l1_message(message: &TxL1Message) -> Self {
        Self {
            base: TxEnv {
                tx_type: L1_MESSAGE_TX_TYPE,
                caller: message.sender,
                gas_limit: message.gas_limit,
                gas_price: 0,
                kind: TxKind::Call(message.to),
                value: message.value,
                data: message.input.clone(),
                nonce: 0,
                chain_id: None,
                gas_priority_fee: None,
                ..Default::default()
            },
            encoded: None,
        }
    }
}

impl Transaction for ScrollTxEnv {
    type AccessListItem<'a> = <TxEnv as Transaction>::AccessListItem<'a>;
    type Authorization<'a> = <TxEnv as Transaction>::Authorization<'a>;

    fn tx_type(&self) -> u8 {
        self.base.tx_type
    }

    fn caller(&self) -> Address {
        self.base.caller
    }

    fn gas_limit(&self) -> u64 {
        self.base.gas_limit
    }

    fn value(&self) -> U256 {
        self.base.value
    }

    fn input(&self) -> &Bytes {
        &self.base.data
    }

    fn nonce(&self) -> u64 {
        self.base.nonce
    }

    fn kind(&self) -> TxKind {
        self.base.kind
    }

    fn chain_id(&self) -> Option<u64> {
        self.base.chain_id
    }

    fn gas_price(&self) -> u128 {
        self.base.gas_price
    }

    fn access_list(&self) -> Option<impl Iterator<Item = Self::AccessListItem<'_>>> {
        self.base.access_list()
    }

    fn blob_versioned_hashes(&self) -> &[B256] {
        self.base.blob_versioned_hashes()
    }

    fn max_fee_per_blob_gas(&self) -> u128 {
        self.base.max_fee_per_blob_gas()
    }

    fn authorization_list_len(&self) -> usize {
        self.base.authorization_list_len()
    }

    fn authorization_list(&self) -> impl Iterator<Item = Self::Authorization<'_>> {
        self.base.authorization_list()
    }

    fn max_priority_fee_per_gas(&self) -> Option<u128> {
        self.base.max_priority_fee_per_gas()
    }
}

impl SystemCallTx for ScrollTxEnv {
    fn new_system_tx_with_caller(caller: Address, contract: Address, data: Bytes) -> Self {
        Self { base: TxEnv::new_system_tx_with_caller(caller, contract, data), encoded: None }
    }
}

impl IntoTxEnv<Self> for ScrollTxEnv {
    fn into_tx_env(self) -> Self {
        self
    }
}

impl TransactionEnvMut for ScrollTxEnv {
    fn set_gas_limit(&mut self, gas_limit: u64) {
        self.base.gas_limit = gas_limit;
    }

    fn set_nonce(&mut self, nonce: u64) {
        self.base.nonce = nonce;
    }

    fn set_access_list(&mut self, access_list: AccessList) {
        self.base.access_list = access_list;
    }
}

impl FromRecoveredTx<ScrollTxEnvelope> for ScrollTxEnv {
    fn from_recovered_tx(tx: &ScrollTxEnvelope, sender: Address) -> Self {
        let encoded = if tx.is_l1_message() { Bytes::new() } else { tx.encoded_2718().into() };
        Self::from_encoded_tx(tx, sender, encoded)
    }
}

impl FromTxWithEncoded<ScrollTxEnvelope> for ScrollTxEnv {
    fn from_encoded_tx(tx: &ScrollTxEnvelope, sender: Address, encoded: Bytes) -> Self {
        let base = match tx {
            ScrollTxEnvelope::Legacy(tx) => TxEnv::from_recovered_tx(tx.tx(), sender),
            ScrollTxEnvelope::Eip2930(tx) => TxEnv::from_recovered_tx(tx.tx(), sender),
            ScrollTxEnvelope::Eip1559(tx) => TxEnv::from_recovered_tx(tx.tx(), sender),
            ScrollTxEnvelope::Eip7702(tx) => TxEnv::from_recovered_tx(tx.tx(), sender),
            ScrollTxEnvelope::L1Message(tx) => return Self::from_l1_message(tx.inner()),
        };
        Self { base, encoded: Some(encoded) }
    }
}
