//! Reading the log back.

use crate::log::{
    error::{Corruption, LogError},
    files::{LogDir, LogFile},
    index::{Place, Position},
    reader::{SegmentReader, Step, read_record},
    record::{LogRecord, RecordHeader, RecordKind},
    segment::{Segment, SegmentHeader, segment_name},
};
use std::collections::{VecDeque, vec_deque};

/// Every record of a log in the order in which they were appended, void blocks and unwinds
/// included. Reads one record at a time; ends after an error.
#[derive(Debug)]
pub struct Records<'a> {
    dir: &'a LogDir,
    /// Those that are not open yet.
    segments: VecDeque<Segment>,
    reader: Option<SegmentReader>,
}

impl<'a> Records<'a> {
    pub(crate) const fn new(dir: &'a LogDir, segments: VecDeque<Segment>) -> Self {
        Self { dir, segments, reader: None }
    }

    fn read(&mut self) -> Result<Option<LogRecord>, LogError> {
        let mut payload = Vec::new();
        loop {
            if let Some(reader) = &mut self.reader {
                match reader.next(&mut payload)? {
                    Step::Record { header, offset, .. } => {
                        let record = to_record(header, payload);
                        return record.map(Some).map_err(|c| corrupt(reader.file(), offset, c));
                    }
                    Step::Defect(defect) => {
                        return Err(corrupt(reader.file(), defect.offset, defect.corruption));
                    }
                    Step::End => {}
                }
            }
            let Some(segment) = self.segments.pop_front() else { return Ok(None) };
            let file = self.dir.open_to_read(&segment.path)?;
            self.reader = Some(SegmentReader::new(file, segment.header, segment.end));
        }
    }
}

impl Iterator for Records<'_> {
    type Item = Result<LogRecord, LogError>;

    fn next(&mut self) -> Option<Self::Item> {
        let result = self.read();
        if !matches!(result, Ok(Some(_))) {
            self.segments.clear();
            self.reader = None;
        }
        result.transpose()
    }
}

/// The blocks in force from some number on, ascending. Reads one record at a time; ends after an
/// error.
#[derive(Debug)]
pub struct RecordsFrom<'a> {
    dir: &'a LogDir,
    positions: vec_deque::Iter<'a, Position>,
    /// The segment that was read last.
    open: Option<(SegmentHeader, LogFile)>,
}

impl<'a> RecordsFrom<'a> {
    pub(crate) const fn new(dir: &'a LogDir, positions: vec_deque::Iter<'a, Position>) -> Self {
        Self { dir, positions, open: None }
    }

    fn read(&mut self, position: Position) -> Result<LogRecord, LogError> {
        let Place { segment, offset } = position.place;
        let (header, file) = match self.open.take() {
            Some((header, file)) if header.first_sequence == segment => (header, file),
            _ => {
                let file = self.dir.open_to_read(&self.dir.join(&segment_name(segment)))?;
                (SegmentHeader::read(&file)?, file)
            }
        };
        let mut payload = Vec::new();
        let step = read_record(&file, header.salt, offset, file.length()?, &mut payload)?;
        let record = match step {
            Step::Record { header, .. } if header.sequence == position.sequence => {
                to_record(header, payload)
            }
            Step::Defect(defect) => Err(defect.corruption),
            Step::Record { .. } | Step::End => Err(Corruption::OutOfSequence),
        };
        let record = record.map_err(|corruption| corrupt(&file, offset, corruption))?;
        self.open = Some((header, file));
        Ok(record)
    }
}

impl Iterator for RecordsFrom<'_> {
    type Item = Result<LogRecord, LogError>;

    fn next(&mut self) -> Option<Self::Item> {
        let position = *self.positions.next()?;
        let result = self.read(position);
        if result.is_err() {
            self.positions = Default::default();
        }
        Some(result)
    }
}

fn to_record(header: RecordHeader, payload: Vec<u8>) -> Result<LogRecord, Corruption> {
    let kind =
        RecordKind::from_byte(header.kind).ok_or(Corruption::UnknownKind { kind: header.kind })?;
    Ok(LogRecord { sequence: header.sequence, kind, number: header.number, payload })
}

fn corrupt(file: &LogFile, offset: u64, corruption: Corruption) -> LogError {
    LogError::Corrupt { path: file.path().to_owned(), offset, corruption }
}
