//! `rollup-node keys address`.

use super::error::KeysError;
use alloy_primitives::Address;
use clap::Args;
use rollup_signer::{FileAccess, Password, SecretKey};
use std::path::PathBuf;

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
}

impl AddressArgs {
    /// Reads the key, and gives its address.
    pub(super) fn run(self) -> Result<Address, KeysError> {
        let access = FileAccess::allow_others(self.allow_readable_by_others);
        let SourceArgs { key_file, keystore } = self.source;
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
