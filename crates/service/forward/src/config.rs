//! Settings of forwarding.

use rollup_runtime::HttpUrl;
use std::time::Duration;

/// Transactions whose fate is remembered, at most; see [`ForwardRecord`](crate::ForwardRecord).
pub(crate) const REMEMBERED: usize = 10_000;
/// The first pause after a sequencer could not be reached; each further one is twice as long.
pub(crate) const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// The longest pause. A random part of up to half as much is added to each.
pub(crate) const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// Bytes of an answer that are read, at most.
pub(crate) const MAX_ANSWER_BYTES: usize = 64 << 10;

/// Settings of forwarding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForwardConfig {
    /// Where transactions go: to the first that can be reached.
    pub urls: Vec<HttpUrl>,
    /// What one request may take. Default: 5 s.
    pub request_timeout: Duration,
    /// How long a caller waits for the answer of a sequencer. Default: 10 s.
    pub answer_timeout: Duration,
    /// Transactions that wait, at most; more are refused. Default: 16,384.
    pub max_waiting: usize,
    /// Bytes of the transactions that wait, at most. Default: 64 MiB.
    pub max_waiting_bytes: usize,
    /// Requests at a time. Default: 64.
    pub max_in_flight: usize,
    /// How often a transaction is handed in again that sequencers answer with an error of their own,
    /// such as that they are busy. After that it counts as refused. Default: 8.
    pub max_failures: u32,
}

impl ForwardConfig {
    /// The defaults, for these sequencers.
    pub const fn new(urls: Vec<HttpUrl>) -> Self {
        Self {
            urls,
            request_timeout: Duration::from_secs(5),
            answer_timeout: Duration::from_secs(10),
            max_waiting: 16_384,
            max_waiting_bytes: 64 << 20,
            max_in_flight: 64,
            max_failures: 8,
        }
    }
}
