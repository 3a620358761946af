//! A signer whose key is in the memory of this process.

use crate::{BlockSigner, SecretKey, SignerError, SignerKind};
use alloy_primitives::{Address, B256, Signature};
use futures::future::BoxFuture;

/// Signs with a key that it holds.
///
/// A signature takes some 50 microseconds of computation, so it is made where the future is polled:
/// to send it to another thread takes as long. Signatures are deterministic (RFC 6979).
#[derive(Clone, Debug)]
pub struct LocalSigner {
    key: SecretKey,
    kind: SignerKind,
}

impl LocalSigner {
    /// A signer with a key, which came from there.
    pub const fn new(key: SecretKey, kind: SignerKind) -> Self {
        Self { key, kind }
    }
}

impl BlockSigner for LocalSigner {
    fn address(&self) -> Address {
        self.key.address()
    }

    fn kind(&self) -> SignerKind {
        self.kind
    }

    fn sign(&self, hash: B256) -> BoxFuture<'_, Result<Signature, SignerError>> {
        Box::pin(async move {
            self.key.sign(hash).map_err(|source| SignerError::Refused { source: Box::new(source) })
        })
    }
}
