//! Reading the records of a segment.

use crate::log::{
    checksum::checksum,
    error::{Corruption, LogError},
    files::LogFile,
    record::{RECORD_HEADER_BYTES, RecordHeader, seal_of},
    segment::{SEGMENT_HEADER_BYTES, SegmentHeader},
};

/// Reads a segment from its start, one record in memory at a time.
#[derive(Debug)]
pub(crate) struct SegmentReader {
    file: LogFile,
    header: SegmentHeader,
    /// Where to stop, in bytes.
    end: u64,
    offset: u64,
    link: u64,
}

/// What stands at a place in a segment.
#[derive(Debug)]
pub(crate) enum Step {
    /// A sound record, whose payload is in the buffer.
    Record { header: RecordHeader, seal: u64, offset: u64 },
    /// Neither a record nor the end.
    Defect(Defect),
    /// The end of the segment.
    End,
}

/// A place where a record should be and is not.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Defect {
    pub(crate) offset: u64,
    pub(crate) corruption: Corruption,
    /// End of the record, if its header is sound.
    pub(crate) record_end: Option<u64>,
}

impl SegmentReader {
    /// Reads `file`, which has this header, up to the offset `end`.
    pub(crate) fn new(file: LogFile, header: SegmentHeader, end: u64) -> Self {
        let offset = SEGMENT_HEADER_BYTES as u64;
        Self { file, header, end, offset, link: header.checksum() }
    }

    pub(crate) const fn file(&self) -> &LogFile {
        &self.file
    }

    pub(crate) fn into_file(self) -> LogFile {
        self.file
    }

    /// Reads the next record and checks that it continues the one before.
    pub(crate) fn next(&mut self, payload: &mut Vec<u8>) -> Result<Step, LogError> {
        if self.offset == self.end {
            return Ok(Step::End);
        }
        let step = read_record(&self.file, self.header.salt, self.offset, self.end, payload)?;
        let Step::Record { header, seal, offset } = step else { return Ok(step) };
        let record_end = offset + header.record_bytes();
        if header.link != self.link {
            let corruption = Corruption::OutOfSequence;
            return Ok(Step::Defect(Defect { offset, corruption, record_end: Some(record_end) }));
        }
        self.offset = record_end;
        self.link = seal;
        Ok(step)
    }
}

/// Reads the record at `offset`. Nothing is allocated for a length that the file does not have.
pub(crate) fn read_record(
    file: &LogFile,
    salt: u64,
    offset: u64,
    end: u64,
    payload: &mut Vec<u8>,
) -> Result<Step, LogError> {
    let defect =
        |corruption, record_end| Ok(Step::Defect(Defect { offset, corruption, record_end }));
    let available = end.saturating_sub(offset);
    if available < RECORD_HEADER_BYTES as u64 {
        return defect(Corruption::RecordHeader, None);
    }
    let mut bytes = [0; RECORD_HEADER_BYTES];
    file.read_exact_at(&mut bytes, offset)?;
    let Some(header) = RecordHeader::decode(&bytes, salt) else {
        return defect(Corruption::RecordHeader, None);
    };
    let record_end = offset.saturating_add(header.record_bytes());
    if header.record_bytes() > available {
        return defect(Corruption::Payload, Some(record_end));
    }
    payload.clear();
    // u32 fits in usize on every platform that has the memory for a chain.
    payload.resize(header.length as usize, 0);
    file.read_exact_at(payload, offset + RECORD_HEADER_BYTES as u64)?;
    if checksum(salt, payload) != header.payload_checksum {
        return defect(Corruption::Payload, Some(record_end));
    }
    Ok(Step::Record { header, seal: seal_of(&bytes), offset })
}

/// Whether anywhere in `start..end` there is the sound header of a record after `sequence`. Earlier
/// ones do not count: they can be what the disk held here before.
pub(crate) fn has_later_record(
    file: &LogFile,
    salt: u64,
    sequence: u64,
    (start, end): (u64, u64),
) -> Result<bool, LogError> {
    const CHUNK_BYTES: u64 = 1024 * 1024;
    let header_bytes = RECORD_HEADER_BYTES as u64;
    let mut buffer = Vec::new();
    let mut offset = start;
    while offset.saturating_add(header_bytes) <= end {
        let chunk = (end - offset).min(CHUNK_BYTES);
        buffer.resize(usize::try_from(chunk).unwrap_or(usize::MAX), 0);
        file.read_exact_at(&mut buffer, offset)?;
        let is_later = |window: &[u8]| {
            window.starts_with(&salt.to_le_bytes())
                && window.try_into().is_ok_and(|bytes| {
                    RecordHeader::decode(bytes, salt)
                        .is_some_and(|header| header.sequence > sequence)
                })
        };
        if buffer.windows(RECORD_HEADER_BYTES).any(is_later) {
            return Ok(true);
        }
        // A header may begin in this chunk and end in the next.
        offset += chunk - header_bytes + 1;
    }
    Ok(false)
}
