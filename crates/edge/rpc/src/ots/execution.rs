//! What one transaction did.

use crate::{
    eth::{EthRpc, Json, error::EthError},
    trace::{bounded, one_of_chain},
};
use alloy_primitives::{B256, Bytes};
use alloy_rpc_types_trace::otterscan::{InternalOperation, OperationType, TraceEntry};
use revm::context_interface::result::ExecutionResult;
use revm_inspectors::tracing::{
    TracingInspectorConfig,
    types::{CallKind, CallTrace},
};
use tokio_util::sync::CancellationToken;

/// Value that the calls of a transaction moved, and the contracts that they created, in order. What
/// was reverted again is listed as well.
///
/// # Errors
/// As for [`one_of_chain`].
pub(super) fn internal_operations(
    eth: &EthRpc,
    hash: B256,
    cancelled: &CancellationToken,
) -> Result<Option<Vec<InternalOperation>>, EthError> {
    let config = TracingInspectorConfig::none();
    one_of_chain(eth, hash, config, cancelled, |done| {
        let nodes = done.recorder.into_traces().into_nodes();
        Ok(nodes.iter().filter_map(|node| operation(&node.trace)).collect())
    })
}

fn operation(call: &CallTrace) -> Option<InternalOperation> {
    let r#type = match call.kind {
        CallKind::Call if !call.value.is_zero() => OperationType::OpTransfer,
        CallKind::Create => OperationType::OpCreate,
        CallKind::Create2 => OperationType::OpCreate2,
        CallKind::Call
        | CallKind::CallCode
        | CallKind::DelegateCall
        | CallKind::StaticCall
        | CallKind::AuthCall => return None,
    };
    let (from, to, value) = (call.caller, call.address, call.value);
    (call.depth > 0).then_some(InternalOperation { r#type, from, to, value })
}

/// The output of a transaction that reverted; no bytes if it did not.
///
/// # Errors
/// As for [`one_of_chain`].
pub(super) fn transaction_error(
    eth: &EthRpc,
    hash: B256,
    cancelled: &CancellationToken,
) -> Result<Option<Bytes>, EthError> {
    one_of_chain(eth, hash, TracingInspectorConfig::none(), cancelled, |done| {
        Ok(match &done.done.result {
            ExecutionResult::Revert { output, .. } => output.clone(),
            ExecutionResult::Success { .. } | ExecutionResult::Halt { .. } => Bytes::new(),
        })
    })
}

/// The calls in the order in which they began, those of precompiles among them.
///
/// # Errors
/// As for [`one_of_chain`].
pub(super) fn trace_transaction(
    eth: &EthRpc,
    hash: B256,
    cancelled: &CancellationToken,
) -> Result<Option<Json>, EthError> {
    let config = TracingInspectorConfig::default_parity().set_exclude_precompile_calls(false);
    one_of_chain(eth, hash, config, cancelled, |done| {
        let nodes = done.recorder.into_traces().into_nodes();
        let begun = nodes.into_iter().map(|node| node.trace);
        let entries: Vec<_> = begun.filter(|call| call.status.is_some()).map(entry).collect();
        bounded(&entries, eth.config().max_trace_bytes)
    })
}

fn entry(call: CallTrace) -> TraceEntry {
    // A delegate call has the value of its caller, and moves none.
    let moves = !matches!(call.kind, CallKind::DelegateCall | CallKind::StaticCall);
    TraceEntry {
        r#type: call.kind.to_string(),
        depth: u32::try_from(call.depth).unwrap_or(u32::MAX),
        from: call.caller,
        to: call.address,
        value: moves.then_some(call.value),
        input: call.data,
        output: call.output,
    }
}
