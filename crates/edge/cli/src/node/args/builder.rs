//! How large blocks are.

use clap::Args;
use rollup_payload::PayloadConfig;

/// Flags of the payload builder.
#[derive(Debug, Args)]
#[command(next_help_heading = "Sequencer")]
pub(super) struct BuilderArgs {
    /// Gas limit of the blocks that are made; the chain moves to it step by step
    #[arg(
        long = "builder.gaslimit",
        value_name = "GAS_LIMIT",
        default_value_t = PayloadConfig::default().gas_limit
    )]
    gas_limit: u64,
}

impl BuilderArgs {
    pub(super) const fn into_config(self) -> PayloadConfig {
        let Self { gas_limit } = self;
        PayloadConfig { gas_limit }
    }
}
