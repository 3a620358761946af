//! The blocks that ExExes may have seen.

use crate::{
    chain::ChainBlock,
    error::{ExExError, ExExRecordError},
    record::{self, Ids},
};
use alloy_eips::BlockNumHash;
use alloy_primitives::B256;
use rollup_storage::{BlockLog, LogConfig};
use std::{
    collections::{BTreeMap, HashMap},
    path::{Path, PathBuf},
};

/// The blocks that ExExes may have seen and that may yet leave the chain: durable before an ExEx is
/// told of them, so that each can be told that they left it.
///
/// In the block log a record has the number of its place, not that of its block: blocks of several
/// branches, and at several heights, are told of in any order.
#[derive(Debug)]
pub(crate) struct WriteAheadLog {
    log: BlockLog,
    next_place: u64,
    places: HashMap<B256, u64>,
    blocks: BTreeMap<u64, Ids>,
}

impl WriteAheadLog {
    /// Opens the log in a directory, and makes it if there is none.
    pub(crate) fn open(path: PathBuf, segment_bytes: u64) -> Result<Self, ExExError> {
        let (log, _) = BlockLog::open(path, LogConfig { segment_bytes })?;
        let mut blocks = BTreeMap::new();
        for found in log.records() {
            let found = found?;
            let ids = Ids::decode(&found.payload).map_err(|source| corrupt(&log, source))?;
            blocks.insert(found.number, ids);
        }
        let next_place = log.tip().map_or(0, |tip| tip.saturating_add(1));
        let places = blocks.iter().map(|(place, ids)| (ids.block.hash, *place)).collect();
        Ok(Self { log, next_place, places, blocks })
    }

    /// Whether the log has a block.
    pub(crate) fn contains(&self, hash: B256) -> bool {
        self.places.contains_key(&hash)
    }

    /// The parent of a block that the log has.
    pub(crate) fn parent(&self, block: BlockNumHash) -> Option<BlockNumHash> {
        let ids = self.places.get(&block.hash).and_then(|place| self.blocks.get(place))?;
        Some(ids.parent)
    }

    /// Makes a block durable, unless it is.
    pub(crate) fn append(&mut self, block: &ChainBlock) -> Result<(), ExExError> {
        let ids = Ids::of(block);
        if self.contains(ids.block.hash) {
            return Ok(());
        }
        let place = self.next_place;
        self.log.append(place, &record::encode(block))?;
        self.next_place = place.saturating_add(1);
        self.places.insert(ids.block.hash, place);
        self.blocks.insert(place, ids);
        Ok(())
    }

    /// A block, if the log has it.
    pub(crate) fn read(&self, hash: B256) -> Result<Option<ChainBlock>, ExExError> {
        let Some(place) = self.places.get(&hash) else { return Ok(None) };
        let found = self.log.records_from(*place).next().transpose()?;
        let found = found.filter(|found| found.number == *place);
        let decoded =
            found.ok_or(ExExRecordError::Gone).and_then(|found| record::decode(&found.payload));
        decoded.map(Some).map_err(|source| corrupt(&self.log, source))
    }

    /// Forgets what comes before the first block above `number`. The files are removed when nothing in
    /// them is needed.
    pub(crate) fn trim(&mut self, number: u64) -> Result<(), ExExError> {
        while let Some(oldest) = self.blocks.first_entry()
            && oldest.get().block.number <= number
        {
            let (place, hash) = (*oldest.key(), oldest.remove().block.hash);
            // It may have been logged once more since.
            if self.places.get(&hash) == Some(&place) {
                self.places.remove(&hash);
            }
        }
        let first = self.blocks.first_key_value().map_or(self.next_place, |(place, _)| *place);
        if self.log.segment_count() > 1 {
            self.log.trim(first)?;
        }
        Ok(())
    }

    /// Bytes on the disk.
    pub(crate) fn size_bytes(&self) -> u64 {
        self.log.size_bytes()
    }

    pub(crate) fn path(&self) -> &Path {
        self.log.path()
    }
}

fn corrupt(log: &BlockLog, source: ExExRecordError) -> ExExError {
    ExExError::Record { path: log.path().to_owned(), source }
}
