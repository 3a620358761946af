//! AWS as the program finds it on this machine.

use rollup_kms_devnet::{KeyKind, Moto, SECRETS};
use std::{env, path::Path, process::Command};
use tokio::runtime::Builder;

/// The service, with a key that signs blocks.
#[derive(Debug)]
pub(crate) struct Aws {
    pub(crate) moto: Moto,
    /// ARN of the key.
    pub(crate) key: String,
}

impl Aws {
    pub(crate) fn start() -> Self {
        let moto = Moto::start().unwrap();
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let key = runtime.block_on(moto.create_key(KeyKind::Secp256k1)).unwrap();
        Self { moto, key }
    }

    /// Has a program find this service, and credentials for it.
    pub(crate) fn give_to(&self, command: &mut Command, directory: &Path) {
        clear(command, directory);
        command.env("AWS_ENDPOINT_URL_KMS", self.moto.url()).envs(credentials());
    }
}

/// Takes the settings of AWS of whoever runs the tests from a program. Its own files are in the
/// directory.
pub(crate) fn clear(command: &mut Command, directory: &Path) {
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy().to_uppercase();
        if text.starts_with("AWS_") || text.ends_with("_PROXY") {
            command.env_remove(name);
        }
    }
    command
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_CONFIG_FILE", directory.join("config"))
        .env("AWS_SHARED_CREDENTIALS_FILE", directory.join("credentials"));
}

/// Credentials in the environment.
pub(crate) const fn credentials() -> [(&'static str, &'static str); 3] {
    let [secret, token] = SECRETS;
    [("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", secret), ("AWS_SESSION_TOKEN", token)]
}
