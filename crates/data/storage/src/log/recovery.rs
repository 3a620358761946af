//! Opening a log: what is on the disk, and what may be made of it.

use crate::log::{
    block_log::ActiveSegment,
    disk::FileLock,
    error::{Corruption, LogError},
    files::{LogDir, is_unfinished},
    index::{Index, Place, needed_for},
    reader::{Defect, SegmentReader, Step, has_later_record},
    record::{MAX_PAYLOAD_BYTES, RECORD_HEADER_BYTES, RecordKind},
    segment::{FileName, Segment, SegmentHeader, parse_file_name, segment_name},
};
use std::{collections::VecDeque, path::Path};

/// Name of the file whose lock keeps a second process out.
const LOCK_FILE: &str = "blocks.lock";
/// Sequence number of the first record of the first log; 0 is left to say "none".
const FIRST_SEQUENCE: u64 = 1;

/// What was found when a log was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recovered {
    /// Sound records, those of void blocks and unwinds included.
    pub records: u64,
    /// Bytes of a last record that was never acknowledged, now cut off; 0 after an orderly stop.
    pub torn_bytes: u64,
    /// Segments that were being created when the process ended, now deleted. They hold nothing
    /// that was acknowledged.
    pub unfinished_segments: u64,
}

/// A log as it was found.
#[derive(Debug)]
pub(crate) struct OpenLog {
    pub(crate) closed: VecDeque<Segment>,
    pub(crate) active: Option<ActiveSegment>,
    pub(crate) index: Index,
    pub(crate) lock: Box<dyn FileLock>,
    pub(crate) recovered: Recovered,
}

/// Locks the directory, checks every record in it and cuts off a torn one at the end.
pub(crate) fn open_log(dir: &LogDir) -> Result<OpenLog, LogError> {
    let lock = lock(dir)?;
    let (names, unfinished) = list_segments(dir)?;
    let mut recovered = Recovered { unfinished_segments: unfinished, ..Recovered::default() };
    let mut index = Index::new(names.first().copied().unwrap_or(FIRST_SEQUENCE));
    let mut closed = VecDeque::new();
    let mut active: Option<ActiveSegment> = None;
    for (place, &first_sequence) in names.iter().enumerate() {
        let is_last = place + 1 == names.len();
        let mut scan = SegmentScan::open(dir, first_sequence, &index)?;
        scan.run(&mut index, &mut recovered, is_last)?;
        if is_last {
            scan.rewrite_last_record()?;
        }
        closed.extend(active.replace(scan.finish()).map(|active| active.segment));
    }
    if let Some(active) = &active {
        active.file.sync_all()?;
    }
    dir.sync()?;
    Ok(OpenLog { closed, active, index, lock, recovered })
}

/// Takes the lock of the log.
pub(crate) fn lock(dir: &LogDir) -> Result<Box<dyn FileLock>, LogError> {
    let path = dir.join(LOCK_FILE);
    dir.lock(&path)?.ok_or(LogError::Locked { path })
}

/// Sequence numbers of the segments, ascending. Deletes those that were never completed.
fn list_segments(dir: &LogDir) -> Result<(Vec<u64>, u64), LogError> {
    let mut segments = Vec::new();
    let mut unfinished = 0;
    for name in dir.list()? {
        let Some(name) = name.to_str() else { continue };
        let path = dir.join(name);
        match parse_file_name(name) {
            FileName::Segment(first_sequence) => segments.push(first_sequence),
            FileName::Malformed => return Err(corrupt(&path, 0, Corruption::FileName)),
            FileName::Other if is_unfinished_segment(name) => {
                dir.remove(&path)?;
                unfinished += 1;
            }
            FileName::Other => {}
        }
    }
    segments.sort_unstable();
    Ok((segments, unfinished))
}

/// Whether a file with this name is a segment that was never completed.
pub(crate) fn is_unfinished_segment(name: &str) -> bool {
    let stem = Path::new(name).file_stem().and_then(|stem| stem.to_str());
    is_unfinished(name)
        && stem.is_some_and(|stem| matches!(parse_file_name(stem), FileName::Segment(_)))
}

/// The check of one segment.
#[derive(Debug)]
struct SegmentScan {
    reader: SegmentReader,
    header: SegmentHeader,
    length: u64,
    needed_for: u64,
    /// Offset of the record that was read last.
    last_record: u64,
}

