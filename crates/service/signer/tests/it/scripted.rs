//! A signer that does what a test tells it, and time that passes when it must.

use alloy_primitives::{Address, B256, Signature, U256};
use futures::future::BoxFuture;
use rollup_runtime::{Clock, SimulatedClock};
use rollup_signer::{
    BlockSigner, LocalSigner, SecretKey, SignerError, SignerKind, SigningPolicy, SigningService,
};
use std::{
    collections::VecDeque,
    io,
    pin::pin,
    sync::{Arc, Mutex},
    time::Duration,
};

/// What becomes of one try.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    /// It ends at once, in a failure that may pass.
    Unavailable,
    /// It ends at once, for good.
    Refuse,
    /// It does not end.
    Hang,
    /// It gives a signature after this time.
    SignAfter(Duration),
    /// It gives a signature of another key.
    SignWithOtherKey,
    /// It gives a signature of another hash.
    SignOtherHash,
    /// It gives the malleable twin.
    SignWithHighS,
    /// It gives what no key can have made.
    Garbage,
}

/// Follows a script, then signs whatever it is given.
#[derive(Debug)]
pub(crate) struct ScriptedSigner {
    signer: LocalSigner,
    script: Mutex<VecDeque<Step>>,
    asked: Mutex<Vec<B256>>,
    clock: SimulatedClock,
}

impl ScriptedSigner {
    pub(crate) fn new(clock: &SimulatedClock, script: &[Step]) -> Arc<Self> {
        Arc::new(Self {
            signer: random(),
            script: Mutex::new(script.iter().copied().collect()),
            asked: Mutex::default(),
            clock: clock.clone(),
        })
    }

    /// The hashes of all tries.
    pub(crate) fn asked(&self) -> Vec<B256> {
        self.asked.lock().unwrap().clone()
    }

    async fn follow(&self, step: Step, hash: B256) -> Result<Signature, SignerError> {
        let failure = || Box::new(io::Error::other("as the script says"));
        match step {
            Step::Unavailable => Err(SignerError::Unavailable { source: failure() }),
            Step::Refuse => Err(SignerError::Refused { source: failure() }),
            Step::Hang => std::future::pending().await,
            Step::SignAfter(time) => {
                self.clock.sleep_until(self.clock.now() + time).await;
                self.signer.sign(hash).await
            }
            Step::SignWithOtherKey => random().sign(hash).await,
            Step::SignOtherHash => self.signer.sign(!hash).await,
            Step::SignWithHighS => self.signer.sign(hash).await.map(twin),
            Step::Garbage => Ok(Signature::new(U256::ZERO, U256::ONE, false)),
        }
    }
}

impl BlockSigner for ScriptedSigner {
    fn address(&self) -> Address {
        self.signer.address()
    }

    fn kind(&self) -> SignerKind {
        SignerKind::Http
    }

    fn sign(&self, hash: B256) -> BoxFuture<'_, Result<Signature, SignerError>> {
        self.asked.lock().unwrap().push(hash);
        let step = self.script.lock().unwrap().pop_front();
        Box::pin(async move {
            match step {
                Some(step) => self.follow(step, hash).await,
                None => self.signer.sign(hash).await,
            }
        })
    }
}

pub(crate) fn random() -> LocalSigner {
    LocalSigner::new(SecretKey::random().unwrap(), SignerKind::Random)
}

/// The other signature that the same key makes valid.
fn twin(signature: Signature) -> Signature {
    const ORDER: U256 = U256::from_be_slice(
        &alloy_primitives::b256!(
            "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"
        )
        .0,
    );
    Signature::new(signature.r(), ORDER - signature.s(), !signature.v())
}

pub(crate) fn clock() -> SimulatedClock {
    SimulatedClock::new(Duration::ZERO)
}

pub(crate) fn service(
    signer: &Arc<ScriptedSigner>,
    policy: SigningPolicy,
    clock: &SimulatedClock,
) -> SigningService {
    let signer: Arc<dyn BlockSigner> = Arc::<ScriptedSigner>::clone(signer);
    SigningService::new(signer, policy, Arc::new(clock.clone()))
}

/// Runs a future to its end; when it waits, time goes on to what it waits for.
pub(crate) async fn run<T>(clock: &SimulatedClock, future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    loop {
        tokio::select! {
            biased;
            output = &mut future => return output,
            () = tokio::task::yield_now() => {
                let deadline = clock.next_deadline().expect("it waits for nothing");
                clock.advance(deadline.saturating_sub(clock.now()));
            }
        }
    }
}
