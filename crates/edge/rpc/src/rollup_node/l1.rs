//! L1, as far as it can be seen and controlled from outside.

use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use std::{error::Error, fmt::Debug};
use thiserror::Error;

/// Why L1 was not read anew. The operator reads it with its causes.
pub type L1Failure = Box<dyn Error + Send + Sync>;

/// How the node follows L1.
pub trait L1Control: Debug + Send + Sync + 'static {
    /// What it is read from, in the order of the configuration. Does not wait.
    fn endpoints(&self) -> Vec<L1EndpointReport>;

    /// What an operator has to look at. Does not wait.
    fn reasons(&self) -> Vec<String>;

    /// Forgets what L1 blocks above this one did, and reads them anew. The head of L2 stays.
    fn revert_to(&self, l1_block_number: u64) -> BoxFuture<'_, Result<(), L1Failure>>;
}

/// An endpoint of L1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct L1EndpointReport {
    /// Without what may be a secret.
    pub url: String,
    /// Whether it is asked before the others now.
    pub preferred: bool,
    /// How it is.
    pub state: L1EndpointState,
    /// Chain id that it has; `null` before it answered.
    pub chain_id: Option<u64>,
    /// Its latest block; `null` before it answered.
    pub latest: Option<u64>,
    /// Blocks that it is behind the best one.
    pub lag: Option<u64>,
    /// Milliseconds until it answers, on average; `null` before it answered.
    pub latency_ms: Option<u64>,
    /// Requests that it was sent.
    pub requests: u64,
    /// Those that it did not answer, or wrongly.
    pub errors: u64,
    /// Whether it is not asked for logs for a while, because it left some out.
    pub distrusted: bool,
    /// What was wrong the last time.
    pub last_error: Option<String>,
}

/// How an endpoint of L1 is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum L1EndpointState {
    /// It answers.
    Healthy,
    /// It answers, but has not got the newest blocks.
    Lagging,
    /// It does not answer.
    Failing,
    /// It is of another chain, and is not asked.
    WrongChain,
    /// Nobody has asked it yet.
    Unprobed,
}

/// What is answered where there is no L1.
#[derive(Clone, Copy, Debug, Error)]
#[error("this node follows no L1; start it with --l1.url")]
pub(super) struct NoL1;
