//! Why a block is not signed, and why a key cannot be used.

use crate::{AwsKmsError, HttpSignerError, KmsKeyId, SignerUrl};
use alloy_primitives::{Address, SignatureError};
use rand::rand_core::OsError;
use std::{error::Error, io, path::PathBuf, time::Duration};
use thiserror::Error;
use tokio::task::JoinError;

/// What to do about a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The same hash may be given to the signer again.
    Retry,
    /// Another try ends the same way; an operator must act.
    Fatal,
}

/// Why one try gave no signature.
#[derive(Debug, Error)]
pub enum SignerError {
    /// The signer cannot be reached, or is overloaded.
    #[error("the signer does not answer")]
    Unavailable {
        /// What the back end says.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The signer answers that it will not sign: the key is disabled, or permission is missing.
    #[error("the signer refuses")]
    Refused {
        /// What the back end says.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The try took longer than it may. The signer may still sign: it is the same hash, so this does
    /// no harm.
    #[error("the signer gave no answer within {} ms", timeout.as_millis())]
    TimedOut {
        /// What a try may take.
        timeout: Duration,
    },
    /// The signature is one of another key.
    #[error("the signature is by {found}, not by {expected}")]
    OtherKey {
        /// [`BlockSigner::address`](crate::BlockSigner::address).
        expected: Address,
        /// Who signed.
        found: Address,
    },
    /// No key can have made the signature.
    #[error("the signature is of no key")]
    Unrecoverable {
        /// What is wrong with it.
        source: SignatureError,
    },
    /// The signature is the malleable twin of a canonical one.
    #[error("the signature has an s in the upper half of the range")]
    HighS,
}

impl SignerError {
    /// Whether another try can help.
    pub const fn severity(&self) -> Severity {
        match self {
            Self::Unavailable { .. } | Self::TimedOut { .. } => Severity::Retry,
            Self::Refused { .. }
            | Self::OtherKey { .. }
            | Self::Unrecoverable { .. }
            | Self::HighS => Severity::Fatal,
        }
    }
}

/// The tries of [`SigningService::sign`](crate::SigningService::sign) are used up, or there is no
/// point in another.
#[derive(Debug, Error)]
#[error("no signature after {attempts} tries")]
pub struct SigningError {
    /// Tries that were made, at least one.
    pub attempts: u32,
    /// How the last one ended.
    pub source: SignerError,
}

impl SigningError {
    /// [`Severity::Retry`] if the same hash may be signed later, [`Severity::Fatal`] if signing must
    /// stop until an operator has acted.
    pub const fn severity(&self) -> Severity {
        self.source.severity()
    }
}

/// Why there is no signer.
#[derive(Debug, Error)]
pub enum SignerOpenError {
    /// The key file cannot be used.
    #[error(transparent)]
    KeyFile(#[from] KeyFileError),
    /// The keystore cannot be used.
    #[error(transparent)]
    Keystore(#[from] KeystoreError),
    /// The password file cannot be used.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// The key in AWS KMS cannot be used. The beginning of the sentence is one that operators of this
    /// network know, hence the capital letter.
    #[error("Failed to initialize AWS KMS signer for key {key_id}")]
    AwsKms {
        /// The key.
        key_id: KmsKeyId,
        /// Why not.
        source: Box<AwsKmsError>,
    },
    /// The remote signer cannot be used.
    #[error("the remote signer {url} cannot be used")]
    Http {
        /// Where it is asked.
        url: SignerUrl,
        /// Why not.
        source: HttpSignerError,
    },
    /// There is no random key.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The process ended, or the program failed, while the key was read.
    #[error("the thread that reads the key stopped")]
    Stopped(#[from] JoinError),
}

/// Why a file with a secret in it is not read.
#[derive(Debug, Error)]
pub enum SecretFileError {
    /// The operating system does not give it.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// It is a directory, a device or a pipe.
    #[error("it is not a regular file")]
    NotRegular,
    /// It is too large for what it should hold.
    #[error("it has more than {limit_bytes} bytes")]
    TooLarge {
        /// Size that is read, at most.
        limit_bytes: usize,
    },
    /// Its mode lets others than the owner use it.
    #[error(
        "its mode {mode:04o} lets others than its owner use it; run `chmod 600 {path}`, or use it \
         as it is with allow-readable-by-others"
    )]
    OpenToOthers {
        /// The file.
        path: PathBuf,
        /// Permission bits.
        mode: u32,
    },
}

/// Why a key file is not used. The sentences are those that operators of this network know, hence
/// the capital letters.
#[derive(Debug, Error)]
pub enum KeyFileError {
    /// It cannot be read, or must not be.
    #[error("Failed to read signer key file {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: SecretFileError,
    },
    /// It is not hex.
    #[error("Failed to decode hex private key from file {path}")]
    Hex {
        /// The file.
        path: PathBuf,
        /// Where it is not.
        source: HexError,
    },
    /// It is hex, but no private key.
    #[error("Failed to create signer from key file {path}")]
    Key {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: KeyError,
    },
}

/// Why a text is not hex. Says nothing of the text itself, which may be a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum HexError {
    /// Something else than a hex digit.
    #[error("character {position} is not a hex digit")]
    Digit {
        /// From 1, behind leading white space and `0x`.
        position: usize,
    },
    /// Half a byte.
    #[error("it has an odd number of digits, {digits}")]
    Odd {
        /// Number of digits.
        digits: usize,
    },
}

/// Why bytes are not a private key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum KeyError {
    /// Too few or too many.
    #[error("it has {bytes} bytes, a private key has 32")]
    Length {
        /// Number of bytes.
        bytes: usize,
    },
    /// Zero, or too large a number.
    #[error("its number is zero, or not below the order of secp256k1")]
    OutOfRange,
}

