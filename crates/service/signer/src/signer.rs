//! What all signers have in common.

use crate::SignerError;
use alloy_primitives::{Address, B256, Signature};
use futures::future::BoxFuture;
use std::fmt::{self, Debug};

/// Signs hashes with one key, wherever the key is.
///
/// An implementation makes one try: it neither retries nor limits its time, which is done by
/// [`SigningService`](crate::SigningService). It may be asked again for a hash that it has signed
/// before, and then signs it again. It brings `s` into the lower half of its range if its back end
/// does not.
pub trait BlockSigner: Debug + Send + Sync {
    /// Address of the key. Does not change.
    fn address(&self) -> Address;

    /// Where the key is.
    fn kind(&self) -> SignerKind;

    /// Signs a hash as it is, without a prefix.
    ///
    /// Dropping the future gives up the try; whether a signature was made is then not known.
    ///
    /// # Errors
    /// [`SignerError::Unavailable`] if the signer may answer later, [`SignerError::Refused`] if it
    /// will not.
    fn sign(&self, hash: B256) -> BoxFuture<'_, Result<Signature, SignerError>>;
}

/// Where a key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SignerKind {
    /// In a file, as it is.
    File,
    /// In a file, encrypted.
    Keystore,
    /// In AWS KMS.
    AwsKms,
    /// In Google Cloud KMS.
    GcpKms,
    /// In Vault.
    Vault,
    /// Behind a remote signer that speaks HTTP.
    Http,
    /// In the memory of this process alone.
    Random,
}

impl SignerKind {
    /// Its name in configuration, logs and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Keystore => "keystore",
            Self::AwsKms => "aws-kms",
            Self::GcpKms => "gcp-kms",
            Self::Vault => "vault",
            Self::Http => "http",
            Self::Random => "random",
        }
    }
}

impl fmt::Display for SignerKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
