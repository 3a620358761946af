//! Why an ExEx cannot go on.

use alloy_primitives::B256;
use rollup_evm::ExecuteError;
use rollup_runtime::{TaskEnd, TaskFailure};
use rollup_storage::{LogError, StorageError};
use std::{io, path::PathBuf};
use thiserror::Error;

/// Why an ExEx does not start, or is not told of the chain.
#[derive(Debug, Error)]
pub enum ExExError {
    /// A name that cannot be that of a directory.
    #[error(
        "{name:?} is not the name of an ExEx: 1 to 64 of a-z, 0-9, - and _, and no - or _ in front"
    )]
    Name {
        /// The name.
        name: &'static str,
    },
    /// Two ExExes have one name.
    #[error("two ExExes have the name {name}; what they have finished would be mixed up")]
    DuplicateName {
        /// The name.
        name: &'static str,
    },
    /// The chain cannot be read.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The log of blocks, or of what an ExEx has finished, cannot be read or written.
    #[error("the log of the ExExes failed")]
    Log(#[from] LogError),
    /// A record of a log cannot be read.
    #[error("a record of the log of the ExExes in {} cannot be read", path.display())]
    Record {
        /// Directory of the log.
        path: PathBuf,
        /// What is wrong with it.
        source: ExExRecordError,
    },
    /// A block that an ExEx is at is neither of the chain nor in the log.
    #[error(
        "block {number} ({hash}), which the ExEx has finished, left the chain, and the log of the \
         ExExes does not have it any more: what was undone cannot be told. To let the ExEx begin \
         anew at the head, remove {} and what it has stored itself",
        path.display()
    )]
    UnknownBlock {
        /// Number of the block.
        number: u64,
        /// Its hash.
        hash: B256,
        /// Where is noted what the ExEx has finished.
        path: PathBuf,
    },
    /// The state that the next blocks were executed on was pruned.
    #[error(
        "the ExEx has finished block {number}, and the state after it is pruned, so the blocks that \
         follow cannot be executed again. To let the ExEx begin anew at the head, remove {} and what \
         it has stored itself; an archive node prunes nothing",
        path.display()
    )]
    Pruned {
        /// Number of the block.
        number: u64,
        /// Where is noted what the ExEx has finished.
        path: PathBuf,
        /// What the storage says.
        source: Box<StorageError>,
    },
    /// A block of the chain could not be executed again.
    #[error("block {number} could not be executed again for an ExEx")]
    Execute {
        /// Number of the block.
        number: u64,
        /// Why not.
        source: Box<ExecuteError<StorageError>>,
    },
    /// A directory cannot be read or made.
    #[error("cannot use {}", path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// The threads cannot start.
    #[error("the threads of the ExExes cannot start")]
    Threads(#[source] io::Error),
    /// A read panicked, or its runtime ended.
    #[error("reading of the chain for an ExEx was interrupted")]
    Interrupted(#[source] tokio::task::JoinError),
}

impl ExExError {
    /// Whether the data directory, and not the program, has to be seen to.
    pub const fn is_about_directory(&self) -> bool {
        match self {
            Self::Log(_)
            | Self::Record { .. }
            | Self::UnknownBlock { .. }
            | Self::Pruned { .. }
            | Self::Directory { .. } => true,
            Self::Name { .. }
            | Self::DuplicateName { .. }
            | Self::Storage(_)
            | Self::Execute { .. }
            | Self::Threads(_)
            | Self::Interrupted(_) => false,
        }
    }
}

/// What is wrong with a record that the log gives back.
#[derive(Debug, Error)]
pub enum ExExRecordError {
    /// It ends too soon.
    #[error("the record has {bytes} bytes, too few for what it begins with")]
    Length {
        /// Its length.
        bytes: usize,
    },
    /// Another version of the format.
    #[error("the record has version {version}, which this program cannot read")]
    Version {
        /// The version.
        version: u8,
    },
    /// Not the encoding of a block.
    #[error("the record holds no block")]
    Rlp(#[from] alloy_rlp::Error),
    /// A record that was just found is gone.
    #[error("the record is not there any more")]
    Gone,
}

/// An ExEx that ended although nobody told it to: the node ends too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the ExEx {name} {end}; the reason is in the log")]
pub struct ExExFailure {
    /// Its name.
    pub name: &'static str,
    /// How it ended.
    pub end: TaskEnd,
}

impl From<TaskFailure> for ExExFailure {
    fn from(failure: TaskFailure) -> Self {
        Self { name: failure.task, end: failure.end }
    }
}
