//! Settings of the `eth` namespace.

use crate::feed::FeedLimits;
use std::time::Duration;

/// Limits and defaults of the `eth` methods.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EthConfig {
    /// Gas that one call may use, whatever it asks for. Default: 50,000,000.
    pub gas_cap: u64,
    /// Blocks that one query for logs may cover. Default: 100,000.
    pub max_blocks_per_filter: u64,
    /// Logs that one query may give. Default: 20,000.
    pub max_logs_per_response: usize,
    /// How many blocks below the head accounts and slots can be proved. Default: 0, the head only.
    pub proof_window_blocks: u64,
    /// Blocks that one fee history covers at most. Default: 1024.
    pub max_fee_history_blocks: u64,
    /// Tip that is suggested while blocks are not full, in wei per gas. Default: 100.
    pub suggested_tip_wei: u128,
    /// Tip that is suggested at most, in wei per gas. Default: 500 gwei.
    pub max_suggested_tip_wei: u128,
    /// What a transaction that is sent may pay for gas, in wei; 0 for any. Default: 1 ether.
    pub max_tx_fee_wei: u128,
    /// How long a transaction that is waited for has, unless its sender says otherwise. Default: 2 s.
    pub send_sync_wait: Duration,
    /// How long it has at most. Default: 20 s, less than any call may take.
    pub max_send_sync_wait: Duration,
    /// Bytes that a trace may take, in memory while it is made and as JSON; 128 MiB by default.
    pub max_trace_bytes: usize,
    /// How many blocks below the head a block may be for its execution witness. The tries of an
    /// older state are made in memory from all changes since. Default: 256.
    pub witness_window_blocks: u64,
    /// Blocks that are kept ready for the next request. Default: 64.
    pub cached_blocks: usize,
    /// Filters of all clients together. Default: 10,000.
    pub max_filters: usize,
    /// How long a filter stays for which nobody asks. Default: 5 minutes.
    pub filter_lifetime: Duration,
    /// What is kept for subscribers and filters that have not read it yet, of the chain and of the
    /// pool each, for all of them together. Default: 4096 changes of the chain or transactions, and
    /// 32 MiB.
    pub unread: FeedLimits,
    /// Blocks that one query for traces may cover. Default: 100.
    pub max_trace_filter_blocks: u64,
    /// Blocks that one search for transactions of an account executes. Default: 1,000.
    pub max_searched_blocks: usize,
}

impl Default for EthConfig {
    fn default() -> Self {
        Self {
            gas_cap: 50_000_000,
            max_blocks_per_filter: 100_000,
            max_logs_per_response: 20_000,
            proof_window_blocks: 0,
            max_fee_history_blocks: 1024,
            suggested_tip_wei: 100,
            max_suggested_tip_wei: 500_000_000_000,
            max_tx_fee_wei: 1_000_000_000_000_000_000,
            send_sync_wait: Duration::from_secs(2),
            max_send_sync_wait: Duration::from_secs(20),
            max_trace_bytes: 128 << 20,
            witness_window_blocks: 256,
            cached_blocks: 64,
            max_filters: 10_000,
            filter_lifetime: Duration::from_secs(300),
            unread: FeedLimits { items: 4096, bytes: 32 << 20 },
            max_trace_filter_blocks: 100,
            max_searched_blocks: 1_000,
        }
    }
}
