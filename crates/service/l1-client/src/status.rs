//! What is known of an endpoint.

use std::time::Duration;

/// How an endpoint does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum L1EndpointState {
    /// It answers, and is as far as the others.
    Healthy,
    /// It answers, but its newest block is too far behind that of another endpoint, or on a fork
    /// that most of the others do not have. It is asked after those that are healthy.
    Lagging,
    /// Its last answer was an error, wrong, or too late. It is asked after all others.
    Failing,
    /// It serves another chain. It is not asked for anything but its chain id.
    WrongChain,
    /// It was not asked yet.
    Unprobed,
}

impl L1EndpointState {
    /// Name for JSON-RPC and logs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Lagging => "lagging",
            Self::Failing => "failing",
            Self::WrongChain => "wrong chain",
            Self::Unprobed => "unprobed",
        }
    }
}

/// What is known of an endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct L1EndpointStatus {
    /// Host and port.
    pub url: String,
    /// Whether it is the one that is asked first.
    pub is_preferred: bool,
    /// How it does.
    pub state: L1EndpointState,
    /// The chain that it serves, as it said last.
    pub chain_id: Option<u64>,
    /// Number of the newest block that it was seen to have.
    pub latest: Option<u64>,
    /// How many blocks that was behind the newest one of an endpoint on the same fork.
    pub lag: Option<u64>,
    /// Time to an answer: mean that follows the last few.
    pub latency: Option<Duration>,
    /// HTTP requests sent to it.
    pub requests: u64,
    /// Those without a usable answer.
    pub errors: u64,
    /// Why the last of them had none, without secrets of the URL. Stays when it is healthy again.
    pub last_error: Option<String>,
    /// Whether it is not asked for logs now while another one can be, because what it answered was
    /// wrong.
    pub distrusted: bool,
}
