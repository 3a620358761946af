//! The transaction object of JSON-RPC.

use crate::transaction::{L1_MESSAGE_TX_TYPE, ScrollTxEnvelope};
use alloy_consensus::{
    Transaction as _,
    transaction::{Recovered, TransactionInfo},
};
use alloy_primitives::U64;
use alloy_rpc_types_eth::Transaction;
use derive_more::{Deref, From, Into};
use serde::{Deserialize, Deserializer, Serialize, de::Error};

type JsonObject = std::collections::BTreeMap<String, serde_json::Value>;

/// Ethereum's transaction object; an L1 message adds `sender` and `queueIndex`.
#[derive(Clone, Debug, PartialEq, Eq, Deref, From, Into, Serialize)]
#[serde(transparent)]
pub struct ScrollTransaction(Transaction<ScrollTxEnvelope>);

impl ScrollTransaction {
    /// The JSON-RPC form of a transaction at its place in a block (or in none yet).
    pub fn from_transaction(tx: Recovered<ScrollTxEnvelope>, info: TransactionInfo) -> Self {
        let effective_gas_price = tx.effective_gas_price(info.base_fee);
        Self(Transaction {
            inner: tx,
            block_hash: info.block_hash,
            block_number: info.block_number,
            transaction_index: info.index,
            effective_gas_price: Some(effective_gas_price),
            block_timestamp: info.block_timestamp,
        })
    }

    /// The inner form.
    pub fn into_inner(self) -> Transaction<ScrollTxEnvelope> {
        self.0
    }
}

impl<'de> Deserialize<'de> for ScrollTransaction {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut object = JsonObject::deserialize(deserializer)?;
        let ty = object.get("type").map(U64::deserialize).transpose().map_err(D::Error::custom)?;
        if ty == Some(U64::from(L1_MESSAGE_TX_TYPE)) {
            // Nodes give the sender of an L1 message under either name, or both.
            mirror(&mut object, "from", "sender");
            mirror(&mut object, "sender", "from");
        }
        let object = serde_json::Value::Object(object.into_iter().collect());
        serde_json::from_value(object).map(Self).map_err(D::Error::custom)
    }
}

fn mirror(object: &mut JsonObject, from: &str, to: &str) {
    if !object.contains_key(to)
        && let Some(value) = object.get(from).cloned()
    {
        object.insert(to.to_owned(), value);
    }
}
