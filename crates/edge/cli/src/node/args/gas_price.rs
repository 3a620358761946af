//! Which fees are suggested.

use crate::node::settings::GasPriceSettings;
use clap::Args;

/// Flags of the gas price oracle.
#[derive(Debug, Args)]
#[command(next_help_heading = "RPC")]
pub(super) struct GasPriceArgs {
    /// Tip that is suggested while blocks are not full, in wei
    #[arg(long = "gpo.default-suggest-priority-fee", value_name = "WEI", default_value_t = 100)]
    default_suggest_priority_fee: u128,

    /// Tip that is suggested at most, in wei
    #[arg(long = "gpo.maxprice", value_name = "WEI", default_value_t = 500_000_000_000)]
    max_price: u128,
}

impl GasPriceArgs {
    pub(super) const fn into_settings(self) -> GasPriceSettings {
        let Self { default_suggest_priority_fee, max_price } = self;
        GasPriceSettings {
            suggested_tip_wei: default_suggest_priority_fee,
            max_suggested_tip_wei: max_price,
        }
    }
}
