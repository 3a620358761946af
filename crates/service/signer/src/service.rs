//! Signing with patience and without trust.

use crate::{
    BlockSigner, Severity, SignerError, SignerKind, SigningError, SigningPolicy,
    metrics::SignerMetrics,
};
use alloy_primitives::{Address, B256, Signature};
use rollup_runtime::Clock;
use std::sync::Arc;
use tracing::{debug, info, warn};

/// Signs hashes: asks a signer, again if that helps, and gives out no signature that it has not
/// checked. Cheap to clone.
#[derive(Clone, Debug)]
pub struct SigningService {
    signer: Arc<dyn BlockSigner>,
    policy: SigningPolicy,
    clock: Arc<dyn Clock>,
    metrics: Arc<SignerMetrics>,
}

impl SigningService {
    /// A service that asks this signer. Writes its address to log and metrics.
    pub fn new(signer: Arc<dyn BlockSigner>, policy: SigningPolicy, clock: Arc<dyn Clock>) -> Self {
        let (address, kind) = (signer.address(), signer.kind());
        info!(target: "rollup_node::signer", %address, %kind, "Signer ready");
        let metrics = Arc::new(SignerMetrics::of(signer.as_ref()));
        Self { signer, policy, clock, metrics }
    }

    /// Who signs.
    pub fn address(&self) -> Address {
        self.signer.address()
    }

    /// Where the key is.
    pub fn kind(&self) -> SignerKind {
        self.signer.kind()
    }

    /// A signature of [`Self::address`] over this hash, with a low `s`. The hash is signed as it is.
    ///
    /// To sign two blocks of one height is what a sequencer is never forgiven, and nothing here
    /// prevents it: the hash must be the signing hash of a proposal that is durable.
    ///
    /// Takes at most [`SigningPolicy::timeout`] for each try, and the pauses between them. Dropping
    /// the future ends the try; the same hash may be signed again.
    ///
    /// # Errors
    /// [`SigningError`] with how the last try ended; its [severity](SigningError::severity) says
    /// whether the same hash may be signed later.
    pub async fn sign(&self, hash: B256) -> Result<Signature, SigningError> {
        Ok(self.sign_counted(hash).await?.0)
    }

    /// As [`Self::sign`], with the number of tries.
    ///
    /// # Errors
    /// Those of [`Self::sign`].
    pub async fn sign_counted(&self, hash: B256) -> Result<(Signature, u32), SigningError> {
        self.metrics.requests_total.increment(1);
        let started = self.clock.now();
        let mut pauses = self.policy.pauses();
        let mut attempts = 0;
        loop {
            attempts += 1;
            let source = match self.attempt(hash).await {
                Ok(signature) => {
                    let duration = self.clock.now().saturating_sub(started);
                    self.metrics.signing_duration.record(duration);
                    debug!(target: "rollup_node::signer", %hash, attempts, ?duration, "signed");
                    return Ok((signature, attempts));
                }
                Err(err) => err,
            };
            self.metrics.failed(&source);
            let pause = match source.severity() {
                Severity::Retry => pauses.next(),
                Severity::Fatal => None,
            };
            let Some(pause) = pause else {
                self.metrics.given_up_total.increment(1);
                return Err(SigningError { attempts, source });
            };
            warn!(target: "rollup_node::signer", %hash, attempts, ?pause, err = %source, "signing failed");
            self.clock.sleep_until(self.clock.now().saturating_add(pause)).await;
        }
    }

    /// One try.
    async fn attempt(&self, hash: B256) -> Result<Signature, SignerError> {
        let timeout = self.policy.timeout;
        let deadline = self.clock.now().saturating_add(timeout);
        let signature = tokio::select! {
            // A signature that is there in time counts, whenever this is polled.
            biased;
            signed = self.signer.sign(hash) => signed?,
            () = self.clock.sleep_until(deadline) => return Err(SignerError::TimedOut { timeout }),
        };
        check(&signature, hash, self.signer.address())?;
        Ok(signature)
    }
}

/// Whether a signature is what others accept of this signer.
fn check(signature: &Signature, hash: B256, expected: Address) -> Result<(), SignerError> {
    if signature.normalize_s().is_some() {
        return Err(SignerError::HighS);
    }
    let found = signature
        .recover_address_from_prehash(&hash)
        .map_err(|source| SignerError::Unrecoverable { source })?;
    if found != expected {
        return Err(SignerError::OtherKey { expected, found });
    }
    Ok(())
}
