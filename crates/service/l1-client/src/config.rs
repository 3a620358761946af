//! Settings of reading L1.

use rollup_runtime::HttpUrl;
use std::time::Duration;

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
}
