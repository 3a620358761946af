//! Transactions.

use super::{Flaw, Outcome, read};
use crate::{
    L1Transaction,
    endpoint::{Call, Endpoint, Fault},
};
use alloy_consensus::{
    Transaction as _, TxEnvelope, TxType, transaction::RlpEcdsaEncodableTx as _,
};
use alloy_eips::Encodable2718 as _;
use alloy_primitives::{Address, B256, Bytes, U64, keccak256};
use alloy_rpc_types_eth::Transaction;
use serde::Deserialize;
use serde_json::{json, value::RawValue};

/// A transaction that is in a block.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) transaction: L1Transaction,
    /// Number of its block, as the endpoint says.
    pub(crate) block_number: u64,
    /// Whether its hash was computed anew.
    pub(crate) is_verified: bool,
}

/// As far as any type of transaction is known.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RpcTransaction {
    #[serde(default, rename = "type")]
    kind: U64,
    hash: B256,
    #[serde(default)]
    block_hash: Option<B256>,
    #[serde(default)]
    block_number: Option<U64>,
    #[serde(default)]
    to: Option<Address>,
    input: Bytes,
    #[serde(default)]
    blob_versioned_hashes: Vec<B256>,
}

/// Asks for a transaction. Sure only of one whose hash was computed anew.
pub(crate) async fn transaction(
    endpoint: &Endpoint,
    hash: B256,
) -> Result<Outcome<Option<Found>>, Fault> {
    let call = Call::new("eth_getTransactionByHash", json!([hash]));
    let json = endpoint.send_one(call).await?.map_err(Fault::Rpc)?;
    let Some(plain) = read::<Option<RpcTransaction>>(&json)? else {
        return Ok(Outcome::unsure(None));
    };
    if plain.hash != hash {
        return Err(Flaw::OtherTransaction.into());
    }
    let (Some(block_hash), Some(block_number)) = (plain.block_hash, plain.block_number) else {
        // It waits.
        return Ok(Outcome::unsure(None));
    };
    let kind = u8::try_from(plain.kind.to::<u64>()).ok();
    let is_known = kind.is_some_and(|kind| TxType::try_from(kind).is_ok());
    let block_number = block_number.to();
    let transaction = if is_known {
        verified(&json, hash, block_hash)?
    } else {
        let RpcTransaction { to, input, blob_versioned_hashes: blob_hashes, .. } = plain;
        L1Transaction { hash, block_hash, to, input, blob_hashes }
    };
    let found = Found { transaction, block_number, is_verified: is_known };
    Ok(if is_known { Outcome::sure(Some(found)) } else { Outcome::unsure(Some(found)) })
}

fn verified(json: &RawValue, hash: B256, block_hash: B256) -> Result<L1Transaction, Fault> {
    let transaction: Transaction = read(json)?;
    let envelope = transaction.inner.inner();
    if computed_hash(envelope) != hash {
        return Err(Flaw::OtherTransaction.into());
    }
    Ok(L1Transaction {
        hash,
        block_hash,
        to: envelope.to(),
        input: envelope.input().clone(),
        blob_hashes: envelope.blob_versioned_hashes().unwrap_or_default().to_vec(),
    })
}

/// The hash by all fields: the one in the envelope is what the endpoint says.
fn computed_hash(envelope: &TxEnvelope) -> B256 {
    match envelope {
        // Some endpoints add the blobs, which the hash does not cover.
        TxEnvelope::Eip4844(signed) => signed.tx().tx_hash(signed.signature()),
        other => keccak256(other.encoded_2718()),
    }
}
