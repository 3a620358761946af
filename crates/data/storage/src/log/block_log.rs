use crate::block::ExecutedBlock;
use crate::log::{
    checksum::checksum,
    config::LogConfig,
    disk::{Disk, FileLock, OsDisk},
    error::{FileError, FileOperation, LogError},
    files::{LogDir, LogFile},
    index::{Index, Place, needed_for},
    iter::{Records, RecordsFrom},
    logged_block::{self, LoggedBlock},
    record::{
        LogRecord, MAX_PAYLOAD_BYTES, RECORD_HEADER_BYTES, RecordHeader, RecordKind, seal_of,
    },
    recovery::{OpenLog, Recovered, open_log},
    segment::{SEGMENT_HEADER_BYTES, Segment, SegmentHeader, segment_name},
};
use std::{
    collections::VecDeque,
    mem,
    path::{Path, PathBuf},
    sync::Arc,
};

/// Room at the start of the buffer for the headers of a segment and a record.
const FRONT_BYTES: usize = SEGMENT_HEADER_BYTES + RECORD_HEADER_BYTES;
/// Capacity that the buffer keeps between records.
const KEPT_BUFFER_BYTES: usize = 4 * 1024 * 1024;

/// An append-only log of blocks: what an append has acknowledged is there after any crash.
///
/// One process has it open at a time. See the README of this crate for the guarantees and their
/// limits.
#[derive(Debug)]
pub struct BlockLog {
    dir: LogDir,
    config: LogConfig,
    /// The segments that are not written to any more, ascending.
    closed: VecDeque<Segment>,
    /// The last segment, unless there is none.
    active: Option<ActiveSegment>,
    index: Index,
    is_poisoned: bool,
    buffer: Vec<u8>,
    _lock: Box<dyn FileLock>,
}

impl BlockLog {
    /// Opens the log in `dir`, which is created if it does not exist.
    ///
    /// Every record is read and checked. What an append that never returned left at the end is cut
    /// off and reported. When this returns, everything that the log holds is durable.
    ///
    /// # Errors
    /// [`LogError::Locked`] if another process has it open, [`LogError::Corrupt`] and
    /// [`LogError::UnsupportedVersion`] if it cannot be read, [`LogError::File`] if the operating
    /// system refuses. Nothing is changed on the disk then, except that files which were never
    /// completed may be gone.
    pub fn open(dir: impl Into<PathBuf>, config: LogConfig) -> Result<(Self, Recovered), LogError> {
        Self::open_on(Arc::new(OsDisk), dir.into(), config)
    }

    pub(crate) fn open_on(
        disk: Arc<dyn Disk>,
        dir: PathBuf,
        config: LogConfig,
    ) -> Result<(Self, Recovered), LogError> {
        let dir = LogDir::open(disk, dir)?;
        let OpenLog { closed, active, index, lock, recovered } = open_log(&dir)?;
        let log = Self {
            dir,
            config,
            closed,
            active,
            index,
            is_poisoned: false,
            buffer: Vec::new(),
            _lock: lock,
        };
        Ok((log, recovered))
    }

    /// Makes the block `number` durable and returns the sequence number of its record. `payload`
    /// is what [`records_from`](Self::records_from) gives back, at most [`MAX_PAYLOAD_BYTES`].
    ///
    /// The number must be above the tip, not next to it: whether one block follows another is for
    /// their hashes to say.
    ///
    /// # Errors
    /// [`LogError::NotAboveTip`] and [`LogError::PayloadTooLong`] change nothing. After
    /// [`LogError::File`] the record is not in the log, and the log is usable unless the message
    /// says "sync": then it is [`LogError::Poisoned`], and after a restart the record may be there
    /// in full.
    pub fn append(&mut self, number: u64, payload: &[u8]) -> Result<u64, LogError> {
        self.write(RecordKind::Block, number, |buffer| buffer.extend_from_slice(payload))
    }

    /// Makes a block with its signature and rollup records durable.
    ///
    /// # Errors
    /// As [`append`](Self::append).
    pub fn append_block(&mut self, block: &LoggedBlock) -> Result<u64, LogError> {
        self.write(RecordKind::Block, block.number(), |buffer| block.encode(buffer))
    }

