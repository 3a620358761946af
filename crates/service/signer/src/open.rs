//! From a configuration to a signer.

use crate::{
    AwsKmsSigner, BlockSigner, FileAccess, HttpSigner, LocalSigner, Password, SecretKey,
    SignerConfig, SignerKind, SignerOpenError, SigningPolicy,
};
use rollup_runtime::Clock;
use std::{path::PathBuf, sync::Arc};

/// Opens a signer. A key in a file is read off the threads of the async runtime: to open a keystore
/// takes about a second. A key on another machine is asked for its address and for a signature, over
/// the network and in limited time.
///
/// # Errors
/// [`SignerOpenError`], by what cannot be used.
///
/// # Panics
/// Outside of a tokio runtime.
pub async fn open_signer(
    config: &SignerConfig,
    policy: SigningPolicy,
    clock: &dyn Clock,
) -> Result<Arc<dyn BlockSigner>, SignerOpenError> {
    let source = match config {
        SignerConfig::AwsKms { key_id } => {
            let signer = AwsKmsSigner::open(key_id, policy, clock).await.map_err(|source| {
                SignerOpenError::AwsKms { key_id: key_id.clone(), source: Box::new(source) }
            })?;
            return Ok(Arc::new(signer));
        }
        SignerConfig::Http { url, address } => {
            let opened = HttpSigner::open(url, *address, policy, clock).await;
            let signer =
                opened.map_err(|source| SignerOpenError::Http { url: url.clone(), source })?;
            return Ok(Arc::new(signer));
        }
        SignerConfig::KeyFile { path, allow_readable_by_others } => LocalSource::KeyFile {
            path: path.clone(),
            access: FileAccess::allow_others(*allow_readable_by_others),
        },
        SignerConfig::Keystore { path, password_file, allow_readable_by_others } => {
            LocalSource::Keystore {
                path: path.clone(),
                password_file: password_file.clone(),
                access: FileAccess::allow_others(*allow_readable_by_others),
            }
        }
        SignerConfig::Random => LocalSource::Random,
    };
    let signer = tokio::task::spawn_blocking(move || source.open()).await??;
    Ok(Arc::new(signer))
}

/// Where a key is that this process reads.
#[derive(Debug)]
enum LocalSource {
    KeyFile { path: PathBuf, access: FileAccess },
    Keystore { path: PathBuf, password_file: PathBuf, access: FileAccess },
    Random,
}

impl LocalSource {
    fn open(self) -> Result<LocalSigner, SignerOpenError> {
        match self {
            Self::KeyFile { path, access } => {
                let key = SecretKey::read_key_file(&path, access)?;
                Ok(LocalSigner::new(key, SignerKind::File))
            }
            Self::Keystore { path, password_file, access } => {
                let password = Password::read_file(&password_file, access)?;
                let key = SecretKey::read_keystore(&path, &password)?;
                Ok(LocalSigner::new(key, SignerKind::Keystore))
            }
            Self::Random => Ok(LocalSigner::new(SecretKey::random()?, SignerKind::Random)),
        }
    }
}
