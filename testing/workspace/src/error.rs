//! Errors of the readers.

use std::{io, path::PathBuf, process::ExitStatus};

/// The repository, or what cargo says about it, could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WorkspaceError {
    /// A file or directory could not be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// What was to be read.
        path: PathBuf,
        /// Why it could not be.
        source: io::Error,
    },
    /// A line of `.gitignore` has a form that [`repository_files`](crate::repository_files) does
    /// not implement.
    #[error("unsupported pattern on line {line} of .gitignore")]
    UnsupportedIgnore {
        /// Line number, from 1.
        line: usize,
    },
    /// The cargo program could not be started.
    #[error("cannot start cargo")]
    StartCargo(#[source] io::Error),
    /// The cargo program reported a failure; it has written why to standard error.
    #[error("cargo failed: {0}")]
    CargoFailed(ExitStatus),
    /// A line of the output of `cargo tree` is not understood.
    #[error("unexpected line {line} of cargo tree")]
    TreeLine {
        /// Line number, from 1.
        line: usize,
    },
    /// The output of `cargo metadata` is not the JSON that is expected.
    #[error("cannot decode the output of cargo metadata")]
    Json(#[from] serde_json::Error),
}

/// `docs/crate-map.md` holds no usable table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CrateMapError {
    /// No table with the expected header row.
    #[error("no table with the columns of the crate map")]
    NoTable,
    /// A row has another number of cells than the header.
    #[error("line {line} has {found} cells instead of {expected}")]
    Cells {
        /// Line number, from 1.
        line: usize,
        /// Cells of that row.
        found: usize,
        /// Cells of the header.
        expected: usize,
    },
    /// The first cell is no [`Area`](crate::Area).
    #[error("line {line} names no known area")]
    Area {
        /// Line number, from 1.
        line: usize,
    },
    /// A crate or an import is not written as one word in backquotes.
    #[error("line {line} has a name that is not in backquotes")]
    Name {
        /// Line number, from 1.
        line: usize,
    },
}

/// A licence policy or expression that cannot be understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LicenseError {
    /// The policy has no `allow` list in its `[licenses]` section.
    #[error("no list of allowed licences")]
    NoAllowList,
    /// A part of the expression is missing.
    #[error("licence expression ends too early")]
    Incomplete,
    /// The expression goes on after its end, or has an operator in the place of a name.
    #[error("unexpected word in licence expression")]
    UnexpectedWord,
}
