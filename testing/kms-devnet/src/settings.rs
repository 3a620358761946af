//! Settings of AWS.

use crate::REGION;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};

/// The secrets in the settings, which nothing may show: the key's, and the session's.
pub const SECRETS: [&str; 2] = ["secret-of-the-key", "token-of-the-session"];

/// Settings that lead there, with credentials that anything here accepts.
pub fn settings(url: &str) -> SdkConfig {
    let [secret, token] = SECRETS;
    let credentials = Credentials::new("test", secret, Some(token.to_owned()), None, "test");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new(REGION))
        .endpoint_url(url)
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .build()
}
