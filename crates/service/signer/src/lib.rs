#![doc = include_str!("../README.md")]

mod config;
mod error;
mod keystore;
mod local;
mod metrics;
mod open;
mod secret;
mod service;
mod signer;

pub use config::{SignerConfig, SigningPolicy};
pub use error::{
    CreateError, HexError, KeyError, KeyFileError, KeystoreError, KeystoreFault, PasswordError,
    RandomError, SecretFileError, Severity, SignerError, SignerOpenError, SigningError,
};
pub use local::LocalSigner;
pub use open::open_signer;
pub use secret::{FileAccess, Password, SecretKey};
pub use service::SigningService;
pub use signer::{BlockSigner, SignerKind};
