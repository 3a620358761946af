//! Settings of reading L1.

use crate::L1ClientConfigError;
use rollup_runtime::HttpUrl;
use std::time::Duration;

/// Pause between two looks at an endpoint that is well.
pub(crate) const PROBE_PAUSE: Duration = Duration::from_secs(12);
/// Pause between two looks at one that lags or is on another fork.
pub(crate) const LAGGING_PAUSE: Duration = Duration::from_secs(4);
/// Pause between two looks at one of another chain.
pub(crate) const WRONG_CHAIN_PAUSE: Duration = Duration::from_secs(60);
/// The first pause after an endpoint failed; each further one is twice as long.
pub(crate) const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// The longest pause after an endpoint failed.
pub(crate) const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// The longest pause between two tries of one call.
pub(crate) const LONGEST_BACKOFF: Duration = Duration::from_secs(5);
/// How long an endpoint that was told to be wrong is not asked for logs while another one can be.
pub(crate) const DISTRUST_TIME: Duration = Duration::from_secs(600);
/// Requests to one endpoint at a time, at most. More wait, within their deadline.
pub(crate) const MAX_IN_FLIGHT: usize = 32;
/// After so many answers in a row that came later than that of another endpoint, one counts as
/// failing.
pub(crate) const MAX_LATE: u32 = 3;

/// Settings of reading L1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct L1ClientConfig {
    /// Where L1 is read from: the first that is well is preferred.
    pub urls: Vec<HttpUrl>,
    /// Chain id that the endpoints must have. Default: any.
    pub chain_id: Option<u64>,
    /// What one request may take. Default: 3 s.
    pub request_timeout: Duration,
    /// After so long without an answer the next endpoint is asked too. Default: 1 s.
    pub hedge_after: Duration,
    /// An endpoint whose newest block is more blocks than this behind that of the best one is not
    /// preferred. Default: 4.
    pub max_lag: u64,
    /// How many endpoints must have a block before a reorg deeper than one block is believed.
    /// Default: 1, and 2 if there are at least 3 endpoints.
    pub reorg_quorum: Option<usize>,
    /// What each endpoint may be asked for in a second, at least 1. Default: 10,000.
    ///
    /// Costs are those of [`L1Reader`](crate::L1Reader)'s requests: `eth_chainId` 5,
    /// `eth_getBlockBy…`, `eth_getTransactionByHash` and `eth_getStorageAt` 20, `eth_call` 26,
    /// `eth_getBlockReceipts` 40, `eth_getLogs` 75.
    pub compute_units_per_second: u64,
    /// How often all endpoints are asked again for what none of them answers, because of limits of
    /// rate or of the connection. Default: 10.
    pub max_retries: u32,
    /// Pause before the first time that they are asked again; each further one is twice as long, up
    /// to 5 s, with a random part. Default: 100 ms.
    pub initial_backoff: Duration,
    /// How many headers, how many transactions, and the logs of how many blocks are remembered.
    /// Default: 100.
    pub cache_max_items: usize,
    /// Bytes of one answer that are read, at most. Default: 32 MiB: the receipts of a block of
    /// 60 million gas that is full of logs are about half of that.
    pub max_response_bytes: usize,
}

impl L1ClientConfig {
    /// The defaults, for these endpoints.
    pub const fn new(urls: Vec<HttpUrl>) -> Self {
        Self {
            urls,
            chain_id: None,
            request_timeout: Duration::from_secs(3),
            hedge_after: Duration::from_secs(1),
            max_lag: 4,
            reorg_quorum: None,
            compute_units_per_second: 10_000,
            max_retries: 10,
            initial_backoff: Duration::from_millis(100),
            cache_max_items: 100,
            max_response_bytes: 32 << 20,
        }
    }

    /// How many endpoints must have a block before a reorg deeper than one block is believed.
    pub fn quorum(&self) -> usize {
        self.reorg_quorum.unwrap_or(if self.urls.len() >= 3 { 2 } else { 1 })
    }

    /// What a call may take in all: time for four requests in a row to the endpoint that is asked
    /// last.
    pub(crate) fn call_timeout(&self) -> Duration {
        let endpoints = u32::try_from(self.urls.len()).unwrap_or(u32::MAX);
        let hedges = self.hedge_after.saturating_mul(endpoints);
        self.request_timeout.saturating_mul(4).saturating_add(hedges)
    }

    /// Whether the settings can work.
    ///
    /// # Errors
    /// Names the setting that cannot.
    pub fn validate(&self) -> Result<(), L1ClientConfigError> {
        let (quorum, endpoints) = (self.quorum(), self.urls.len());
        if endpoints == 0 {
            return Err(L1ClientConfigError::NoUrls);
        }
        if quorum == 0 || quorum > endpoints {
            return Err(L1ClientConfigError::Quorum { quorum, endpoints });
        }
        if self.compute_units_per_second == 0 {
            return Err(L1ClientConfigError::NoComputeUnits);
        }
        if self.request_timeout.is_zero() {
            return Err(L1ClientConfigError::NoTime);
        }
        Ok(())
    }
}
