//! The key of the sequencer.

use super::{Context, parse};
use crate::{error::SettingsError, node::notice::Notice};
use alloy_primitives::Address;
use clap::{Args, ValueEnum};
use rollup_signer::{KmsKeyId, SignerConfig, SigningPolicy};
use std::{convert::Infallible, fmt, path::PathBuf, str::FromStr, time::Duration};

/// Flags of the signer.
#[derive(Debug, Args)]
#[command(next_help_heading = "Signer")]
pub(super) struct SignerArgs {
    /// Where the key is, which must then be named; auto for whatever is named. random is for --test
    #[arg(long = "signer.kind", value_name = "KIND", default_value = "auto")]
    signer_kind: SourceKind,

    /// File with the private key in hex
    #[arg(long = "signer.key-file", value_name = "FILE_PATH")]
    key_file: Option<PathBuf>,

    /// Keystore in JSON with the encrypted private key
    #[arg(long = "signer.keystore", value_name = "FILE_PATH")]
    keystore: Option<PathBuf>,

    /// File with the password of the keystore
    #[arg(long = "signer.password-file", value_name = "FILE_PATH")]
    password_file: Option<PathBuf>,

    /// Use the key file or password file although others than its owner may use it
    #[arg(long = "signer.allow-readable-by-others")]
    allow_readable_by_others: bool,

    /// Key in AWS KMS: its id, alias/name, or the ARN of one. Region, credentials and endpoint come
    /// from the usual settings of AWS
    #[arg(long = "signer.aws-kms-key-id", value_name = "KEY_ID")]
    aws_kms_key_id: Option<KmsKeyId>,

    /// Remote signer: an https URL, or http on this machine
    #[arg(long = "signer.http-url", value_name = "URL")]
    http_url: Option<HiddenUrl>,

    /// Address of the key that the remote signer signs with
    #[arg(long = "signer.http-address", value_name = "ADDRESS")]
    http_address: Option<Address>,

    /// How long one try to sign may take, as in 500ms or 2s
    #[arg(
        long = "signer.timeout",
        value_name = "DURATION",
        default_value = "500ms",
        value_parser = parse::duration
    )]
    signing_timeout: Duration,

    /// Tries to sign after the first one
    #[arg(long = "signer.retries", value_name = "NUMBER", default_value_t = SigningPolicy::default().retries)]
    signing_retries: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum SourceKind {
    /// Whatever is named
    Auto,
    /// A key file
    File,
    /// A keystore
    Keystore,
    /// AWS KMS
    AwsKms,
    /// A remote signer
    Http,
    /// A key of this process alone
    Random,
}

/// A URL that may hold a key: whatever is wrong with it, it is not repeated.
#[derive(Clone)]
struct HiddenUrl(String);

impl FromStr for HiddenUrl {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Debug for HiddenUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HiddenUrl(..)")
    }
}

impl SourceKind {
    /// What says it, and the flag that names such a source.
    const fn names(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Auto | Self::Random => None,
            Self::File => Some(("file", "signer.key-file")),
            Self::Keystore => Some(("keystore", "signer.keystore")),
            Self::AwsKms => Some(("aws-kms", "signer.aws-kms-key-id")),
            Self::Http => Some(("http", "signer.http-url")),
        }
    }

    const fn of(config: &SignerConfig) -> Self {
        match config {
            SignerConfig::KeyFile { .. } => Self::File,
            SignerConfig::Keystore { .. } => Self::Keystore,
            SignerConfig::AwsKms { .. } => Self::AwsKms,
            SignerConfig::Http { .. } => Self::Http,
            SignerConfig::Random => Self::Random,
        }
    }

    /// Whether a source, or none, is what was asked for.
    fn check(self, named: Option<&SignerConfig>, is_test: bool) -> Result<(), SettingsError> {
        let found = named.map(Self::of);
        match (self, self.names()) {
            (Self::Random, _) if !is_test => Err(SettingsError::RandomOutsideOfTest),
            (Self::Random, _) if found.is_some() => Err(SettingsError::TwoSigners),
            (kind, Some((name, flag))) if found != Some(kind) => {
                Err(SettingsError::OtherSignerKind { kind: name, flag })
            }
            _ => Ok(()),
        }
    }
}

impl SignerArgs {
    pub(super) fn into_settings(
        self,
        is_needed: bool,
        context: &mut Context<'_>,
    ) -> Result<(Option<SignerConfig>, SigningPolicy), SettingsError> {
        let policy = SigningPolicy { timeout: self.signing_timeout, retries: self.signing_retries };
        if policy.timeout.is_zero() {
            return Err(SettingsError::ZeroSigningTimeout);
        }
        let kind = self.signer_kind;
        let named = self.source()?;
        kind.check(named.as_ref(), context.is_test)?;
        let signer = match named {
            Some(named) => Some(named),
            None if !is_needed => None,
            None if context.is_test => {
                context.notices.push(Notice::RandomSigner);
                Some(SignerConfig::Random)
            }
            None => return Err(SettingsError::NoSigner),
        };
        Ok((signer, policy))
    }

    /// The one source that is named, if one is.
    fn source(self) -> Result<Option<SignerConfig>, SettingsError> {
        let allow_readable_by_others = self.allow_readable_by_others;
        let keystore = match (self.keystore, self.password_file) {
            (Some(path), Some(password_file)) => {
                Some(SignerConfig::Keystore { path, password_file, allow_readable_by_others })
            }
            // Two of them are worse than half of one.
            (Some(_), None) if self.key_file.is_some() => return Err(SettingsError::TwoSigners),
            (Some(_), None) => return Err(SettingsError::NoPassword),
            (None, Some(_)) => return Err(SettingsError::NoKeystore),
            (None, None) => None,
        };
        let http = match (self.http_url, self.http_address) {
            (Some(HiddenUrl(url)), Some(address)) => {
                let url = url.trim().parse().map_err(SettingsError::SignerUrl)?;
                Some(SignerConfig::Http { url, address })
            }
            (Some(_), None) => return Err(SettingsError::NoSignerAddress),
            (None, Some(_)) => return Err(SettingsError::NoSignerUrl),
            (None, None) => None,
        };
        let key_file =
            self.key_file.map(|path| SignerConfig::KeyFile { path, allow_readable_by_others });
        let aws_kms = self.aws_kms_key_id.map(|key_id| SignerConfig::AwsKms { key_id });
        let mut named = [key_file, keystore, aws_kms, http].into_iter().flatten();
        let source = named.next();
        match named.next() {
            Some(_) => Err(SettingsError::TwoSigners),
            None => Ok(source),
        }
    }
}
