//! Which signer, and what it is given to sign.

use crate::{KmsKeyId, SignerUrl};
use alloy_primitives::Address;
use std::{path::PathBuf, time::Duration};

/// Where the key is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignerConfig {
    /// A private key in hex.
    KeyFile {
        /// The file.
        path: PathBuf,
        /// Whether the file is used although its mode lets others than its owner use it.
        allow_readable_by_others: bool,
    },
    /// A private key encrypted with a password: web3 secret storage, version 3.
    Keystore {
        /// The file.
        path: PathBuf,
        /// File with the password.
        password_file: PathBuf,
        /// Whether the password file is used although its mode lets others than its owner use it.
        allow_readable_by_others: bool,
    },
    /// In AWS KMS. Region, credentials and endpoint come from the usual settings of AWS: environment,
    /// profile, role of the machine.
    AwsKms {
        /// The key.
        key_id: KmsKeyId,
    },
    /// A remote signer; see [`HttpSigner`](crate::HttpSigner) for what is said.
    Http {
        /// Where it is asked.
        url: SignerUrl,
        /// Whose signatures it must give.
        address: Address,
    },
    /// A key of this process alone, which is lost with it. For tests.
    Random,
}

/// How long and how often a signer is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SigningPolicy {
    /// What one try may take, 500 ms by default.
    pub timeout: Duration,
    /// Tries after the first one, 5 by default.
    pub retries: u32,
}

impl Default for SigningPolicy {
    fn default() -> Self {
        Self { timeout: Duration::from_millis(500), retries: 5 }
    }
}
