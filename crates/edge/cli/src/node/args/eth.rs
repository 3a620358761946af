//! Limits of the `eth` methods.

use super::parse;
use clap::{Args, value_parser};
use rollup_rpc::EthConfig;
use std::time::Duration;

/// Flags of the `eth` methods.
#[derive(Debug, Args)]
#[command(next_help_heading = "RPC")]
pub(super) struct EthArgs {
    /// Gas that one call may use
    #[arg(
        long = "rpc.gascap",
        value_name = "GAS",
        default_value_t = EthConfig::default().gas_cap,
        value_parser = value_parser!(u64).range(1..)
    )]
    gas_cap: u64,

    /// Blocks that one query for logs may cover
    #[arg(long = "rpc.max-blocks-per-filter", value_name = "BLOCKS", default_value_t = EthConfig::default().max_blocks_per_filter)]
    max_blocks_per_filter: u64,

    /// Logs that one query may give
    #[arg(long = "rpc.max-logs-per-response", value_name = "LOGS", default_value_t = EthConfig::default().max_logs_per_response)]
    max_logs_per_response: usize,

    /// Blocks that one query for traces may cover
    #[arg(long = "rpc.max-trace-filter-blocks", value_name = "BLOCKS", default_value_t = EthConfig::default().max_trace_filter_blocks)]
    max_trace_filter_blocks: u64,

    /// How many blocks below the head accounts and slots can be proved; 0 for the head only
    #[arg(long = "rpc.eth-proof-window", value_name = "BLOCKS", default_value_t = EthConfig::default().proof_window_blocks)]
    eth_proof_window: u64,

    /// Blocks with their receipts that are kept ready for the next request
    #[arg(
        long = "rpc-cache.max-blocks",
        value_name = "BLOCKS",
        default_value_t = EthConfig::default().cached_blocks
    )]
    cached_blocks: usize,
    /// What a transaction that is sent may pay for gas, in ether; 0 for any amount
    #[arg(
        long = "rpc.txfeecap",
        value_name = "ETHER",
        default_value_t = parse::Ether(EthConfig::default().max_tx_fee_wei),
        value_parser = parse::ether
    )]
    tx_fee_cap: parse::Ether,

    /// How long a client that sends a transaction may wait for its receipt
    #[arg(
        long = "rpc.send-raw-transaction-sync-timeout",
        value_name = "DURATION",
        default_value = "20s",
        value_parser = parse::duration
    )]
    send_sync_timeout: Duration,

    /// Tip that is suggested while blocks are not full, in wei
    #[arg(long = "gpo.default-suggest-priority-fee", value_name = "WEI", default_value_t = EthConfig::default().suggested_tip_wei)]
    default_suggest_priority_fee: u128,

    /// Tip that is suggested at most, in wei
    #[arg(long = "gpo.maxprice", value_name = "WEI", default_value_t = EthConfig::default().max_suggested_tip_wei)]
    max_price: u128,
}

impl EthArgs {
    pub(super) fn into_config(self) -> EthConfig {
        let Self {
            gas_cap,
            max_blocks_per_filter,
            max_logs_per_response,
            max_trace_filter_blocks,
            eth_proof_window: proof_window_blocks,
            cached_blocks,
            tx_fee_cap: parse::Ether(max_tx_fee_wei),
            send_sync_timeout: max_send_sync_wait,
            default_suggest_priority_fee: suggested_tip_wei,
            max_price: max_suggested_tip_wei,
        } = self;
        EthConfig {
            gas_cap,
            max_blocks_per_filter,
            max_logs_per_response,
            max_trace_filter_blocks,
            proof_window_blocks,
            cached_blocks,
            suggested_tip_wei,
            max_suggested_tip_wei,
            max_tx_fee_wei,
            max_send_sync_wait,
            ..EthConfig::default()
        }
    }
}
