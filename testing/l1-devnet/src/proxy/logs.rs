//! Answers with logs left out.

use serde_json::Value;
use std::num::NonZeroUsize;

/// The answer to a method without every `every`-th of its logs.
pub(super) fn without_logs(method: &str, mut answer: Value, every: NonZeroUsize) -> Value {
    let result = &mut answer["result"];
    let mut seen = 0;
    match method {
        "eth_getLogs" => drop_some(result, every, &mut seen),
        "eth_getTransactionReceipt" => drop_some(&mut result["logs"], every, &mut seen),
        "eth_getBlockReceipts" => {
            for receipt in result.as_array_mut().into_iter().flatten() {
                drop_some(&mut receipt["logs"], every, &mut seen);
            }
        }
        _ => {}
    }
    answer
}

/// Takes logs out of a list. `seen` counts those of the lists before.
fn drop_some(logs: &mut Value, every: NonZeroUsize, seen: &mut usize) {
    if let Some(logs) = logs.as_array_mut() {
        logs.retain(|_| {
            *seen += 1;
            !seen.is_multiple_of(every.get())
        });
    }
}
