//! How far the ExExes are.

use crate::{error::ExExError, record};
use alloy_eips::BlockNumHash;
use rollup_storage::{BlockLog, LogConfig};
use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

/// Size of a file of records, of which the last counts: the one before is removed when it is full.
const SEGMENT_BYTES: u64 = 64 * 1024;

/// The last block that each ExEx has finished, by its name, each in a directory of its own.
///
/// What is not installed now is there too, so that it finds what it needs when it is.
#[derive(Debug)]
pub(crate) struct FinishedBlocks {
    path: PathBuf,
    by_name: BTreeMap<String, Finished>,
}

/// What one ExEx has finished: the last record of a log.
#[derive(Debug)]
struct Finished {
    log: BlockLog,
    block: Option<BlockNumHash>,
}

impl FinishedBlocks {
    /// Reads what is in a directory, which need not be there.
    pub(crate) fn open(path: PathBuf) -> Result<Self, ExExError> {
        let unusable = |source| ExExError::Directory { path: path.clone(), source };
        let names = names(&path).map_err(unusable)?;
        let mut by_name = BTreeMap::new();
        for name in names {
            let finished = Finished::open(path.join(&name))?;
            by_name.insert(name, finished);
        }
        Ok(Self { path, by_name })
    }

    /// Where is noted what an ExEx has finished.
    pub(crate) fn path_of(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// The last block that an ExEx has finished; `None` of one that was never there.
    pub(crate) fn get(&self, name: &str) -> Option<BlockNumHash> {
        self.by_name.get(name)?.block
    }

    /// The last block that each ExEx has finished, also of those that are not installed.
    pub(crate) fn all(&self) -> impl Iterator<Item = BlockNumHash> {
        self.by_name.values().filter_map(|finished| finished.block)
    }

    /// Makes durable that an ExEx has finished a block.
    pub(crate) fn set(&mut self, name: &str, block: BlockNumHash) -> Result<(), ExExError> {
        let path = self.path_of(name);
        match self.by_name.get_mut(name) {
            Some(finished) => finished.set(block),
            None => {
                let mut finished = Finished::open(path)?;
                finished.set(block)?;
                self.by_name.insert(name.to_owned(), finished);
                Ok(())
            }
        }
    }
}

impl Finished {
    fn open(path: PathBuf) -> Result<Self, ExExError> {
        let (log, _) = BlockLog::open(&path, LogConfig { segment_bytes: SEGMENT_BYTES })?;
        let last = log.last()?.map(|last| record::decode_id(&last.payload));
        let block = last.transpose().map_err(|source| ExExError::Record { path, source })?;
        Ok(Self { log, block })
    }

    fn set(&mut self, block: BlockNumHash) -> Result<(), ExExError> {
        if self.block == Some(block) {
            return Ok(());
        }
        let place = self.log.tip().map_or(0, |tip| tip.saturating_add(1));
        self.log.append(place, &record::encode_id(block))?;
        self.block = Some(block);
        if self.log.segment_count() > 1 {
            self.log.trim(place)?;
        }
        Ok(())
    }
}

/// Names of the directories in a directory; none if it is not there. It is not made here, but by the
/// log in it, which makes its name durable too.
fn names(path: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    let entries = match fs::read_dir(path) {
        Err(err) if err.kind() == io::ErrorKind::NotFound => return Ok(names),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        // A name that is not text is none of ours.
        if let Ok(name) = entry.file_name().into_string()
            && entry.file_type()?.is_dir()
        {
            names.push(name);
        }
    }
    Ok(names)
}