    /// Makes an executed block with its signature durable.
    pub(crate) fn append_executed(&mut self, executed: &ExecutedBlock) -> Result<u64, LogError> {
        let ExecutedBlock { block, signature, .. } = executed;
        self.write(RecordKind::Block, block.number, |buffer| {
            logged_block::encode(block.sealed_block(), signature.as_ref(), &[], buffer);
        })
    }

    /// Makes durable that the blocks above `to` are void.
    ///
    /// # Errors
    /// [`LogError::UnwindAboveTip`] if there are none, else as [`append`](Self::append).
    pub fn unwind(&mut self, to: u64) -> Result<u64, LogError> {
        self.write(RecordKind::Unwind, to, |_| {})
    }

    /// Deletes the segments that nobody needs once the chain is durable elsewhere below the block
    /// `below`: the block `below - 1` that is in force, and all before it. Returns how many.
    ///
    /// The segment that is written to stays. A segment with void blocks may stay longer.
    ///
    /// # Errors
    /// [`LogError::File`]: some segments may be deleted, always the oldest.
    pub fn trim(&mut self, below: u64) -> Result<usize, LogError> {
        // Above the tip there are only void blocks, whose unwind must outlive them.
        let below = below.min(self.tip().map_or(0, |tip| tip.saturating_add(1)));
        let mut deleted = 0;
        while let Some(oldest) = self.closed.front().filter(|oldest| oldest.needed_for < below) {
            self.dir.remove(&oldest.path)?;
            self.closed.pop_front();
            let oldest = self.segments().next().map_or(u64::MAX, Segment::first_sequence);
            self.index.trim(oldest);
            // One at a time: a gap between segments would be taken for damage.
            self.dir.sync()?;
            deleted += 1;
        }
        Ok(deleted)
    }

    /// Sets the sequence number of the first record of an empty log, so that records stay distinct
    /// from those of a log that was there before.
    ///
    /// # Errors
    /// [`LogError::NotEmpty`] if there are records.
    pub fn start_at(&mut self, sequence: u64) -> Result<(), LogError> {
        if !self.is_empty() {
            return Err(LogError::NotEmpty { next: self.next_sequence() });
        }
        self.index = Index::new(sequence);
        Ok(())
    }

