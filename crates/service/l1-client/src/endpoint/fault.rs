//! Why an endpoint did not give an answer that can be used.

use crate::query::Flaw;
use rollup_runtime::HttpUrl;
use serde::Deserialize;
use std::{error::Error as _, fmt, time::Duration};
use thiserror::Error;

/// Characters of a foreign text that are shown, at most.
const MAX_SHOWN: usize = 200;
/// Parts of a URL that are shorter hide nothing: cutting them out would spoil any text.
const MIN_SECRET: usize = 4;

/// Why an endpoint did not give an answer that can be used.
#[derive(Debug, Error)]
pub(crate) enum Fault {
    /// It cannot be reached, or the connection broke.
    #[error("it cannot be reached")]
    Unreachable(#[source] reqwest::Error),
    /// It did not answer in time.
    #[error("no answer within {} ms", timeout.as_millis())]
    TimedOut { timeout: Duration },
    /// Other endpoints answered earlier, again and again.
    #[error("it answers later than others, by more than {} ms", hedge_after.as_millis())]
    Late { hedge_after: Duration },
    /// The budget of `--l1.cups` is used up for longer than a request may take.
    #[error("the budget of compute units is used up")]
    NoBudget,
    /// It wants to be asked less often.
    #[error("it limits the rate of requests")]
    RateLimited,
    /// An HTTP status, and no JSON-RPC.
    #[error("HTTP status {status}")]
    Status { status: u16 },
    /// More than is read.
    #[error("the answer has more than {limit} bytes")]
    TooLarge { limit: usize },
    /// No JSON-RPC, or the answer to something else.
    #[error("the answer is not JSON-RPC")]
    NotRpc,
    /// JSON-RPC, but not what the method gives.
    #[error("the answer is not what the method gives")]
    Unreadable(#[source] serde_json::Error),
    /// An error of JSON-RPC.
    #[error("{0}")]
    Rpc(RpcError),
    /// It serves another chain.
    #[error("it serves chain {actual}, not {expected}")]
    WrongChain { expected: u64, actual: u64 },
    /// The answer contradicts itself, or what was asked.
    #[error("{0}")]
    Wrong(#[from] Flaw),
    /// It has not got as far as this block.
    #[error("it does not have block {number}")]
    Behind { number: u64 },
}

/// An error of JSON-RPC.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct RpcError {
    #[serde(default)]
    pub(crate) code: i64,
    #[serde(default)]
    pub(crate) message: String,
}

impl fmt::Display for RpcError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.message, self.code)
    }
}

impl From<reqwest::Error> for Fault {
    fn from(err: reqwest::Error) -> Self {
        // The URL may hold a key.
        Self::Unreachable(err.without_url())
    }
}

impl Fault {
    /// Whether the same endpoint may answer a little later.
    pub(crate) const fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable(_)
            | Self::TimedOut { .. }
            | Self::Late { .. }
            | Self::NoBudget
            | Self::RateLimited => true,
            Self::Status { status } => *status >= 500 || *status == 408,
            Self::TooLarge { .. }
            | Self::NotRpc
            | Self::Unreadable(_)
            | Self::Rpc(_)
            | Self::WrongChain { .. }
            | Self::Wrong(_)
            | Self::Behind { .. } => false,
        }
    }

    /// Text for operators: what is behind it too, and nothing of the URL but host and port.
    pub(crate) fn describe(&self, url: &HttpUrl) -> String {
        let mut text = self.to_string();
        let mut source = self.source();
        while let Some(err) = source {
            text = format!("{text}: {err}");
            source = err.source();
        }
        let text: String = text.chars().filter(|c| !c.is_control()).collect();
        let text = without_secrets(text, url);
        text.chars().take(MAX_SHOWN).collect()
    }
}

/// A server may repeat what it was asked with.
fn without_secrets(mut text: String, url: &HttpUrl) -> String {
    let url = url.expose();
    let path = url.path_segments().into_iter().flatten();
    let query = url.query().unwrap_or_default().split(['&', '=']);
    let user = [url.username(), url.password().unwrap_or_default()];
    for secret in path.chain(query).chain(user).filter(|secret| secret.len() >= MIN_SECRET) {
        text = text.replace(secret, "***");
    }
    text
}

impl RpcError {
    fn says(&self, texts: &[&str]) -> bool {
        let message = self.message.to_ascii_lowercase();
        texts.iter().any(|text| message.contains(text))
    }

    /// Whether the answer would be too long, or the range of blocks is, in the words of geth, reth,
    /// nethermind, erigon and the usual providers.
    pub(crate) fn is_too_many(&self) -> bool {
        const TEXTS: &[&str] = &[
            "block range",
            "blocks range",
            "range is too",
            "range too",
            "range limit",
            "range of blocks",
            "query returned more than",
            "query exceeds",
            "exceeds max results",
            "too many results",
            "too many logs",
            "more than 10000 results",
            "logs matched by query exceeds",
            "log response size",
            "response size",
            "response is too big",
            "response too large",
            "is limited to",
            "limit the query",
            "ranges over",
            "query timeout exceeded",
        ];
        self.code == -32008 || self.says(TEXTS)
    }

