//! What signing looks like from outside.

use crate::{BlockSigner, SignerError};
use metrics::{Counter, Gauge, Histogram};
use metrics_derive::Metrics;

#[derive(Metrics)]
#[metrics(scope = "signer")]
pub(crate) struct SignerMetrics {
    /// Hashes that were to be signed
    pub(crate) requests_total: Counter,
    /// Hashes that were not signed after all tries
    pub(crate) given_up_total: Counter,
    /// Time from a request to its signature, with all tries, in seconds
    pub(crate) signing_duration: Histogram,
    /// Tries that gave no signature, by reason
    #[metric(rename = "failures_total", labels = [("reason", "unavailable")])]
    unavailable: Counter,
    /// Tries that gave no signature, by reason
    #[metric(rename = "failures_total", labels = [("reason", "refused")])]
    refused: Counter,
    /// Tries that gave no signature, by reason
    #[metric(rename = "failures_total", labels = [("reason", "timed_out")])]
    timed_out: Counter,
    /// Tries that gave no signature, by reason
    #[metric(rename = "failures_total", labels = [("reason", "other_key")])]
    other_key: Counter,
    /// Tries that gave no signature, by reason
    #[metric(rename = "failures_total", labels = [("reason", "unrecoverable")])]
    unrecoverable: Counter,
    /// Tries that gave no signature, by reason
    #[metric(rename = "failures_total", labels = [("reason", "high_s")])]
    high_s: Counter,
}

impl SignerMetrics {
    /// Metrics of a process that signs with this signer.
    pub(crate) fn of(signer: &dyn BlockSigner) -> Self {
        let labels =
            [("address", signer.address().to_string()), ("kind", signer.kind().to_string())];
        SignerInfoMetrics::new_with_labels(&labels).info.set(1.0);
        Self::default()
    }

    pub(crate) fn failed(&self, err: &SignerError) {
        let counter = match err {
            SignerError::Unavailable { .. } => &self.unavailable,
            SignerError::Refused { .. } => &self.refused,
            SignerError::TimedOut { .. } => &self.timed_out,
            SignerError::OtherKey { .. } => &self.other_key,
            SignerError::Unrecoverable { .. } => &self.unrecoverable,
            SignerError::HighS => &self.high_s,
        };
        counter.increment(1);
    }
}

#[derive(Metrics)]
#[metrics(scope = "signer")]
struct SignerInfoMetrics {
    /// 1 for the key that this process signs with
    info: Gauge,
}
