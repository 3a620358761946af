//! What is wrong with the environment or the configuration file.

use super::origin::Origin;
use std::{error::Error, io, path::PathBuf, sync::Arc};

/// What is wrong with the environment or the configuration file.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigFileError {
    /// The file cannot be read.
    #[error("cannot read the configuration file {path}")]
    Read { path: Arc<PathBuf>, source: io::Error },
    /// The file is not TOML.
    #[error("{path}:{line}: this is not TOML: {message}")]
    Malformed { path: Arc<PathBuf>, line: usize, message: String },
    /// There is no such flag.
    #[error("{path}:{line}: there is no setting `{key}`")]
    UnknownKey { path: Arc<PathBuf>, line: usize, key: String },
    /// There are two values for one flag.
    #[error("{path}:{line}: `{key}` has a value already")]
    Twice { path: Arc<PathBuf>, line: usize, key: String },
    /// The value is of a type that the flag does not have.
    #[error("{path}:{line}: `{key}` must be {expected}, and is {found}")]
    Type {
        path: Arc<PathBuf>,
        line: usize,
        key: String,
        expected: &'static str,
        found: &'static str,
    },
    /// The flag does not take the value.
    #[error("{place}: `{value}` cannot be used for --{flag}")]
    Value { place: Place, value: String, flag: String, source: Box<dyn Error + Send + Sync> },
}

/// Where a value was found.
#[derive(Clone, Debug, derive_more::Display)]
pub(crate) struct Place(pub(super) Origin);