    /// Whether the endpoint wants to be asked less often.
    pub(crate) fn is_rate_limit(&self) -> bool {
        const TEXTS: &[&str] = &[
            "rate limit",
            "ratelimit",
            "too many requests",
            "request limit",
            "requests per second",
            "compute units per second",
            "capacity exceeded",
            "exceeded its throughput",
            "daily request count exceeded",
            "credits limited",
        ];
        let is_code = matches!(self.code, -32005 | 429 | -32097 | -32007);
        (is_code || self.says(TEXTS)) && !self.is_too_many()
    }

    /// Whether the endpoint does not have the method.
    pub(crate) fn is_no_method(&self) -> bool {
        const TEXTS: &[&str] = &[
            "method not found",
            "does not exist/is not available",
            "method not supported",
            "unsupported method",
            "method is not available",
            "method is not whitelisted",
            "not supported",
        ];
        self.code == -32601 || self.says(TEXTS)
    }

    /// Whether the endpoint does not take a parameter in this form.
    pub(crate) fn is_bad_parameter(&self) -> bool {
        const TEXTS: &[&str] =
            &["invalid argument", "invalid params", "cannot unmarshal", "invalid block"];
        self.code == -32602 || self.says(TEXTS)
    }

    /// Whether the endpoint does not have the block.
    pub(crate) fn is_unknown_block(&self) -> bool {
        const TEXTS: &[&str] = &[
            "header not found",
            "block not found",
            "unknown block",
            "header for hash not found",
            "could not be found",
            "cannot be found",
            "is not currently canonical",
            "block is not available",
            "unknown header",
        ];
        matches!(self.code, -32001 | -39001) || self.says(TEXTS)
    }

    /// Whether a contract reverted the call.
    pub(crate) fn is_revert(&self) -> bool {
        self.code == 3 || self.says(&["revert"])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn error(code: i64, message: &str) -> RpcError {
        RpcError { code, message: message.to_owned() }
    }

    #[rstest]
    #[case::infura(-32005, "query returned more than 10000 results")]
    #[case::alchemy(-32602, "Log response size exceeded. You can make eth_getLogs requests with up to a 2K block range")]
    #[case::quicknode(-32614, "eth_getLogs is limited to a 10,000 range")]
    #[case::ankr(-32600, "block range is too wide")]
    #[case::drpc(35, "ranges over 10000 blocks are not supported on freetier")]
    #[case::reth(-32602, "query exceeds max results 20000, retry with the range 1-2")]
    #[case::reth_range(-32602, "query exceeds max block range 100000")]
    #[case::jsonrpsee(-32008, "Response is too big")]
    #[case::geth(-32000, "exceed maximum block range: 50000")]
    #[case::time(-32005, "query timeout exceeded")]
    fn an_answer_that_is_too_long_is_no_limit_of_rate(#[case] code: i64, #[case] message: &str) {
        let error = error(code, message);
        assert!(error.is_too_many() && !error.is_rate_limit(), "{error}");
    }

    #[rstest]
    #[case::infura(-32005, "project ID request rate exceeded")]
    #[case::alchemy(429, "Your app has exceeded its compute units per second capacity")]
    #[case::quicknode(-32007, "50/second request limit reached")]
    #[case::other(-32000, "Too Many Requests")]
    fn a_limit_of_rate_is_no_answer_that_is_too_long(#[case] code: i64, #[case] message: &str) {
        let error = error(code, message);
        assert!(error.is_rate_limit() && !error.is_too_many(), "{error}");
    }

    #[rstest]
    #[case::geth(-32000, "header not found")]
    #[case::geth_logs(-32000, "unknown block")]
    #[case::geth_hash(-32000, "hash 0x11 is not currently canonical")]
    #[case::reth(-32001, "block not found: hash 0x11")]
    #[case::nethermind(-32001, "0x11 could not be found")]
    fn an_unknown_block_is_known_as_such(#[case] code: i64, #[case] message: &str) {
        let error = error(code, message);
        assert!(
            error.is_unknown_block() && !error.is_rate_limit() && !error.is_revert(),
            "{error}"
        );
    }

    #[test]
    fn a_text_of_a_server_gives_no_secret_away() {
        let url: HttpUrl =
            "https://user1:pass1@rpc.example.com/v2/apikey1?token=token1".parse().unwrap();
        let message = format!("no: {} and user1, pass1, {}", url.expose(), "x".repeat(1000));
        let text = Fault::Rpc(error(-32000, &message)).describe(&url);
        for secret in ["user1", "pass1", "apikey1", "token1"] {
            assert!(!text.contains(secret), "{text}");
        }
        assert_eq!(text.chars().count(), MAX_SHOWN);
        assert!(text.contains("rpc.example.com"), "{text}");
    }
}
