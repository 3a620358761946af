//! Why a key in AWS KMS cannot be used, with what to do about it.

use super::der::KmsAnswerFault;
use crate::{
    SignerError,
    said::{Name, Said},
    tries::OpeningError,
};
use alloy_primitives::Address;
use std::{error::Error, fmt, time::Duration};
use thiserror::Error;

/// What is asked of AWS KMS. Shown as the permission that it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KmsAction {
    /// To get the public key.
    GetPublicKey,
    /// To sign.
    Sign,
}

impl fmt::Display for KmsAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::GetPublicKey => "kms:GetPublicKey",
            Self::Sign => "kms:Sign",
        })
    }
}

/// Why a key in AWS KMS cannot be used. No text shows credentials: of what AWS says, only the code of
/// an error and the explanations that cannot cite a request are shown.
#[derive(Debug, Error)]
pub enum AwsKmsError {
    /// Nothing names a region.
    #[error(
        "no AWS region is named; set AWS_REGION or the region of the profile, or give the key as an \
         ARN"
    )]
    NoRegion,
    /// The key cannot be in the region that is asked.
    #[error(
        "the key is in region {key_region}, but the AWS settings name {region}; set AWS_REGION to \
         {key_region}, or leave it out"
    )]
    OtherRegion {
        /// The one in the ARN of the key.
        key_region: String,
        /// The one of the settings.
        region: String,
    },
    /// No source of credentials has some.
    #[error(
        "there are no AWS credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, name a \
         profile in AWS_PROFILE, or give this machine a role"
    )]
    NoCredentials,
    /// A source of credentials failed. It is not said how: what a program for credentials writes may
    /// be anything.
    #[error(
        "the AWS credentials cannot be loaded; look at the AWS profile, its credential process and \
         the role of this machine, with `aws sts get-caller-identity`"
    )]
    CredentialsFailed,
    /// They were good once.
    #[error("the AWS credentials have expired; renew them")]
    CredentialsExpired,
    /// AWS does not know them.
    #[error(
        "AWS does not accept these credentials ({code}); check AWS_ACCESS_KEY_ID, \
         AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, or the profile"
    )]
    CredentialsWrong {
        /// What AWS calls it.
        code: Name,
    },
    /// The time of the request is not that of AWS.
    #[error("AWS does not accept the time of the request; set the clock of this machine")]
    WrongClock,
    /// The credentials are good, and not enough.
    #[error(
        "the permission {action} on the key is missing; allow {action} to this node in the policy of \
         its role or in the policy of the key{said}"
    )]
    NotPermitted {
        /// The action of IAM.
        action: KmsAction,
        /// What AWS says, with who and what.
        said: Said,
    },
    /// There is no such key.
    #[error("there is no such key in region {region}; check key id, account and region{said}")]
    NoKey {
        /// Where it was looked for.
        region: String,
        /// What AWS says.
        said: Said,
    },
    /// The key is of another kind.
    #[error("the key has the spec {found}, not ECC_SECG_P256K1; make a key of that spec")]
    OtherSpec {
        /// Its spec.
        found: Name,
    },
    /// The key is for something else.
    #[error("the key has the usage {found}, not SIGN_VERIFY; make a key of that usage")]
    OtherUsage {
        /// Its usage.
        found: Name,
    },
    /// AWS KMS does not do this with such a key.
    #[error(
        "the key cannot do {action} with ECDSA_SHA_256; make a key of the spec ECC_SECG_P256K1 and \
         the usage SIGN_VERIFY{said}"
    )]
    OtherKind {
        /// What it cannot do.
        action: KmsAction,
        /// What AWS says.
        said: Said,
    },
    /// Somebody disabled it.
    #[error("the key is disabled; enable it")]
    Disabled,
    /// It is to be deleted, or its material is missing.
    #[error(
        "the key cannot be used in its state; if it is scheduled for deletion, cancel that and enable \
         the key{said}"
    )]
    WrongState {
        /// What AWS says, with the state.
        said: Said,
    },
    /// Too many requests.
    #[error(
        "AWS KMS limits the requests of this account; ask AWS for a larger quota if this goes on"
    )]
    Throttled,
    /// No answer in time.
    #[error(
        "AWS KMS gave no answer within {} ms; check the network, or allow more with --signer.timeout",
        timeout.as_millis()
    )]
    TimedOut {
        /// What a request may take.
        timeout: Duration,
    },
    /// There is no connection.
    #[error("AWS KMS cannot be reached; check the network, the region and AWS_ENDPOINT_URL_KMS")]
    Unreachable {
        /// What the network says.
        source: Box<dyn Error + Send + Sync>,
    },
    /// AWS KMS has a fault of its own.
    #[error("AWS KMS has a fault of its own (status {status}); look at the health of the region")]
    Failing {
        /// Of HTTP.
        status: u16,
    },
    /// Any other refusal.
    #[error("AWS KMS refuses with status {status}, {code}{said}")]
    Refused {
        /// Of HTTP.
        status: u16,
        /// What AWS calls it.
        code: Name,
        /// What AWS says.
        said: Said,
    },
    /// The settings do not make a request.
    #[error(
        "no request to AWS KMS can be made of the AWS settings; check AWS_ENDPOINT_URL_KMS and the profile"
    )]
    Settings {
        /// What is wrong with them.
        source: Box<dyn Error + Send + Sync>,
    },
    /// Something else than AWS KMS answers.
    #[error("the answer is not one of AWS KMS; check AWS_ENDPOINT_URL_KMS and the proxy")]
    Garbage {
        /// What is wrong with it.
        source: KmsAnswerFault,
    },
    /// Another key signed.
    #[error(
        "the signature is not by {address}; if the alias was moved to another key, start again to use \
         that key"
    )]
    OtherKey {
        /// Address of the public key that was got at the start.
        address: Address,
    },
}

