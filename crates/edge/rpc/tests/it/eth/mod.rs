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
pub(crate) mod openrpc;
mod pending;
mod pool;
mod proofs;
mod receipts;
mod reorg;
pub(crate) mod schema;
mod scroll;
mod simulate;
mod state;
mod subscriptions;
mod transactions;
mod tx_status;
