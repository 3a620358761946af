//! The probes.

use super::{Context, parse};
use crate::{error::SettingsError, node::settings::HealthSettings};
use clap::Args;
use rollup_sequencer::SequencerConfig;
use rollup_telemetry::ReadinessLimits;
use std::time::Duration;

const HEALTH_ADDRESS: &str = "health.addr";
/// How old the head of a sequencer may be that makes empty blocks too.
const DEFAULT_SEQUENCER_LAG: Duration = Duration::from_secs(10);

/// Flags of the probes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Metrics and probes")]
pub(super) struct HealthArgs {
    /// Answer the probes livez, readyz, healthz and sequencez here, or none. If the default is in use
    /// by another program, the node runs without; an address that was given must be free
    #[arg(
        long = HEALTH_ADDRESS,
        value_name = "HOST:PORT|none",
        default_value = "127.0.0.1:8181",
        value_parser = parse::optional_address
    )]
    health_addr: parse::OptionalAddress,

    /// Age of the head at which the node is not ready, as in 30s. By default 10s for a sequencer that
    /// makes empty blocks, and no limit where blocks come with transactions
    #[arg(long = "health.max-head-lag", value_name = "DURATION", value_parser = parse::duration)]
    max_head_lag: Option<Duration>,
}

impl HealthArgs {
    pub(super) fn into_settings(
        self,
        sequencer: Option<&SequencerConfig>,
        context: &Context<'_>,
    ) -> Result<Option<HealthSettings>, SettingsError> {
        let Self { health_addr: parse::OptionalAddress(address), max_head_lag } = self;
        if max_head_lag.is_some_and(|lag| lag.is_zero()) {
            return Err(SettingsError::ZeroHeadLag);
        }
        let makes_empty = sequencer.is_some_and(|it| it.allow_empty_blocks && it.auto_start);
        let max_head_lag = max_head_lag.or_else(|| makes_empty.then_some(DEFAULT_SEQUENCER_LAG));
        Ok(address.map(|address| HealthSettings {
            address,
            is_required: context.origins.is_given(HEALTH_ADDRESS),
            limits: ReadinessLimits { max_head_lag },
        }))
    }
}
