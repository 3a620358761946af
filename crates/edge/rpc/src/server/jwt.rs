//! Requests that are signed with a shared secret, as those of the Engine API.

use alloy_primitives::hex;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;
use std::{
    fmt::{self, Debug, Formatter},
    fs, io,
    path::{Path, PathBuf},
    str::FromStr,
    time::Duration,
};
use thiserror::Error;

/// How far the time of a token may be from that of the node, either way.
pub const JWT_MAX_AGE: Duration = Duration::from_secs(60);

/// A secret of 32 bytes that callers and server share. Its text form is hex, with or without `0x`.
#[derive(Clone, PartialEq, Eq)]
pub struct JwtSecret([u8; 32]);

impl JwtSecret {
    /// The secret with these bytes.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Reads a file that holds nothing but the secret, in hex.
    ///
    /// # Errors
    /// [`JwtSecretError::File`] if it cannot be read, and [`JwtSecretError::InFile`] if it holds
    /// something else.
    pub fn read(path: &Path) -> Result<Self, JwtSecretError> {
        let file = |source| JwtSecretError::File { path: path.to_owned(), source };
        let text = fs::read_to_string(path).map_err(file)?;
        text.parse().map_err(|source: JwtSecretError| JwtSecretError::InFile {
            path: path.to_owned(),
            source: source.into(),
        })
    }

    /// Checks a token (three parts in base64) against the wall clock.
    pub(crate) fn verify(&self, token: &str, unix_time: Duration) -> Result<(), TokenError> {
        let mut rules = Validation::new(Algorithm::HS256);
        // The times are compared below, with the clock of the node.
        rules.validate_exp = false;
        rules.validate_aud = false;
        rules.required_spec_claims.clear();
        let key = DecodingKey::from_secret(&self.0);
        let claims = jsonwebtoken::decode::<Claims>(token, &key, &rules)?.claims;
        let now = unix_time.as_secs();
        if claims.iat.abs_diff(now) > JWT_MAX_AGE.as_secs() {
            return Err(TokenError::IssuedAt);
        }
        if claims.exp.is_some_and(|exp| exp < now) {
            return Err(TokenError::Expired);
        }
        Ok(())
    }
}

impl Debug for JwtSecret {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("JwtSecret(..)")
    }
}

impl FromStr for JwtSecret {
    type Err = JwtSecretError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bytes = hex::decode(text.trim())?;
        let actual = bytes.len();
        let bytes = bytes.try_into().ok().ok_or(JwtSecretError::Length { actual })?;
        Ok(Self(bytes))
    }
}

/// A text or file that is no secret.
#[derive(Debug, Error)]
pub enum JwtSecretError {
    /// Not hex.
    #[error("the JWT secret is not hex")]
    Hex(#[from] hex::FromHexError),
    /// Not 32 bytes.
    #[error("the JWT secret has {actual} bytes, not 32")]
    Length {
        /// Bytes there are.
        actual: usize,
    },
    /// The file cannot be read.
    #[error("cannot read the JWT secret in {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The file holds no secret.
    #[error("{} holds no JWT secret", path.display())]
    InFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with its text.
        #[source]
        source: Box<Self>,
    },
}

#[derive(Deserialize)]
struct Claims {
    iat: u64,
    exp: Option<u64>,
}

/// A request that is not let in. The caller reads the text.
#[derive(Debug, Error)]
pub(crate) enum TokenError {
    #[error("authorization header is missing")]
    Missing,
    #[error("authorization header is not `Bearer` and a token")]
    NotBearer,
    #[error("token is invalid: {0}")]
    Invalid(#[from] jsonwebtoken::errors::Error),
    #[error("IAT (issued-at) claim is not within ±60 seconds from the current time")]
    IssuedAt,
    #[error("token has expired")]
    Expired,
}
