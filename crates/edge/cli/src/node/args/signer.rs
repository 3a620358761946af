//! The key of the sequencer.

use super::{Context, parse};
use crate::{error::SettingsError, node::notice::Notice};
use clap::Args;
use rollup_signer::{SignerConfig, SigningPolicy};
use std::{path::PathBuf, time::Duration};

/// Flags of the signer.
#[derive(Debug, Args)]
#[command(next_help_heading = "Signer")]
pub(super) struct SignerArgs {
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

impl SignerArgs {
    pub(super) fn into_settings(
        self,
        is_needed: bool,
        context: &mut Context<'_>,
    ) -> Result<(Option<SignerConfig>, SigningPolicy), SettingsError> {
        let Self {
            key_file,
            keystore,
            password_file,
            allow_readable_by_others,
            signing_timeout: timeout,
            signing_retries: retries,
        } = self;
        if timeout.is_zero() {
            return Err(SettingsError::ZeroSigningTimeout);
        }
        let policy = SigningPolicy { timeout, retries };
        let signer = match (key_file, keystore, password_file) {
            (Some(_), Some(_), _) => return Err(SettingsError::TwoSigners),
            (None, Some(_), None) => return Err(SettingsError::NoPassword),
            (_, None, Some(_)) => return Err(SettingsError::NoKeystore),
            (Some(path), None, None) => SignerConfig::KeyFile { path, allow_readable_by_others },
            (None, Some(path), Some(password_file)) => {
                SignerConfig::Keystore { path, password_file, allow_readable_by_others }
            }
            (None, None, None) if !is_needed => return Ok((None, policy)),
            (None, None, None) if context.is_test => {
                context.notices.push(Notice::RandomSigner);
                SignerConfig::Random
            }
            (None, None, None) => return Err(SettingsError::NoSigner),
        };
        Ok((Some(signer), policy))
    }
}
