//! From a configuration to a signer.

use crate::{
    BlockSigner, FileAccess, LocalSigner, Password, SecretKey, SignerConfig, SignerKind,
    SignerOpenError,
};
use std::sync::Arc;

/// Reads the key, off the threads of the async runtime: to open a keystore takes about a second.
///
/// # Errors
/// [`SignerOpenError`], by what cannot be used.
///
/// # Panics
/// Outside of a tokio runtime.
pub async fn open_signer(config: &SignerConfig) -> Result<Arc<dyn BlockSigner>, SignerOpenError> {
    let config = config.clone();
    let signer = tokio::task::spawn_blocking(move || open(&config)).await??;
    Ok(Arc::new(signer))
}

fn open(config: &SignerConfig) -> Result<LocalSigner, SignerOpenError> {
    match config {
        SignerConfig::KeyFile { path, allow_readable_by_others } => {
            let access = FileAccess::allow_others(*allow_readable_by_others);
            let key = SecretKey::read_key_file(path, access)?;
            Ok(LocalSigner::new(key, SignerKind::File))
        }
        SignerConfig::Keystore { path, password_file, allow_readable_by_others } => {
            let access = FileAccess::allow_others(*allow_readable_by_others);
            let password = Password::read_file(password_file, access)?;
            let key = SecretKey::read_keystore(path, &password)?;
            Ok(LocalSigner::new(key, SignerKind::Keystore))
        }
        SignerConfig::Random => Ok(LocalSigner::new(SecretKey::random()?, SignerKind::Random)),
    }
}