    /// The blocks in force with this number or a higher one, ascending: what is left of the chain
    /// after its unwinds.
    pub fn records_from(&self, number: u64) -> RecordsFrom<'_> {
        let positions = self.index.positions();
        let start = positions.partition_point(|position| position.number < number);
        RecordsFrom::new(&self.dir, positions.range(start..))
    }

    /// Every record in the order in which they were appended, void blocks and unwinds included.
    pub fn records(&self) -> Records<'_> {
        Records::new(&self.dir, self.segments().cloned().collect())
    }

    /// The last block in force that the log holds.
    ///
    /// # Errors
    /// [`LogError::Corrupt`] or [`LogError::File`] if it cannot be read.
    pub fn last(&self) -> Result<Option<LogRecord>, LogError> {
        let positions = self.index.positions();
        RecordsFrom::new(&self.dir, positions.range(positions.len().saturating_sub(1)..))
            .next()
            .transpose()
    }

    /// Number of the last block in force, which the log does not hold if it is the target of an
    /// unwind below its first block. `None` if the log is empty.
    pub const fn tip(&self) -> Option<u64> {
        self.index.tip()
    }

    /// Sequence number of the next record.
    pub const fn next_sequence(&self) -> u64 {
        self.index.next_sequence()
    }

    /// Whether there are no records.
    pub const fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    /// Number of segments.
    pub fn segment_count(&self) -> usize {
        self.segments().count()
    }

    /// Bytes on the disk.
    pub fn size_bytes(&self) -> u64 {
        self.segments().map(|segment| segment.end).sum()
    }

    /// Directory of the log.
    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    fn segments(&self) -> impl Iterator<Item = &Segment> {
        self.closed.iter().chain(self.active.as_ref().map(|active| &active.segment))
    }

    fn write(
        &mut self,
        kind: RecordKind,
        number: u64,
        fill: impl FnOnce(&mut Vec<u8>),
    ) -> Result<u64, LogError> {
        if self.is_poisoned {
            return Err(LogError::Poisoned { path: self.path().to_owned() });
        }
        self.index.check(kind, number)?;
        let mut buffer = mem::take(&mut self.buffer);
        buffer.resize(FRONT_BYTES, 0);
        fill(&mut buffer);
        let result = self.write_buffer(kind, number, &mut buffer);
        buffer.clear();
        buffer.shrink_to(KEPT_BUFFER_BYTES);
        self.buffer = buffer;
        result
    }

    /// Writes the payload in `buffer`, which has room for headers before it.
    fn write_buffer(
        &mut self,
        kind: RecordKind,
        number: u64,
        buffer: &mut [u8],
    ) -> Result<u64, LogError> {
        let bytes = buffer.len() - FRONT_BYTES;
        let length = u32::try_from(bytes).ok().filter(|_| bytes <= MAX_PAYLOAD_BYTES);
        let length = length.ok_or(LogError::PayloadTooLong { bytes })?;
        let sequence = self.next_sequence();
        // Fills in the record's header and returns its seal.
        let seal_record = |buffer: &mut [u8], salt, link| {
            let payload_checksum = checksum(salt, &buffer[FRONT_BYTES..]);
            let kind = kind.to_byte();
            let header = RecordHeader { kind, length, sequence, number, link, payload_checksum };
            let header = header.encode(salt);
            buffer[SEGMENT_HEADER_BYTES..FRONT_BYTES].copy_from_slice(&header);
            seal_of(&header)
        };
        let link = self.index.link();
        let record_bytes = (RECORD_HEADER_BYTES + bytes) as u64;
        let limit = self.config.segment_bytes;
        let needed_for = needed_for(kind, number);
        let (seal, segment, offset) = match &mut self.active {
            Some(active) if active.has_room_for(record_bytes, limit) => {
                let seal = seal_record(buffer, active.segment.header.salt, link);
                let record = &buffer[SEGMENT_HEADER_BYTES..];
                let offset = active.append(record, needed_for, &mut self.is_poisoned)?;
                (seal, active.segment.first_sequence(), offset)
            }
            _ => {
                let header = SegmentHeader::new(sequence, link);
                let seal = seal_record(buffer, header.salt, header.checksum());
                self.start_segment(header, buffer, needed_for)?;
                (seal, sequence, SEGMENT_HEADER_BYTES as u64)
            }
        };
        self.index.push(kind, number, seal, Place { segment, offset });
        Ok(sequence)
    }

    /// Creates the next segment, with its first record in it.
    fn start_segment(
        &mut self,
        header: SegmentHeader,
        buffer: &mut [u8],
        needed_for: u64,
    ) -> Result<(), LogError> {
        buffer[..SEGMENT_HEADER_BYTES].copy_from_slice(&header.encode());
        let path = self.dir.join(&segment_name(header.first_sequence));
        let created = self.dir.create(&path, buffer);
        let file = created.inspect_err(|error| self.is_poisoned |= is_failed_sync(error))?;
        let segment = Segment { path, header, end: buffer.len() as u64, needed_for };
        let closed = self.active.replace(ActiveSegment { segment, file });
        self.closed.extend(closed.map(|active| active.segment));
        Ok(())
    }
}

/// The segment that is written to.
#[derive(Debug)]
pub(crate) struct ActiveSegment {
    pub(crate) segment: Segment,
    pub(crate) file: LogFile,
}

impl ActiveSegment {
    const fn has_room_for(&self, record_bytes: u64, limit: u64) -> bool {
        self.segment.end.saturating_add(record_bytes) <= limit
    }

    /// Appends a record and makes it durable. Returns its offset. Sets `is_poisoned` if an error
    /// leaves open what is on the disk.
    fn append(
        &mut self,
        record: &[u8],
        needed_for: u64,
        is_poisoned: &mut bool,
    ) -> Result<u64, LogError> {
        let offset = self.segment.end;
        if let Err(error) = self.file.write_all_at(record, offset) {
            // What was written of it must be gone for good before the next record takes its place.
            let cut = self.file.set_length(offset).and_then(|()| self.file.sync_all());
            *is_poisoned = cut.is_err();
            return Err(error.into());
        }
        if let Err(error) = self.file.sync_data() {
            // The kernel may have dropped the bytes and yet call them written: a second sync would
            // prove nothing. The cut keeps the next start, if the disk lets it, from reading back
            // from memory what is not on the disk.
            *is_poisoned = true;
            drop(self.file.set_length(offset));
            return Err(error.into());
        }
        self.segment.end = offset + record.len() as u64;
        self.segment.needed_for = self.segment.needed_for.max(needed_for);
        Ok(offset)
    }
}

fn is_failed_sync(error: &FileError) -> bool {
    error.operation == FileOperation::Sync
}
