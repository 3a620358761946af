//! The private key.

use super::{
    Password,
    file::{self, FileAccess},
    hex::{self, KEY_BYTES, TextError},
};
use crate::{CreateError, KeyError, KeyFileError, KeystoreError, RandomError, keystore};
use alloy_primitives::{Address, B256, Signature};
use alloy_signer::SignerSync;
use alloy_signer_local::PrivateKeySigner;
use rand::{TryRngCore, rngs::OsRng};
use std::{fmt, path::Path};
use zeroize::Zeroizing;

/// Size of a key file that is read, at most: a key, and room for white space.
const MAX_FILE_BYTES: usize = 1024;

/// A private key, which is not printed, and overwritten in memory when it is dropped.
#[derive(Clone)]
pub struct SecretKey(PrivateKeySigner);

impl SecretKey {
    /// A new key from the random numbers of the operating system.
    ///
    /// # Errors
    /// If there are none.
    pub fn random() -> Result<Self, RandomError> {
        let mut bytes = Zeroizing::new([0; KEY_BYTES]);
        loop {
            OsRng.try_fill_bytes(bytes.as_mut_slice())?;
            // One in 2^128 is out of range.
            if let Ok(key) = Self::from_bytes(&bytes) {
                return Ok(key);
            }
        }
    }

    /// Reads a key in hex, with or without `0x`, and with white space around it.
    ///
    /// # Errors
    /// [`KeyFileError`]: the file cannot be read or, with [`FileAccess::OwnerOnly`], others may use
    /// it; it is not hex; it is no private key.
    pub fn read_key_file(path: &Path, access: FileAccess) -> Result<Self, KeyFileError> {
        let path = path.to_owned();
        let text = match file::read(&path, MAX_FILE_BYTES, access) {
            Ok(text) => text,
            Err(source) => return Err(KeyFileError::Read { path, source }),
        };
        let key = hex::decode(&text);
        match key.and_then(|key| Self::from_bytes(&key).map_err(TextError::Key)) {
            Ok(key) => Ok(key),
            Err(TextError::Hex(source)) => Err(KeyFileError::Hex { path, source }),
            Err(TextError::Key(source)) => Err(KeyFileError::Key { path, source }),
        }
    }

    /// Opens a keystore. Takes about a second of one core and 256 MiB of memory, by the parameters
    /// of geth.
    ///
    /// # Errors
    /// [`KeystoreError`]: the file cannot be read; it cannot be used, whatever the password; the
    /// password does not open it.
    pub fn read_keystore(path: &Path, password: &Password) -> Result<Self, KeystoreError> {
        keystore::open(path, password)
    }

    /// Address of the key.
    pub const fn address(&self) -> Address {
        self.0.address()
    }

    /// Writes the key to a new file, in hex.
    ///
    /// # Errors
    /// [`CreateError`]: there is such a file, or it cannot be written.
    pub fn create_key_file(&self, path: &Path) -> Result<(), CreateError> {
        file::create(path, &hex::encode(&self.to_bytes()))
    }

    /// Writes the key to a new keystore, with the parameters of geth.
    ///
    /// # Errors
    /// [`CreateError`]: there is such a file, or it cannot be written; there are no random bytes.
    pub fn create_keystore(&self, path: &Path, password: &Password) -> Result<(), CreateError> {
        keystore::create(path, self, password)
    }

    pub(crate) fn from_bytes(bytes: &[u8; KEY_BYTES]) -> Result<Self, KeyError> {
        let key = PrivateKeySigner::from_slice(bytes);
        key.map(Self).ok().ok_or(KeyError::OutOfRange)
    }

    pub(crate) fn to_bytes(&self) -> Zeroizing<[u8; KEY_BYTES]> {
        Zeroizing::new(self.0.to_field_bytes().into())
    }

    pub(crate) fn sign(&self, hash: B256) -> Result<Signature, alloy_signer::Error> {
        self.0.sign_hash_sync(&hash)
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey({}, ..)", self.address())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    /// Order of secp256k1.
    const ORDER: &str = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";

    fn bytes(text: &str) -> [u8; KEY_BYTES] {
        *hex::decode(text.as_bytes()).unwrap()
    }

    #[rstest]
    #[case::zero(bytes(&"0".repeat(64)))]
    #[case::order(bytes(ORDER))]
    #[case::largest(bytes(&"f".repeat(64)))]
    fn a_number_out_of_range_is_no_key(#[case] bytes: [u8; KEY_BYTES]) {
        assert_eq!(SecretKey::from_bytes(&bytes).unwrap_err(), KeyError::OutOfRange);
    }

    #[test]
    fn the_largest_number_in_range_is_a_key() {
        let largest = format!("{}40", &ORDER[..62]);
        assert!(SecretKey::from_bytes(&bytes(&largest)).is_ok());
    }

    #[test]
    fn random_keys_differ() {
        let [first, second] = [(); 2].map(|()| SecretKey::random().unwrap().address());
        assert_ne!(first, second);
    }
}
