//! Who said what.

use derive_more::Display;
use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

/// Who gave a flag its value.
#[derive(Clone, Debug, PartialEq, Eq, Display)]
pub(crate) enum Origin {
    /// The command line.
    #[display("command line")]
    CommandLine,
    /// An environment variable.
    #[display("{variable}")]
    Environment { variable: String },
    /// The configuration file.
    #[display("{}:{line}", path.display())]
    File { path: Arc<PathBuf>, line: usize },
    /// `--dev`.
    #[display("--dev")]
    Dev,
    /// Nobody.
    #[display("default")]
    Default,
}

/// The origins of flags, by their names.
#[derive(Clone, Debug, Default)]
pub(crate) struct Origins(BTreeMap<String, Origin>);

impl Origins {
    pub(super) fn insert(&mut self, flag: &str, origin: Origin) {
        self.0.insert(flag.to_owned(), origin);
    }

    /// Whether the user gave the flag a value.
    pub(crate) fn is_given(&self, flag: &str) -> bool {
        !matches!(self.of(flag), Origin::Dev | Origin::Default)
    }

    pub(crate) fn of(&self, flag: &str) -> Origin {
        self.0.get(flag).cloned().unwrap_or(Origin::Default)
    }
}
