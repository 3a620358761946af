//! L1.

use super::{Context, parse};
use crate::{
    error::SettingsError,
    node::{notice::Notice, settings::ConsensusSettings},
};
use clap::Args;
use rollup_chainspec::ScrollChainSpec;
use rollup_l1::L1WatcherConfig;
use rollup_l1_client::L1ClientConfig;
use rollup_node_builder::L1NodeConfig;
use rollup_orchestrator::L1StalePolicy;
use std::time::Duration;

/// The flag that names the endpoints.
pub(super) const L1_URL: &str = "l1.url";

fn client_default<T>(of: impl FnOnce(L1ClientConfig) -> T) -> T {
    of(L1ClientConfig::new(Vec::new()))
}

fn watcher_default<T>(of: impl FnOnce(L1WatcherConfig) -> T) -> T {
    of(L1WatcherConfig::default())
}

/// The default in milliseconds, which is less than a 64-bit number of them.
fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Flags of L1.
#[derive(Debug, Args)]
#[command(next_help_heading = "L1")]
pub(super) struct L1Args {
    /// Where L1 is read from: http and https URLs with commas, or the flag once for each, the
    /// preferred one first
    #[arg(long = L1_URL, value_name = "L1_URL")]
    url: Vec<parse::UrlList>,

    /// Compute units that each endpoint may be asked for in a second
    #[arg(
        long = "l1.cups",
        value_name = "L1_COMPUTE_UNITS_PER_SECOND",
        default_value_t = client_default(|client| client.compute_units_per_second)
    )]
    cups: u64,

    /// How often the endpoints are asked again for what none of them answers
    #[arg(
        long = "l1.max-retries",
        value_name = "L1_MAX_RETRIES",
        default_value_t = client_default(|client| client.max_retries)
    )]
    max_retries: u32,

    /// Milliseconds before they are asked again for the first time; each further pause is twice as
    /// long
    #[arg(
        long = "l1.initial-backoff",
        value_name = "L1_INITIAL_BACKOFF",
        default_value_t = client_default(|client| milliseconds(client.initial_backoff))
    )]
    initial_backoff: u64,

    /// L1 blocks whose logs are asked for at once, at most
    #[arg(
        long = "l1.query-range",
        value_name = "L1_QUERY_RANGE",
        default_value_t = watcher_default(|watcher| watcher.query_range)
    )]
    query_range: u64,

    /// Answers of each kind that are remembered
    #[arg(
        long = "l1.cache-max-items",
        value_name = "L1_CACHE_MAX_ITEMS",
        default_value_t = client_default(|client| client.cache_max_items)
    )]
    cache_max_items: usize,

    /// Pause between two looks at L1 once everything is known
    #[arg(
        long = "l1.poll-interval",
        value_name = "DURATION",
        default_value = "2s",
        value_parser = parse::duration
    )]
    poll_interval: Duration,

    /// How long an endpoint may take for an answer
    #[arg(
        long = "l1.request-timeout",
        value_name = "DURATION",
        default_value = "3s",
        value_parser = parse::duration
    )]
    request_timeout: Duration,

    /// After so long without an answer the next endpoint is asked too
    #[arg(
        long = "l1.hedge-after",
        value_name = "DURATION",
        default_value = "1s",
        value_parser = parse::duration
    )]
    hedge_after: Duration,

    /// An endpoint that is more blocks than this behind the best one is asked after the others
    #[arg(
        long = "l1.max-lag",
        value_name = "BLOCKS",
        default_value_t = client_default(|client| client.max_lag)
    )]
    max_lag: u64,

    /// Endpoints that must agree on a reorg deeper than one block. By default 1, and 2 where there
    /// are 3 endpoints or more
    #[arg(long = "l1.reorg-quorum", value_name = "ENDPOINTS")]
    reorg_quorum: Option<usize>,

    /// Age in seconds of the newest L1 block from which on the log has an error
    #[arg(
        long = "l1.liveness-threshold",
        value_name = "L1_LIVENESS_THRESHOLD",
        default_value_t = watcher_default(|watcher| watcher.liveness_threshold.as_secs())
    )]
    liveness_threshold: u64,

    /// Seconds between two looks at that age
    #[arg(
        long = "l1.liveness-check-interval",
        value_name = "L1_LIVENESS_CHECK_INTERVAL",
        default_value_t = watcher_default(|watcher| watcher.liveness_check_interval.as_secs())
    )]
    liveness_check_interval: u64,

    /// What the sequencer does while L1 is stale: continue; limit, up to
    /// --sequencer.max-unsafe-blocks; or stop
    #[arg(
        long = "l1.stale-policy",
        value_name = "continue|limit|stop",
        default_value_t = L1StalePolicy::default()
    )]
    stale_policy: L1StalePolicy,

    /// L1 is stale when its newest block, or the last answer of it, is older
    #[arg(
        long = "l1.stale-after",
        value_name = "DURATION",
        default_value = "60s",
        value_parser = parse::duration
    )]
    stale_after: Duration,
}