impl From<KmsAnswerFault> for AwsKmsError {
    fn from(source: KmsAnswerFault) -> Self {
        Self::Garbage { source }
    }
}

impl AwsKmsError {
    /// Whether it is about credentials that may be renewed from outside.
    const fn is_about_credentials(&self) -> bool {
        matches!(self, Self::NoCredentials | Self::CredentialsFailed | Self::CredentialsExpired)
    }
}

impl OpeningError for AwsKmsError {
    fn is_passing(&self) -> bool {
        match self {
            Self::Throttled
            | Self::TimedOut { .. }
            | Self::Unreachable { .. }
            | Self::Failing { .. } => true,
            Self::NoRegion
            | Self::OtherRegion { .. }
            | Self::NoCredentials
            | Self::CredentialsFailed
            | Self::CredentialsExpired
            | Self::CredentialsWrong { .. }
            | Self::WrongClock
            | Self::NotPermitted { .. }
            | Self::NoKey { .. }
            | Self::OtherSpec { .. }
            | Self::OtherUsage { .. }
            | Self::OtherKind { .. }
            | Self::Disabled
            | Self::WrongState { .. }
            | Self::Refused { .. }
            | Self::Settings { .. }
            | Self::Garbage { .. }
            | Self::OtherKey { .. } => false,
        }
    }

    fn timed_out(timeout: Duration) -> Self {
        Self::TimedOut { timeout }
    }
}

/// While blocks are signed. Credentials were there at the start, so they may come back.
impl From<AwsKmsError> for SignerError {
    fn from(err: AwsKmsError) -> Self {
        match err {
            AwsKmsError::TimedOut { timeout } => Self::TimedOut { timeout },
            err if err.is_passing() || err.is_about_credentials() => {
                Self::Unavailable { source: Box::new(err) }
            }
            err => Self::Refused { source: Box::new(err) },
        }
    }
}
