//! `trace`: what transactions do, in the form of Parity.
//!
//! ```text
//!  blocks of the chain ─► replay ──┐
//!                                  ├─► guard ─► recorder ─► results ─► answer, bounded
//!  calls, raw transactions ─► calls┘
//! ```
//! A transaction is executed with a guard around what records it, so memory and time end when the
//! caller's do. What it did is written as JSON before the next one is executed.

mod answer;
mod calls;
mod filter;
mod replay;
mod results;
mod server;

pub use filter::TraceFilterRequest;
pub(crate) use {
    answer::{Answer, bounded},
    filter::TraceFilterError,
    replay::{Replayed, each_of_block, one_of_chain},
};

use crate::eth::EthRpc;

/// Methods of `trace`.
#[derive(Clone, Debug)]
pub struct TraceRpc {
    eth: EthRpc,
}

impl TraceRpc {
    /// The methods over the chain of `eth`, on its threads.
    pub const fn new(eth: EthRpc) -> Self {
        Self { eth }
    }
}
