//! Why a transaction is not with a sequencer.

use serde::{Deserialize, Serialize};
use std::{fmt, sync::Arc, time::Duration};
use thiserror::Error;

/// Why a transaction was not forwarded.
#[derive(Clone, Debug, Error)]
pub enum ForwardError {
    /// Too many wait, or too long ones.
    #[error("too many transactions wait for the sequencer, try again later")]
    Busy,
    /// The node shuts down.
    #[error("the node shuts down")]
    Stopped,
    /// The sequencer does not take it.
    #[error("{0}")]
    Refused(Arc<SequencerRefusal>),
}

/// Why forwarding does not begin.
#[derive(Debug, Error)]
pub enum ForwardStartError {
    /// There is nobody to forward to.
    #[error("--network.sequencer-url names no sequencer")]
    NoUrls,
    /// The client of HTTP cannot be made, for want of root certificates as a rule.
    #[error(
        "transactions cannot be forwarded; are the root certificates of this machine installed?"
    )]
    Client(#[source] reqwest::Error),
}

/// An error that a sequencer answered, as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SequencerRefusal {
    /// Code.
    pub code: i32,
    /// Text.
    pub message: String,
    /// What belongs to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<serde_json::Value>,
}

impl fmt::Display for SequencerRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.message, self.code)
    }
}

/// Codes that say nothing of the transaction: internal error, no such method, time, limit, busy.
const OWN_FAULTS: [i32; 5] = [-32603, -32601, -32002, -32005, -32009];

impl SequencerRefusal {
    /// Whether the sequencer has the transaction already, in the words of geth and reth, erigon and
    /// nethermind.
    pub(crate) fn is_known(&self) -> bool {
        let message = self.message.to_ascii_lowercase();
        ["already known", "already imported", "alreadyknown", "known transaction"]
            .iter()
            .any(|words| message.contains(words))
    }

    /// Whether the sequencer is at fault, so that another try may end otherwise.
    pub(crate) fn is_own_fault(&self) -> bool {
        OWN_FAULTS.contains(&self.code)
    }
}

/// Why there is no answer of a sequencer.
#[derive(Clone, Debug, Error)]
pub enum TryError {
    /// It cannot be reached, or the connection broke.
    #[error("the sequencer cannot be reached")]
    Unreachable(#[source] Arc<reqwest::Error>),
    /// It did not answer in time.
    #[error("no answer within {} ms", timeout.as_millis())]
    TimedOut {
        /// What a request may take.
        timeout: Duration,
    },
    /// It answered with an HTTP status and no JSON-RPC.
    #[error("HTTP status {status}")]
    Status {
        /// The status.
        status: u16,
    },
    /// It answered something else.
    #[error("the answer is not JSON-RPC")]
    Malformed,
}

impl From<reqwest::Error> for TryError {
    fn from(err: reqwest::Error) -> Self {
        // The URL may hold a key.
        Self::Unreachable(Arc::new(err.without_url()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(-32000, "already known", true, false)]
    #[case(-32000, "ALREADY_EXISTS: already known", true, false)]
    #[case(-32010, "Transaction with the same hash was already imported.", true, false)]
    #[case(-32000, "AlreadyKnown", true, false)]
    #[case(-32000, "nonce too low", false, false)]
    #[case(-32003, "txpool is full", false, false)]
    #[case(-32603, "Internal error", false, true)]
    #[case(-32009, "server is busy, try again later", false, true)]
    fn tells_faults_of_the_sequencer_from_those_of_the_transaction(
        #[case] code: i32,
        #[case] message: &str,
        #[case] is_known: bool,
        #[case] is_own_fault: bool,
    ) {
        let refusal = SequencerRefusal { code, message: message.to_owned(), data: None };
        assert_eq!((refusal.is_known(), refusal.is_own_fault()), (is_known, is_own_fault));
    }
}
