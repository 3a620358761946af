//! Why a remote signer cannot be used.

use crate::{SignerError, said::Said, tries::OpeningError};
use alloy_primitives::Address;
use std::time::Duration;
use thiserror::Error;

/// Why a remote signer cannot be used.
#[derive(Debug, Error)]
pub enum HttpSignerError {
    /// No client can be made.
    #[error("there are no root certificates to check the certificate of the remote signer with")]
    Client(#[source] reqwest::Error),
    /// There is no connection.
    #[error("the remote signer cannot be reached; check --signer.http-url and its certificate")]
    Unreachable(#[source] reqwest::Error),
    /// No answer in time.
    #[error(
        "the remote signer gave no answer within {} ms; check the network, or allow more with \
         --signer.timeout",
        timeout.as_millis()
    )]
    TimedOut {
        /// What a request may take.
        timeout: Duration,
    },
    /// It asks for other credentials.
    #[error("the remote signer does not let this node in (status {status}){said}")]
    NotPermitted {
        /// Of HTTP.
        status: u16,
        /// What it says.
        said: Said,
    },
    /// It may sign later.
    #[error("the remote signer cannot sign now (status {status}){said}")]
    Failing {
        /// Of HTTP.
        status: u16,
        /// What it says.
        said: Said,
    },
    /// It will not sign.
    #[error("the remote signer refuses (status {status}){said}")]
    Refused {
        /// Of HTTP.
        status: u16,
        /// What it says.
        said: Said,
    },
    /// It says that it signed, and gives no signature.
    #[error(
        "the answer of the remote signer is not {{\"signature\":\"0x..\"}} with 65 bytes in hex; check \
         --signer.http-url"
    )]
    Garbage,
    /// It signs with another key.
    #[error(
        "the remote signer signs with the key of {found}, not of {expected}; check --signer.http-address"
    )]
    OtherKey {
        /// The address that was given.
        expected: Address,
        /// Whose signature it is.
        found: Address,
    },
}

impl OpeningError for HttpSignerError {
    fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable(_) | Self::TimedOut { .. } | Self::Failing { .. } => true,
            Self::Client(_)
            | Self::NotPermitted { .. }
            | Self::Refused { .. }
            | Self::Garbage
            | Self::OtherKey { .. } => false,
        }
    }

    fn timed_out(timeout: Duration) -> Self {
        Self::TimedOut { timeout }
    }
}

impl From<HttpSignerError> for SignerError {
    fn from(err: HttpSignerError) -> Self {
        match err {
            HttpSignerError::TimedOut { timeout } => Self::TimedOut { timeout },
            HttpSignerError::OtherKey { expected, found } => Self::OtherKey { expected, found },
            err if err.is_passing() => Self::Unavailable { source: Box::new(err) },
            err => Self::Refused { source: Box::new(err) },
        }
    }
}
