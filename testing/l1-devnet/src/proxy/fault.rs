//! How an endpoint fails.

use std::{num::NonZeroUsize, time::Duration};

/// How an endpoint fails.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Fault {
    /// It does not.
    #[default]
    None,
    /// Connections are refused, and those that are open are closed.
    Dead,
    /// No request is ever answered.
    Hang,
    /// Every answer comes this much later.
    Delay(Duration),
    /// Every answer is this status of HTTP.
    Http(u16),
    /// Every answer is an error of JSON-RPC.
    Rpc {
        /// Its code.
        code: i64,
        /// Its text.
        message: String,
    },
    /// Every answer is that there were too many requests: status 429, and when to come back.
    RateLimit,
    /// The endpoint is this many blocks behind: named blocks are lower, blocks above and what is in
    /// them do not exist, nor their state.
    Lag(u64),
    /// It says another chain id.
    ChainId(u64),
    /// Every k-th log of an answer is missing: of `eth_getLogs`, and of receipts.
    DropLogs(NonZeroUsize),
    /// Answers come from the endpoint at this URL instead.
    Fork(String),
    /// Every answer is a page that says so, with status 200.
    Garbage,
}

impl Fault {
    /// All logs are missing.
    pub const NO_LOGS: Self = Self::DropLogs(NonZeroUsize::MIN);
}
