//! The `eth` namespace.

mod blocks;
pub(crate) mod call;
pub(crate) mod chain;
pub(crate) mod contracts;
mod estimate;
mod extra;
mod fees;
mod filters;
mod logs;
mod pending;
mod pool;
mod proofs;
mod receipts;
mod reorg;
mod scroll;
mod simulate;
mod state;
mod subscriptions;
mod transactions;
mod tx_status;