impl SegmentScan {
    /// Opens a segment and checks that it follows what is in the index.
    fn open(dir: &LogDir, first_sequence: u64, index: &Index) -> Result<Self, LogError> {
        let file = dir.open_to_write(&dir.join(&segment_name(first_sequence)))?;
        let header = SegmentHeader::read(&file)?;
        if header.first_sequence != first_sequence {
            return Err(corrupt(file.path(), 0, Corruption::SegmentHeader));
        }
        let follows = first_sequence == index.next_sequence()
            && (index.is_empty() || header.link == index.link());
        if !follows {
            let corruption = Corruption::MissingSegment { first_sequence };
            return Err(corrupt(file.path(), 0, corruption));
        }
        let length = file.length()?;
        let reader = SegmentReader::new(file, header, length);
        Ok(Self { reader, header, length, needed_for: 0, last_record: 0 })
    }

    /// Takes every record into the index.
    fn run(
        &mut self,
        index: &mut Index,
        recovered: &mut Recovered,
        is_last: bool,
    ) -> Result<(), LogError> {
        let mut payload = Vec::new();
        let mut records: u64 = 0;
        loop {
            match self.reader.next(&mut payload)? {
                Step::Record { header, seal, offset } => {
                    let place = Place { segment: self.header.first_sequence, offset };
                    index
                        .check_and_push(&header, seal, place)
                        .map_err(|corruption| self.corrupt(offset, corruption))?;
                    if let Some(kind) = RecordKind::from_byte(header.kind) {
                        self.needed_for = self.needed_for.max(needed_for(kind, header.number));
                    }
                    self.last_record = offset;
                    records += 1;
                }
                Step::End if records > 0 => break,
                Step::End => return Err(self.corrupt(self.length, Corruption::FirstRecord)),
                Step::Defect(defect) => {
                    if records == 0 {
                        return Err(self.corrupt(defect.offset, Corruption::FirstRecord));
                    }
                    if !is_last || !self.is_torn_tail(&defect, index.next_sequence())? {
                        return Err(self.corrupt(defect.offset, defect.corruption));
                    }
                    recovered.torn_bytes = self.cut(defect.offset)?;
                    break;
                }
            }
        }
        recovered.records += records;
        Ok(())
    }

    /// Whether one append that did not finish can have left this behind: it is the last thing in
    /// the file, and no longer than one record. `sequence` is that of the damaged record.
    fn is_torn_tail(&self, defect: &Defect, sequence: u64) -> Result<bool, LogError> {
        if defect.corruption == Corruption::OutOfSequence {
            return Ok(false);
        }
        let longest = (RECORD_HEADER_BYTES + MAX_PAYLOAD_BYTES) as u64;
        let limit = defect.record_end.unwrap_or_else(|| defect.offset.saturating_add(longest));
        if self.length > limit {
            return Ok(false);
        }
        let range = (defect.offset + 1, self.length);
        Ok(!has_later_record(self.reader.file(), self.header.salt, sequence, range)?)
    }

    /// Cuts the segment and returns by how many bytes.
    fn cut(&mut self, offset: u64) -> Result<u64, LogError> {
        let torn_bytes = self.length - offset;
        self.reader.file().set_length(offset)?;
        self.length = offset;
        Ok(torn_bytes)
    }

    /// Writes the last record again, to be synced. It may be visible and yet not durable: its
    /// append may have ended before the sync, or in a failed one, after which the kernel takes
    /// bytes for written that are only in memory.
    fn rewrite_last_record(&self) -> Result<(), LogError> {
        let bytes = self.length - self.last_record;
        // INVARIANT: the record was in memory before.
        let mut record = vec![0; usize::try_from(bytes).unwrap_or(usize::MAX)];
        let file = self.reader.file();
        file.read_exact_at(&mut record, self.last_record)?;
        file.write_all_at(&record, self.last_record)?;
        Ok(())
    }

    fn finish(self) -> ActiveSegment {
        let file = self.reader.into_file();
        let segment = Segment {
            path: file.path().to_owned(),
            header: self.header,
            end: self.length,
            needed_for: self.needed_for,
        };
        ActiveSegment { segment, file }
    }

    fn corrupt(&self, offset: u64, corruption: Corruption) -> LogError {
        corrupt(self.reader.file().path(), offset, corruption)
    }
}

fn corrupt(path: &Path, offset: u64, corruption: Corruption) -> LogError {
    LogError::Corrupt { path: path.to_owned(), offset, corruption }
}
