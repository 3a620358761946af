//! From what was recorded to the traces that are asked for.

use crate::eth::{
    call::CallState,
    error::EthError,
    guard::{TraceGuard, TraceLimits},
};
use alloy_primitives::map::HashSet;
use alloy_rpc_types_trace::parity::{
    AccountDiff, Delta, StateDiff, TraceResults, TraceType, VmTrace,
};
use revm::{context_interface::result::ResultAndState, database::CacheDB};
use revm_inspectors::tracing::{
    TraceLimits as RecorderLimits, TracingInspector, TracingInspectorConfig,
    parity::populate_state_diff,
};

/// What a recorded step takes, here and in the answer, in bytes.
const STEP_BYTES: usize = 320;

/// What records as `config` says, within limits.
pub(super) fn guarded(
    config: TracingInspectorConfig,
    limits: &TraceLimits,
) -> TraceGuard<TracingInspector> {
    let step_bytes = if config.record_steps { STEP_BYTES } else { 0 };
    // It counts the memory that steps write, which the guard does not see.
    let own_limits = RecorderLimits::default().set_max_recorded_bytes(Some(limits.max_bytes));
    let recorder = TracingInspector::new(config).with_limits(own_limits);
    TraceGuard::new(recorder, limits).with_step_bytes(step_bytes)
}

/// What was recorded.
///
/// # Errors
/// [`EthError::TraceTooLarge`] if something was left out.
pub(super) fn complete(
    guard: TraceGuard<TracingInspector>,
    limits: &TraceLimits,
) -> Result<TracingInspector, EthError> {
    let recorder = guard.into_inner();
    if recorder.limit_exceeded() {
        return Err(EthError::TraceTooLarge { max_bytes: limits.max_bytes });
    }
    Ok(recorder)
}

/// The traces that are asked for. `before` is the state before the transaction.
///
/// # Errors
/// [`EthError::Cancelled`], and those of the database.
pub(super) fn results(
    recorder: TracingInspector,
    types: &HashSet<TraceType>,
    done: &ResultAndState,
    before: &CacheDB<CallState<'_>>,
) -> Result<TraceResults, EthError> {
    let mut results = recorder.into_parity_builder().into_trace_results(&done.result, types);
    // A transaction that ends before its first call leaves nothing to build from.
    if types.contains(&TraceType::VmTrace) {
        results.vm_trace.get_or_insert_with(VmTrace::default);
    }
    if types.contains(&TraceType::StateDiff) {
        let mut diff = StateDiff::default();
        populate_state_diff(&mut diff, before, done.state.iter())?;
        // It takes a code that cannot be read for none.
        before.db.check()?;
        // An account that is only touched stays what it is.
        diff.0.retain(|_, account| is_changed(account));
        results.state_diff = Some(diff);
    }
    Ok(results)
}

fn is_changed(account: &AccountDiff) -> bool {
    let AccountDiff { balance, nonce, code, storage } = account;
    let is_same = balance.is_unchanged() && nonce.is_unchanged() && code.is_unchanged();
    !(is_same && storage.values().all(Delta::is_unchanged))
}
