//! `ots`: what the explorer Otterscan asks for.
//!
//! ```text
//!  server ─┬─► blocks            headers, blocks, pages of transactions
//!          ├─► execution ─┐
//!          ├─► search ────┼─► trace: transactions executed again
//!          └─► accounts ──┘
//! ```
//! Searches go from one block that changed the account to the next by the index of the store, and
//! execute those alone.

mod accounts;
mod blocks;
mod execution;
mod search;
mod server;

pub(crate) use search::SearchError;

use crate::eth::EthRpc;

/// Methods of `ots`.
#[derive(Clone, Debug)]
pub struct OtsRpc {
    eth: EthRpc,
}

impl OtsRpc {
    /// The methods over the chain of `eth`, on its threads.
    pub const fn new(eth: EthRpc) -> Self {
        Self { eth }
    }
}
