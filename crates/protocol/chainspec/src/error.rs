//! Errors of reading names and genesis files.

use crate::{hardfork::ScrollHardfork, networks::CHAIN_NAMES};

/// A genesis or a chain name cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ChainSpecError {
    /// The name is none of the chains that are built in.
    #[error("unknown chain \"{name}\", expected one of {}", CHAIN_NAMES.join(", "))]
    UnknownChain {
        /// The name as given.
        name: Box<str>,
    },
    /// The genesis is not JSON.
    #[error("genesis is not valid JSON")]
    Json(#[from] serde_json::Error),
    /// A required key of the genesis is absent or null.
    #[error("genesis key `{key}` is missing")]
    MissingKey {
        /// Keys from the top of the file, joined by dots.
        key: Box<str>,
    },
    /// A key of the genesis has a value that cannot be used.
    #[error("genesis key `{key}` must be {expected}, but is {found}")]
    InvalidValue {
        /// Keys from the top of the file, joined by dots.
        key: Box<str>,
        /// What the value has to be.
        expected: &'static str,
        /// The value in the file, shortened.
        found: Box<str>,
    },
}

/// The name is not one of a hardfork.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown hardfork \"{name}\", expected one of {}",
    ScrollHardfork::ALL.map(ScrollHardfork::as_str).join(", ")
)]
pub struct UnknownHardfork {
    /// The name as given.
    pub name: Box<str>,
}
