//! Logs.

use super::{
    Asked, Flaw, Outcome, read,
    receipts::{Receipts, logs_of},
};
use crate::{
    L1Error, L1Header, L1Log, L1LogFilter,
    endpoint::{Call, Endpoint, Fault},
};
use alloy_rpc_types_eth::Log;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Logs of one block: from its receipts, whose root is checked; else those that the endpoint says
/// there are, if it shows that it has the block.
pub(crate) async fn block_logs(
    endpoint: &Endpoint,
    header: &L1Header,
    filter: &L1LogFilter,
) -> Result<Outcome<BlockLogs>, Fault> {
    if header.is_verified && !endpoint.lacks().receipts {
        let call = Call::new("eth_getBlockReceipts", json!([header.hash]));
        match endpoint.send_one(call).await? {
            Ok(json) if json.get() == "null" => return Ok(unknown_block(header)),
            Ok(json) => match logs_of(&json, header, filter)? {
                Receipts::Logs(logs) => {
                    return Ok(Outcome::sure(BlockLogs { logs, is_proven: true }));
                }
                Receipts::Unknown => {}
            },
            Err(error) if error.is_unknown_block() => return Ok(unknown_block(header)),
            Err(error) if error.is_no_method() => {
                endpoint.now_lacks(|lacks| lacks.receipts = true);
            }
            Err(error) => return Err(Fault::Rpc(error)),
        }
    }
    unproven_logs(endpoint, header, filter).await
}

/// Logs of one block.
#[derive(Clone, Debug)]
pub(crate) struct BlockLogs {
    pub(crate) logs: Vec<L1Log>,
    /// Whether it is proven that these are all of them.
    pub(crate) is_proven: bool,
}

async fn unproven_logs(
    endpoint: &Endpoint,
    header: &L1Header,
    filter: &L1LogFilter,
) -> Result<Outcome<BlockLogs>, Fault> {
    let call = call(json!({ "blockHash": header.hash }), filter);
    let asked = Asked::Hash(header.hash);
    let (logs, shown) = endpoint.send_two(call, asked.call()).await?;
    let logs = match logs {
        Ok(logs) => read::<Vec<Log>>(&logs)?,
        Err(error) if error.is_unknown_block() => return Ok(unknown_block(header)),
        Err(error) => return Err(Fault::Rpc(error)),
    };
    if asked.read(shown)?.is_none() {
        return Ok(unknown_block(header));
    }
    let logs = checked(logs, filter)?;
    let is_other = |log: &L1Log| log.block_hash != header.hash || log.block_number != header.number;
    if logs.iter().any(is_other) {
        return Err(Flaw::LogBlock.into());
    }
    let logs = BlockLogs { logs, is_proven: false };
    // The bloom filter says that there may be some.
    Ok(if logs.logs.is_empty() { Outcome::unsure(logs) } else { Outcome::sure(logs) })
}

const fn unknown_block<T>(header: &L1Header) -> Outcome<T> {
    Outcome { answer: Err(L1Error::UnknownBlock { hash: header.hash }), is_sure: false }
}

/// Logs of a range of blocks, of an endpoint that has the last of them.
pub(crate) async fn range_logs(
    endpoint: &Endpoint,
    from: u64,
    to: u64,
    filter: &L1LogFilter,
) -> Result<Outcome<Vec<L1Log>>, Fault> {
    let range = json!({ "fromBlock": format!("{from:#x}"), "toBlock": format!("{to:#x}") });
    let asked = Asked::Number(to);
    let too_many = Outcome { answer: Err(L1Error::TooManyLogs { from, to }), is_sure: false };
    let (logs, last) = match endpoint.send_two(call(range, filter), asked.call()).await {
        Ok((Err(error), _)) if error.is_too_many() => return Ok(too_many),
        Err(Fault::TooLarge { .. }) => return Ok(too_many),
        replies => replies?,
    };
    let last = asked.read(last)?.ok_or(Fault::Behind { number: to })?;
    let logs = match logs {
        Ok(logs) => checked(read(&logs)?, filter)?,
        // It was too late for the last block, or too early.
        Err(error) if error.is_unknown_block() => return Err(Fault::Behind { number: to }),
        Err(error) => return Err(Fault::Rpc(error)),
    };
    let mut hashes = BTreeMap::from([(to, last.hash)]);
    for log in &logs {
        let hash = *hashes.entry(log.block_number).or_insert(log.block_hash);
        if hash != log.block_hash || !(from..=to).contains(&log.block_number) {
            return Err(Flaw::LogBlock.into());
        }
    }
    Ok(Outcome::sure(logs))
}

fn call(mut blocks: Value, filter: &L1LogFilter) -> Call {
    blocks["address"] = json!(filter.addresses);
    blocks["topics"] = json!([filter.topics]);
    Call::new("eth_getLogs", json!([blocks]))
}

/// What must be true of any logs.
fn checked(logs: Vec<Log>, filter: &L1LogFilter) -> Result<Vec<L1Log>, Fault> {
    let mut checked: Vec<L1Log> = Vec::with_capacity(logs.len());
    for log in logs {
        if log.removed {
            return Err(Flaw::RemovedLog.into());
        }
        if !filter.matches(&log.inner) {
            return Err(Flaw::OtherLog.into());
        }
        let place = (log.block_number, log.block_hash, log.log_index, log.transaction_hash);
        let (Some(block_number), Some(block_hash), Some(log_index), Some(transaction_hash)) = place
        else {
            return Err(Flaw::LogBlock.into());
        };
        let is_after =
            |last: &L1Log| (last.block_number, last.log_index) < (block_number, log_index);
        if !checked.last().is_none_or(is_after) {
            return Err(Flaw::LogOrder.into());
        }
        let log = log.inner;
        checked.push(L1Log { block_number, block_hash, log_index, transaction_hash, log });
    }
    Ok(checked)
}