/// Why a password file is not used.
#[derive(Debug, Error)]
pub enum PasswordError {
    /// It cannot be read, or must not be.
    #[error("failed to read password file {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: SecretFileError,
    },
    /// There is nothing in it.
    #[error("password file {path} is empty")]
    Empty {
        /// The file.
        path: PathBuf,
    },
}

/// Why a keystore is not used.
#[derive(Debug, Error)]
pub enum KeystoreError {
    /// It cannot be read.
    #[error("failed to read keystore {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: SecretFileError,
    },
    /// It is damaged, or of a kind that is not supported. No password is of use.
    #[error("keystore {path} cannot be used")]
    Unusable {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: KeystoreFault,
    },
    /// It is a whole keystore, and the password does not fit its check sum, which covers the encrypted
    /// key as well.
    #[error(
        "the password does not open keystore {path}: it is another password, or the file was changed"
    )]
    WrongPassword {
        /// The file.
        path: PathBuf,
    },
}

/// What is wrong with a keystore.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum KeystoreFault {
    /// It is not JSON, or not with these fields.
    #[error("it is not a keystore in JSON (line {line}, column {column})")]
    Json {
        /// From 1.
        line: usize,
        /// From 1; 0 at the end of a line.
        column: usize,
    },
    /// A field has a value that is not known here.
    #[error("its {field} is not {supported}")]
    Unsupported {
        /// Name in the file.
        field: &'static str,
        /// What is known.
        supported: &'static str,
    },
    /// A field is missing, is not hex, or has another length than it must have.
    #[error("its {field} is missing or malformed")]
    Malformed {
        /// Name in the file.
        field: &'static str,
    },
    /// To open it would take too much memory or time.
    #[error("its parameters of {kdf} ask for more memory or time than is given to a keystore")]
    TooCostly {
        /// Key derivation function.
        kdf: &'static str,
    },
    /// Its `n` is not below 2 to the power of 16 `r`, as RFC 7914 demands. There are programs that
    /// do not look at this.
    #[error(
        "its parameters of scrypt, n and r, do not fit each other; encrypt the key anew with another \
         program, by r = 8"
    )]
    ScryptUndefined,
    /// What it holds is no private key.
    #[error("what it holds is no private key")]
    Key(#[source] KeyError),
    /// It holds the key of another address than it says.
    #[error("it holds the key of {found}, not of {stated} as it says")]
    OtherAddress {
        /// Its `address`.
        stated: Address,
        /// That of its key.
        found: Address,
    },
}

/// The operating system gives no random bytes.
#[derive(Debug, Error)]
#[error("the operating system gives no random bytes")]
pub struct RandomError(#[from] OsError);

/// Why a file with a secret is not created.
#[derive(Debug, Error)]
pub enum CreateError {
    /// A key is never replaced.
    #[error("{path} is there already; a key is never overwritten, choose another name")]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The operating system does not take it. Nothing is left of the file.
    #[error("cannot write {path}")]
    Write {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A keystore needs random bytes.
    #[error(transparent)]
    Random(#[from] RandomError),
}
