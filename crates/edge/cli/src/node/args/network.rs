//! Other nodes.

use super::parse;
use crate::error::SettingsError;
use clap::Args;
use rollup_forward::ForwardConfig;

/// The flag that names the sequencers.
pub(super) const SEQUENCER_URL: &str = "network.sequencer-url";

/// Flags of what goes to other nodes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Network")]
pub(super) struct NetworkArgs {
    /// Where transactions of users are forwarded to: http and https URLs with commas, the preferred
    /// one first. A node that makes blocks forwards nothing while it does
    #[arg(long = SEQUENCER_URL, value_name = "URLS")]
    sequencer_url: Option<parse::UrlList>,
}

impl NetworkArgs {
    pub(super) fn into_config(self) -> Result<Option<ForwardConfig>, SettingsError> {
        let Some(list) = self.sequencer_url else { return Ok(None) };
        let urls = parse::urls([&list]).map_err(SettingsError::SequencerUrl)?;
        Ok(Some(ForwardConfig::new(urls)))
    }
}
