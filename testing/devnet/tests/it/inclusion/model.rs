//! Messages of L1.

use crate::support::RECIPIENT;
use rollup_primitives::TxL1Message;

/// A message with this gas limit, to be enqueued.
pub(crate) fn message(gas_limit: u64) -> TxL1Message {
    TxL1Message { to: RECIPIENT, gas_limit, ..Default::default() }
}
