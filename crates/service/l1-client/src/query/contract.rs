//! State of contracts.

use super::{Asked, Outcome, read};
use crate::{
    L1Error,
    endpoint::{Call, Endpoint, Fault, Reply, RpcError},
};
use alloy_primitives::{Address, B256, Bytes, U256};
use serde_json::{Value, json};

/// Calls a contract on the state after a block.
pub(crate) async fn call(
    endpoint: &Endpoint,
    to: Address,
    input: &Bytes,
    block_hash: B256,
) -> Result<Outcome<Bytes>, Fault> {
    // Both names of the same: nodes differ in which one they read.
    let request = json!({ "to": to, "input": input, "data": input });
    let at = |block| Call::new("eth_call", json!([request, block]));
    match at_block(endpoint, block_hash, at).await? {
        Some(Ok(json)) => Ok(Outcome::sure(read(&json)?)),
        Some(Err(error)) if error.is_revert() => {
            Ok(Outcome { answer: Err(L1Error::Reverted), is_sure: true })
        }
        Some(Err(error)) => Err(Fault::Rpc(error)),
        None => Ok(unknown_block(block_hash)),
    }
}

/// Reads a storage slot in the state after a block.
pub(crate) async fn storage_at(
    endpoint: &Endpoint,
    address: Address,
    slot: U256,
    block_hash: B256,
) -> Result<Outcome<U256>, Fault> {
    let slot = B256::from(slot);
    let at = |block| Call::new("eth_getStorageAt", json!([address, slot, block]));
    match at_block(endpoint, block_hash, at).await? {
        Some(Ok(json)) => Ok(Outcome::sure(read(&json)?)),
        Some(Err(error)) => Err(Fault::Rpc(error)),
        None => Ok(unknown_block(block_hash)),
    }
}

const fn unknown_block<T>(hash: B256) -> Outcome<T> {
    Outcome { answer: Err(L1Error::UnknownBlock { hash }), is_sure: false }
}

/// Asks about the state after a block: by its hash; where that is not understood by its number,
/// if it has this hash there. `None` if the endpoint does not have the block.
async fn at_block(
    endpoint: &Endpoint,
    hash: B256,
    call: impl Fn(Value) -> Call,
) -> Result<Option<Reply>, Fault> {
    if !endpoint.lacks().block_hashes {
        match endpoint.send_one(call(json!({ "blockHash": hash }))).await? {
            Err(error) if error.is_unknown_block() => return Ok(None),
            Err(error) if is_not_understood(&error) => {
                endpoint.now_lacks(|lacks| lacks.block_hashes = true);
            }
            reply => return Ok(Some(reply)),
        }
    }
    let asked = Asked::Hash(hash);
    let Some(header) = asked.read(endpoint.send_one(asked.call()).await?)? else {
        return Ok(None);
    };
    let asked = Asked::Number(header.number);
    let call = call(json!(format!("{:#x}", header.number)));
    let (reply, now) = endpoint.send_two(call, asked.call()).await?;
    // Another block may have come to have that number.
    let is_same = asked.read(now)?.is_some_and(|now| now.hash == hash);
    Ok(is_same.then_some(reply))
}

fn is_not_understood(error: &RpcError) -> bool {
    error.is_bad_parameter() && !error.is_revert()
}
