//! Receipts of a block, and the logs in them.

use super::{Flaw, read};
use crate::{L1Header, L1Log, L1LogFilter, endpoint::Fault};
use alloy_consensus::{
    Eip658Value, Receipt, ReceiptEnvelope, TxType, proofs::calculate_receipt_root,
};
use alloy_primitives::{B256, U64};
use alloy_rpc_types_eth::Log;
use serde::Deserialize;
use serde_json::value::RawValue;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RpcReceipt {
    #[serde(default, rename = "type")]
    kind: U64,
    #[serde(default)]
    status: Option<U64>,
    /// In place of the status before Byzantium.
    #[serde(default)]
    root: Option<B256>,
    cumulative_gas_used: U64,
    transaction_hash: B256,
    logs: Vec<Log>,
}

/// What the receipts of a block hold.
#[derive(Debug)]
pub(super) enum Receipts {
    /// The logs that are looked for: all of them, if the header is right.
    Logs(Vec<L1Log>),
    /// They are of a type or form that is not known here, so nothing is proven.
    Unknown,
}

/// The logs that are looked for in the receipts of a block, whose root is that of its header.
///
/// The root proves addresses, topics, data and order. What a receipt says of its transaction is
/// proven by nothing.
pub(super) fn logs_of(
    json: &RawValue,
    header: &L1Header,
    filter: &L1LogFilter,
) -> Result<Receipts, Fault> {
    let Ok(receipts) = read::<Vec<RpcReceipt>>(json) else { return Ok(Receipts::Unknown) };
    let mut envelopes = Vec::with_capacity(receipts.len());
    let (mut found, mut log_index) = (Vec::new(), 0);
    for receipt in receipts {
        let kind = receipt.kind.to::<u64>();
        let kind = u8::try_from(kind).ok().and_then(|kind| TxType::try_from(kind).ok());
        let Some(kind) = kind else { return Ok(Receipts::Unknown) };
        let status = match (receipt.status, receipt.root) {
            (Some(status), _) => Eip658Value::Eip658(status == U64::ONE),
            (None, Some(root)) => Eip658Value::PostState(root),
            (None, None) => return Err(Flaw::Receipts.into()),
        };
        for log in &receipt.logs {
            check(log, header, receipt.transaction_hash, log_index)?;
            if filter.matches(&log.inner) {
                found.push(L1Log {
                    block_number: header.number,
                    block_hash: header.hash,
                    log_index,
                    transaction_hash: receipt.transaction_hash,
                    log: log.inner.clone(),
                });
            }
            log_index += 1;
        }
        let logs = receipt.logs.into_iter().map(|log| log.inner).collect();
        let cumulative_gas_used = receipt.cumulative_gas_used.to();
        let receipt = Receipt { status, cumulative_gas_used, logs };
        // The filter of each receipt is computed from its logs.
        envelopes.push(ReceiptEnvelope::from_typed(kind, receipt));
    }
    if calculate_receipt_root(&envelopes) != header.receipts_root {
        return Err(Flaw::Receipts.into());
    }
    Ok(Receipts::Logs(found))
}

fn check(log: &Log, header: &L1Header, transaction: B256, index: u64) -> Result<(), Flaw> {
    if log.removed {
        return Err(Flaw::RemovedLog);
    }
    if log.block_hash.is_some_and(|hash| hash != header.hash) {
        return Err(Flaw::LogBlock);
    }
    if log.log_index.is_some_and(|at| at != index) {
        return Err(Flaw::LogOrder);
    }
    if log.transaction_hash.is_some_and(|hash| hash != transaction) {
        return Err(Flaw::OtherTransaction);
    }
    Ok(())
}