/// What other areas say of L1.
#[derive(Clone, Copy, Debug)]
pub(super) struct L1Rules {
    /// `--consensus.signer-grace-blocks`.
    pub(super) signer_grace_blocks: u64,
    /// `--sequencer.max-unsafe-blocks`.
    pub(super) max_unsafe_blocks: Option<u64>,
}

impl L1Args {
    /// Whether L1 is to be followed.
    pub(super) const fn is_given(&self) -> bool {
        !self.url.is_empty()
    }

    /// How it is to be followed, if it is.
    pub(super) fn into_settings(
        self,
        chain: &ScrollChainSpec,
        consensus: ConsensusSettings,
        rules: L1Rules,
        context: &mut Context<'_>,
    ) -> Result<Option<L1NodeConfig>, SettingsError> {
        let Self {
            url,
            cups,
            max_retries,
            initial_backoff,
            query_range,
            cache_max_items,
            poll_interval,
            request_timeout,
            hedge_after,
            max_lag,
            reorg_quorum,
            liveness_threshold,
            liveness_check_interval,
            stale_policy,
            stale_after,
        } = self;
        let L1Rules { signer_grace_blocks, max_unsafe_blocks } = rules;
        let stale_policy = match max_unsafe_blocks {
            Some(blocks) => stale_policy.with_max_unsafe_blocks(blocks),
            None => stale_policy,
        };
        let is_limit = matches!(stale_policy, L1StalePolicy::Limit { .. });
        if max_unsafe_blocks.is_some() && !is_limit {
            context.notices.push(Notice::UnsafeBlocksWithoutEffect);
        }
        let urls = parse::urls(&url).map_err(SettingsError::L1Url)?;
        let client = L1ClientConfig {
            chain_id: None,
            request_timeout,
            hedge_after,
            max_lag,
            reorg_quorum,
            compute_units_per_second: cups,
            max_retries,
            initial_backoff: Duration::from_millis(initial_backoff),
            cache_max_items,
            ..L1ClientConfig::new(urls)
        };
        let watcher = L1WatcherConfig {
            query_range,
            poll_interval,
            liveness_threshold: Duration::from_secs(liveness_threshold),
            liveness_check_interval: Duration::from_secs(liveness_check_interval),
            stale_after,
            ..L1WatcherConfig::default()
        };
        // What cannot work is refused whether L1 is followed or not.
        watcher.validate()?;
        if stale_after.is_zero() {
            return Err(SettingsError::ZeroStaleAfter);
        }
        if client.urls.is_empty() {
            return Ok(None);
        }
        client.validate()?;
        let config = L1NodeConfig { client, watcher, signer_grace_blocks, stale_policy };
        config.contracts(chain, consensus.reads_signer())?;
        Ok(Some(config))
    }
}
