//! Other nodes.

use crate::error::SettingsError;
use clap::Args;
use rollup_forward::{ForwardConfig, SequencerUrl};
use std::{convert::Infallible, fmt, str::FromStr};

/// Flags of what goes to other nodes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Network")]
pub(super) struct NetworkArgs {
    /// Where transactions of users are forwarded to: http and https URLs with commas, the preferred
    /// one first. A node that makes blocks forwards nothing while it does
    #[arg(long = "network.sequencer-url", value_name = "URLS")]
    sequencer_url: Option<UrlList>,
}

/// URLs with commas, which may hold keys: whatever is wrong with them, they are not repeated.
#[derive(Clone)]
struct UrlList(String);

impl FromStr for UrlList {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Debug for UrlList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UrlList(..)")
    }
}

impl NetworkArgs {
    pub(super) fn into_config(self) -> Result<Option<ForwardConfig>, SettingsError> {
        let Some(UrlList(list)) = self.sequencer_url else { return Ok(None) };
        let urls: Result<Vec<SequencerUrl>, _> =
            list.split(',').map(|url| url.trim().parse()).collect();
        let urls = urls.map_err(SettingsError::SequencerUrl)?;
        Ok(Some(ForwardConfig::new(urls)))
    }
}
