//! What ends a command on keys.

use crate::exit::Exit;
use rollup_signer::{
    CreateError, KeyFileError, KeystoreError, PasswordError, RandomError, SignerOpenError,
};
use std::io;
use thiserror::Error;

/// Why there is no key, or no file with one.
#[derive(Debug, Error)]
pub(super) enum KeysError {
    #[error(transparent)]
    KeyFile(#[from] KeyFileError),
    #[error(transparent)]
    Keystore(#[from] KeystoreError),
    #[error(transparent)]
    Password(#[from] PasswordError),
    #[error(transparent)]
    Create(#[from] CreateError),
    #[error(transparent)]
    Random(#[from] RandomError),
    #[error(transparent)]
    Signer(#[from] SignerOpenError),
    #[error("nothing can be asked over the network")]
    Runtime(#[source] io::Error),
}

impl KeysError {
    /// Whether a file cannot be used, or the program failed.
    pub(super) const fn exit(&self) -> Exit {
        match self {
            Self::KeyFile(_)
            | Self::Keystore(_)
            | Self::Password(_)
            | Self::Signer(_)
            | Self::Create(CreateError::Exists { .. } | CreateError::Write { .. }) => {
                Exit::Unusable
            }
            Self::Create(CreateError::Random(_)) | Self::Random(_) | Self::Runtime(_) => {
                Exit::Internal
            }
        }
    }
}
