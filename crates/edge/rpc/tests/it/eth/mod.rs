//! The `eth` namespace.

mod blocks;
mod call;
pub(crate) mod chain;
pub(crate) mod contracts;
mod estimate;
mod fees;
mod filters;
mod logs;
mod openrpc;
mod pool;
mod proofs;
mod receipts;
mod reorg;
mod schema;
mod state;
mod subscriptions;
mod transactions;
mod tx_status;
