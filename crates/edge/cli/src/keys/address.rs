//! `rollup-node keys address`.

use super::error::KeysError;
use alloy_primitives::Address;
use clap::Args;
use rollup_runtime::SystemClock;
use rollup_signer::{
    FileAccess, KmsKeyId, Password, SecretKey, SignerConfig, SigningPolicy, open_signer,
};
use std::path::PathBuf;
use tokio::runtime::Builder;

/// Arguments of `keys address`.
#[derive(Debug, Args)]
pub(crate) struct AddressArgs {
    #[command(flatten)]
    source: SourceArgs,

    /// File with the password of the keystore; of its owner alone
    #[arg(
        long,
        value_name = "FILE",
        env = "ROLLUP_NODE_SIGNER_PASSWORD_FILE",
        hide_env_values = true
    )]
    password_file: Option<PathBuf>,

    /// Use the key file or password file although its mode lets others than its owner use it
    #[arg(long)]
    allow_readable_by_others: bool,
}

/// Where the key is.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct SourceArgs {
    /// Private key in hex; of its owner alone
    #[arg(long, value_name = "FILE", env = "ROLLUP_NODE_SIGNER_KEY_FILE", hide_env_values = true)]
    key_file: Option<PathBuf>,

    /// Keystore: web3 secret storage, as geth writes it
    #[arg(
        long,
        value_name = "FILE",
        requires = "password_file",
        env = "ROLLUP_NODE_SIGNER_KEYSTORE",
        hide_env_values = true
    )]
    keystore: Option<PathBuf>,

    /// Key in AWS KMS: its id, alias/name, or the ARN of one; it signs for a test
    #[arg(
        long,
        value_name = "KEY_ID",
        env = "ROLLUP_NODE_SIGNER_AWS_KMS_KEY_ID",
        hide_env_values = true
    )]
    aws_kms_key_id: Option<KmsKeyId>,
}

impl AddressArgs {
    /// Reads the key, and gives its address.
    pub(super) fn run(self) -> Result<Address, KeysError> {
        let access = FileAccess::allow_others(self.allow_readable_by_others);
        let SourceArgs { key_file, keystore, aws_kms_key_id } = self.source;
        if let Some(key_id) = aws_kms_key_id {
            return in_aws_kms(key_id);
        }
        let key = match (key_file, keystore, self.password_file) {
            (_, Some(keystore), Some(password_file)) => {
                let password = Password::read_file(&password_file, access)?;
                SecretKey::read_keystore(&keystore, &password)?
            }
            // The group above sees to it that a key file is named. If not, there is none at "".
            (key_file, ..) => SecretKey::read_key_file(&key_file.unwrap_or_default(), access)?,
        };
        Ok(key.address())
    }
}

/// Asks as a node does when it starts.
fn in_aws_kms(key_id: KmsKeyId) -> Result<Address, KeysError> {
    let runtime = Builder::new_current_thread().enable_all().build().map_err(KeysError::Runtime)?;
    let config = SignerConfig::AwsKms { key_id };
    let clock = SystemClock::new();
    let opening = open_signer(&config, SigningPolicy::default(), &clock);
    Ok(runtime.block_on(Box::pin(opening))?.address())
}
