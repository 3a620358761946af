//! Signers with real keys that do what a scenario needs.

use alloy_primitives::{Address, B256, Signature};
use eyre::Result;
use futures::future::BoxFuture;
use parking_lot::Mutex;
use rollup_signer::{BlockSigner, FileAccess, LocalSigner, SecretKey, SignerError, SignerKind};
use std::{
    collections::VecDeque,
    fs::{File, OpenOptions},
    io::{self, Write},
    path::Path,
    sync::Arc,
};
use tokio::sync::Semaphore;

/// What becomes of one try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// It fails, and may not the next time.
    Unavailable,
    /// It fails for good.
    Refuse,
    /// It waits until it is released.
    Wait,
}

/// Follows a script, then signs whatever it is given.
#[derive(Debug)]
pub struct ScriptedSigner {
    signer: LocalSigner,
    script: Mutex<VecDeque<Step>>,
    asked: Mutex<Vec<B256>>,
    released: Semaphore,
}

impl ScriptedSigner {
    /// A signer with a new key that signs.
    ///
    /// # Errors
    /// If the system has no random numbers.
    pub fn new() -> Result<Arc<Self>> {
        let signer = LocalSigner::new(SecretKey::random()?, SignerKind::Random);
        let (script, asked) = (Mutex::default(), Mutex::default());
        Ok(Arc::new(Self { signer, script, asked, released: Semaphore::new(0) }))
    }

    /// What becomes of the next tries.
    pub fn follow(&self, steps: impl IntoIterator<Item = Step>) {
        self.script.lock().extend(steps);
    }

    /// Lets one try that waits go on.
    pub fn release(&self) {
        self.released.add_permits(1);
    }

    /// The hashes of all tries.
    pub fn asked(&self) -> Vec<B256> {
        self.asked.lock().clone()
    }

    async fn answer(&self, step: Option<Step>, hash: B256) -> Result<Signature, SignerError> {
        let source = || Box::new(io::Error::other("as the script says"));
        match step {
            Some(Step::Unavailable) => Err(SignerError::Unavailable { source: source() }),
            Some(Step::Refuse) => Err(SignerError::Refused { source: source() }),
            Some(Step::Wait) => {
                // It is never closed.
                if let Ok(permit) = self.released.acquire().await {
                    permit.forget();
                }
                self.signer.sign(hash).await
            }
            None => self.signer.sign(hash).await,
        }
    }
}

impl BlockSigner for ScriptedSigner {
    fn address(&self) -> Address {
        self.signer.address()
    }

    fn kind(&self) -> SignerKind {
        self.signer.kind()
    }

    fn sign(&self, hash: B256) -> BoxFuture<'_, Result<Signature, SignerError>> {
        self.asked.lock().push(hash);
        let step = self.script.lock().pop_front();
        Box::pin(self.answer(step, hash))
    }
}

/// Writes every hash to a file before it signs it, so that a killed process leaves what it may have
/// signed.
#[derive(Debug)]
pub struct WritingSigner {
    signer: LocalSigner,
    file: Mutex<File>,
}

impl WritingSigner {
    /// A signer with the key in this file, which is made if there is none, that adds hashes to that
    /// file.
    ///
    /// # Errors
    /// If a file cannot be read or written.
    pub fn open(key: &Path, hashes: &Path) -> Result<Arc<Self>> {
        if !key.exists() {
            SecretKey::random()?.create_key_file(key)?;
        }
        let key = SecretKey::read_key_file(key, FileAccess::OwnerOnly)?;
        let file = OpenOptions::new().create(true).append(true).open(hashes)?;
        let signer = LocalSigner::new(key, SignerKind::File);
        Ok(Arc::new(Self { signer, file: Mutex::new(file) }))
    }
}

impl BlockSigner for WritingSigner {
    fn address(&self) -> Address {
        self.signer.address()
    }

    fn kind(&self) -> SignerKind {
        self.signer.kind()
    }

    fn sign(&self, hash: B256) -> BoxFuture<'_, Result<Signature, SignerError>> {
        // One write, so that a kill leaves a whole line.
        let written = self.file.lock().write_all(format!("{hash}\n").as_bytes());
        Box::pin(async move {
            match written {
                Ok(()) => self.signer.sign(hash).await,
                Err(source) => Err(SignerError::Unavailable { source: Box::new(source) }),
            }
        })
    }
}
