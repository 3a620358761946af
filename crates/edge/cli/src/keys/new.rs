//! `rollup-node keys new`.

use super::error::KeysError;
use alloy_primitives::Address;
use clap::Args;
use rollup_signer::{FileAccess, Password, SecretKey};
use std::path::PathBuf;

/// Arguments of `keys new`.
#[derive(Debug, Args)]
pub(crate) struct NewArgs {
    /// File to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,

    /// Write a keystore, encrypted with a password, instead of the key in hex
    #[arg(long, requires = "password_file")]
    keystore: bool,

    /// File with the password of the keystore; of its owner alone
    // Without --keystore, a key that was to be encrypted would be written as it is.
    #[arg(
        long,
        value_name = "FILE",
        requires = "keystore",
        env = "ROLLUP_NODE_SIGNER_PASSWORD_FILE",
        hide_env_values = true
    )]
    password_file: Option<PathBuf>,

    /// Use the password file although its mode lets others than its owner use it
    #[arg(long)]
    allow_readable_by_others: bool,
}

impl NewArgs {
    /// Makes the key, and gives its address.
    pub(super) fn run(self) -> Result<Address, KeysError> {
        let access = FileAccess::allow_others(self.allow_readable_by_others);
        let password = self.password_file.map(|path| Password::read_file(&path, access));
        let key = SecretKey::random()?;
        match password.transpose()? {
            Some(password) => key.create_keystore(&self.out, &password)?,
            None => key.create_key_file(&self.out)?,
        }
        Ok(key.address())
    }
}
