//! Private keys encrypted with a password: web3 secret storage, version 3, as geth writes it.

mod format;
mod kdf;
#[cfg(test)]
mod tests;

use crate::{
    CreateError, FileAccess, KeystoreError, KeystoreFault, Password, RandomError, SecretKey, secret,
};
use aes::Aes128;
use alloy_primitives::{B256, Keccak256};
use ctr::{
    Ctr128BE,
    cipher::{KeyIvInit, StreamCipher},
};
use format::{IV_BYTES, KEY_BYTES, Keystore};
use kdf::Kdf;
use rand::{TryRngCore, rngs::OsRng};
use std::path::Path;
use zeroize::Zeroizing;

/// Size of a keystore that is read, at most. geth writes 500 bytes.
const MAX_FILE_BYTES: usize = 64 << 10;
/// Bytes of a new salt, as geth's.
const SALT_BYTES: usize = 32;

/// Opens the keystore of a file. Its mode does not matter: the password keeps the key.
pub(crate) fn open(path: &Path, password: &Password) -> Result<SecretKey, KeystoreError> {
    let text = secret::read(path, MAX_FILE_BYTES, FileAccess::Any)
        .map_err(|source| KeystoreError::Read { path: path.to_owned(), source })?;
    let unusable = |source| KeystoreError::Unusable { path: path.to_owned(), source };
    let keystore = format::parse(&text).map_err(unusable)?;
    let opened = decrypt(&keystore, password).map_err(unusable)?;
    opened.ok_or_else(|| KeystoreError::WrongPassword { path: path.to_owned() })
}

/// Writes a new keystore.
pub(crate) fn create(path: &Path, key: &SecretKey, password: &Password) -> Result<(), CreateError> {
    let keystore = encrypt(key, password, Kdf::standard())?;
    secret::create(path, format::render(&keystore).as_bytes())
}

/// The key of a keystore, or none if the password does not fit.
fn decrypt(keystore: &Keystore, password: &Password) -> Result<Option<SecretKey>, KeystoreFault> {
    let derived = keystore.kdf.derive(password.as_bytes(), &keystore.salt);
    let [cipher_key, mac_key] = &*derived;
    if mac(mac_key, &keystore.ciphertext) != keystore.mac {
        return Ok(None);
    }
    let mut key = Zeroizing::new([0; KEY_BYTES]);
    let used = &mut key[KEY_BYTES - keystore.ciphertext.len()..];
    used.copy_from_slice(&keystore.ciphertext);
    apply_key_stream(cipher_key, &keystore.iv, used);
    let key = SecretKey::from_bytes(&key).map_err(KeystoreFault::Key)?;
    match keystore.address {
        Some(stated) if stated != key.address() => {
            Err(KeystoreFault::OtherAddress { stated, found: key.address() })
        }
        _ => Ok(Some(key)),
    }
}

fn encrypt(key: &SecretKey, password: &Password, kdf: Kdf) -> Result<Keystore, RandomError> {
    let (salt, iv, id) = (random::<SALT_BYTES>()?, random()?, random()?);
    let derived = kdf.derive(password.as_bytes(), &salt);
    let [cipher_key, mac_key] = &*derived;
    // Not in clear for longer than it takes to encrypt it in place.
    let mut bytes = key.to_bytes();
    apply_key_stream(cipher_key, &iv, bytes.as_mut_slice());
    Ok(Keystore {
        address: Some(key.address()),
        kdf,
        salt: salt.to_vec(),
        iv,
        ciphertext: bytes.to_vec(),
        mac: mac(mac_key, bytes.as_slice()),
        id,
    })
}

fn random<const N: usize>() -> Result<[u8; N], RandomError> {
    let mut bytes = [0; N];
    OsRng.try_fill_bytes(&mut bytes)?;
    Ok(bytes)
}

/// The check sum that tells a password that fits from one that does not.
fn mac(key: &[u8; 16], ciphertext: &[u8]) -> B256 {
    let mut hasher = Keccak256::new();
    hasher.update(key);
    hasher.update(ciphertext);
    hasher.finalize()
}

/// Encrypts or decrypts.
fn apply_key_stream(key: &[u8; 16], iv: &[u8; IV_BYTES], bytes: &mut [u8]) {
    Ctr128BE::<Aes128>::new(key.into(), iv.into()).apply_keystream(bytes);
}
