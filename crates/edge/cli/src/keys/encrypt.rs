//! `rollup-node keys encrypt`.

use super::error::KeysError;
use alloy_primitives::Address;
use clap::Args;
use rollup_signer::{FileAccess, Password, SecretKey};
use std::path::PathBuf;

/// Arguments of `keys encrypt`.
#[derive(Debug, Args)]
pub(crate) struct EncryptArgs {
    /// Private key in hex; of its owner alone
    #[arg(long, value_name = "FILE", env = "ROLLUP_NODE_SIGNER_KEY_FILE", hide_env_values = true)]
    key_file: PathBuf,

    /// Keystore to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,

    /// File with the password of the keystore; of its owner alone
    #[arg(
        long,
        value_name = "FILE",
        env = "ROLLUP_NODE_SIGNER_PASSWORD_FILE",
        hide_env_values = true
    )]
    password_file: PathBuf,

    /// Use the key file or password file although its mode lets others than its owner use it
    #[arg(long)]
    allow_readable_by_others: bool,
}

impl EncryptArgs {
    /// Writes the keystore, and gives the address of its key.
    pub(super) fn run(self) -> Result<Address, KeysError> {
        let access = FileAccess::allow_others(self.allow_readable_by_others);
        let password = Password::read_file(&self.password_file, access)?;
        let key = SecretKey::read_key_file(&self.key_file, access)?;
        key.create_keystore(&self.out, &password)?;
        Ok(key.address())
    }
}
