//! A signer with a real key that fails when a test says so, which a real one does not.

use alloy_primitives::{Address, B256, Signature};
use rollup_signer::{BlockSigner, LocalSigner, SignerError, SignerKind};
use std::{
    collections::VecDeque,
    future::Future,
    io,
    pin::Pin,
    sync::{Arc, Mutex},
};
use tokio::sync::Semaphore;

/// What becomes of one try.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    /// It fails, and may not the next time.
    Unavailable,
    /// It fails for good.
    Refuse,
    /// It waits until it is released.
    Wait,
}

/// Follows a script, then signs whatever it is given.
#[derive(Debug)]
pub(crate) struct ScriptedSigner {
    signer: LocalSigner,
    script: Mutex<VecDeque<Step>>,
    asked: Mutex<Vec<B256>>,
    released: Semaphore,
}

impl ScriptedSigner {
    pub(crate) fn new(signer: LocalSigner) -> Arc<Self> {
        let (script, asked) = (Mutex::default(), Mutex::default());
        Arc::new(Self { signer, script, asked, released: Semaphore::new(0) })
    }

    /// What becomes of the next tries.
    pub(crate) fn follow(&self, script: &[Step]) {
        self.script.lock().unwrap().extend(script);
    }

    /// Lets one try that waits go on.
    pub(crate) fn release(&self) {
        self.released.add_permits(1);
    }

    /// The hashes of all tries.
    pub(crate) fn asked(&self) -> Vec<B256> {
        self.asked.lock().unwrap().clone()
    }
}

impl BlockSigner for ScriptedSigner {
    fn address(&self) -> Address {
        self.signer.address()
    }

    fn kind(&self) -> SignerKind {
        self.signer.kind()
    }

    fn sign(
        &self,
        hash: B256,
    ) -> Pin<Box<dyn Future<Output = Result<Signature, SignerError>> + Send + '_>> {
        self.asked.lock().unwrap().push(hash);
        let step = self.script.lock().unwrap().pop_front();
        Box::pin(async move {
            let source = || Box::new(io::Error::other("as the script says"));
            match step {
                Some(Step::Unavailable) => Err(SignerError::Unavailable { source: source() }),
                Some(Step::Refuse) => Err(SignerError::Refused { source: source() }),
                Some(Step::Wait) => {
                    self.released.acquire().await.unwrap().forget();
                    self.signer.sign(hash).await
                }
                None => self.signer.sign(hash).await,
            }
        })
    }
}
