//! The settings of AWS, as every program for AWS finds them.

use super::{error::AwsKmsError, key_id::KmsKeyId};
use crate::SigningPolicy;
use aws_config::{
    BehaviorVersion, Region, SdkConfig, environment::EnvironmentVariableRegionProvider,
    imds::region::ImdsRegionProvider, meta::region::RegionProviderChain,
    profile::ProfileFileRegionProvider, retry::RetryConfig, timeout::TimeoutConfig,
};
use aws_sdk_kms::{Client, config};
use std::time::Duration;

/// The AWS settings of environment, profile and machine. The region of the key's ARN comes behind
/// those of environment and profile, and before the one that the machine is in.
pub(super) async fn load(key: &KmsKeyId) -> SdkConfig {
    let region = RegionProviderChain::first_try(EnvironmentVariableRegionProvider::new())
        .or_else(ProfileFileRegionProvider::new())
        .or_else(key.region().map(|region| Region::new(region.to_owned())))
        .or_else(ImdsRegionProvider::builder().build());
    aws_config::defaults(behavior()).region(region).load().await
}

/// How the SDK of this version works, and not the next one.
fn behavior() -> BehaviorVersion {
    BehaviorVersion::v2026_01_12()
}

/// The region that the key is asked for in.
pub(super) fn region(settings: &SdkConfig, key: &KmsKeyId) -> Result<String, AwsKmsError> {
    let region = settings.region().map(Region::as_ref).or_else(|| key.region());
    let region = region.ok_or(AwsKmsError::NoRegion)?;
    match key.region() {
        Some(key_region) if key_region != region => Err(AwsKmsError::OtherRegion {
            key_region: key_region.to_owned(),
            region: region.to_owned(),
        }),
        _ => Ok(region.to_owned()),
    }
}

/// A client that makes one try of a request: repeating is done by who asks.
pub(super) fn client(settings: &SdkConfig, region: &str, policy: SigningPolicy) -> Client {
    let config = config::Builder::from(settings)
        .region(Region::new(region.to_owned()))
        .retry_config(RetryConfig::disabled())
        .timeout_config(timeouts(policy.timeout));
    Client::from_conf(config.build())
}

/// A request, with its credentials and its connection, takes at most this.
pub(super) fn timeouts(limit: Duration) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(limit)
        .operation_attempt_timeout(limit)
        .operation_timeout(limit)
        .build()
}
