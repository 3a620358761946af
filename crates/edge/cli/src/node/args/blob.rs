//! Where blobs of batches are.

use super::{Context, parse};
use crate::{error::SettingsError, node::notice::Notice};
use clap::Args;
use rollup_l1_client::L1Url;

/// The flag that names beacon nodes.
pub(super) const BEACON_NODE_URLS: &str = "blob.beacon_node_urls";
/// The flag that names a store of blobs.
pub(super) const S3_URL: &str = "blob.s3_url";

/// Flags of blob sources.
#[derive(Debug, Args)]
#[command(next_help_heading = "Blobs")]
pub(super) struct BlobArgs {
    /// Beacon nodes that have the blobs of batches: http and https URLs with commas, or the flag once
    /// for each. Nothing is fetched from them in this version
    #[arg(long = BEACON_NODE_URLS, value_name = "BLOB_BEACON_NODE_URLS", num_args = 1..)]
    beacon_node_urls: Vec<parse::UrlList>,

    /// Where blobs are found by their hash: an http or https URL. Nothing is fetched from there in
    /// this version
    #[arg(long = S3_URL, value_name = "BLOB_S3_URL")]
    s3_url: Vec<parse::UrlList>,
}

impl BlobArgs {
    /// Looks whether they are URLs, and says that they are not used.
    pub(super) fn check(self, context: &mut Context<'_>) -> Result<(), SettingsError> {
        let Self { beacon_node_urls, s3_url } = self;
        for (flag, lists) in [(BEACON_NODE_URLS, &beacon_node_urls), (S3_URL, &s3_url)] {
            let urls: Result<Vec<L1Url>, _> = parse::urls(lists);
            let urls = urls.map_err(|source| SettingsError::BlobUrl { flag, source })?;
            if !urls.is_empty() {
                context.notices.push(Notice::BlobsUnread { flag });
            }
        }
        Ok(())
    }
}
