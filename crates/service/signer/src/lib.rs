#![doc = include_str!("../README.md")]

mod config;
mod error;
mod http;
mod keystore;
mod kms;
mod local;
mod metrics;
mod open;
mod said;
mod secret;
mod self_test;
mod service;
mod signer;
mod tries;

pub use config::{SignerConfig, SigningPolicy};
pub use error::{
    CreateError, HexError, KeyError, KeyFileError, KeystoreError, KeystoreFault, PasswordError,
    RandomError, SecretFileError, Severity, SignerError, SignerOpenError, SigningError,
};
pub use http::{HttpSigner, HttpSignerError, SignerUrl, SignerUrlError};
pub use kms::{AwsKmsError, AwsKmsSigner, KmsAction, KmsAnswerFault, KmsKeyId, KmsKeyIdError};
pub use local::LocalSigner;
pub use open::open_signer;
pub use said::{Name, Said};
pub use secret::{FileAccess, Password, SecretKey};
pub use service::SigningService;
pub use signer::{BlockSigner, SignerKind};
