//! What the log says, without the payloads.

use crate::log::{
    error::{Corruption, LogError},
    record::{RecordHeader, RecordKind},
};
use std::collections::VecDeque;

/// Where a block in force is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Position {
    pub(crate) number: u64,
    pub(crate) sequence: u64,
    pub(crate) place: Place,
}

/// A place in the files of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// Sequence number of the first record of the segment.
    pub(crate) segment: u64,
    /// In the segment, in bytes.
    pub(crate) offset: u64,
}

/// The end of the log, and the positions of the blocks that no unwind made void.
#[derive(Debug)]
pub(crate) struct Index {
    /// Sequence number of the next record.
    next_sequence: u64,
    /// Whether there is any record.
    has_records: bool,
    /// Seal of the last record.
    link: u64,
    /// Last block in force: the number in the last record.
    tip: Option<u64>,
    /// Ascending by number and by sequence number.
    positions: VecDeque<Position>,
}

impl Index {
    /// The index of a log without records.
    pub(crate) const fn new(next_sequence: u64) -> Self {
        Self { next_sequence, has_records: false, link: 0, tip: None, positions: VecDeque::new() }
    }

    pub(crate) const fn next_sequence(&self) -> u64 {
        self.next_sequence
    }

    pub(crate) const fn is_empty(&self) -> bool {
        !self.has_records
    }

    pub(crate) const fn link(&self) -> u64 {
        self.link
    }

    pub(crate) const fn tip(&self) -> Option<u64> {
        self.tip
    }

    pub(crate) const fn positions(&self) -> &VecDeque<Position> {
        &self.positions
    }

    /// Whether a record may come next.
    pub(crate) const fn check(&self, kind: RecordKind, number: u64) -> Result<(), LogError> {
        match (kind, self.tip) {
            (RecordKind::Block, Some(tip)) if number <= tip => {
                Err(LogError::NotAboveTip { number, tip })
            }
            (RecordKind::Unwind, Some(tip)) if number > tip => {
                Err(LogError::UnwindAboveTip { to: number, tip })
            }
            _ => Ok(()),
        }
    }

    /// Takes up a record that was read, after checking that it may stand there.
    pub(crate) fn check_and_push(
        &mut self,
        header: &RecordHeader,
        seal: u64,
        place: Place,
    ) -> Result<(), Corruption> {
        let kind = RecordKind::from_byte(header.kind)
            .ok_or(Corruption::UnknownKind { kind: header.kind })?;
        if header.sequence != self.next_sequence || self.check(kind, header.number).is_err() {
            return Err(Corruption::OutOfSequence);
        }
        self.push(kind, header.number, seal, place);
        Ok(())
    }

    /// Takes up the next record.
    pub(crate) fn push(&mut self, kind: RecordKind, number: u64, seal: u64, place: Place) {
        match kind {
            RecordKind::Block => {
                let sequence = self.next_sequence;
                self.positions.push_back(Position { number, sequence, place });
            }
            RecordKind::Unwind => {
                while self.positions.back().is_some_and(|position| position.number > number) {
                    self.positions.pop_back();
                }
            }
        }
        self.tip = Some(number);
        self.link = seal;
        self.has_records = true;
        // INVARIANT: 2^64 records cannot be written.
        self.next_sequence = self.next_sequence.saturating_add(1);
    }

    /// Forgets the records before `sequence`.
    pub(crate) fn trim(&mut self, sequence: u64) {
        while self.positions.front().is_some_and(|position| position.sequence < sequence) {
            self.positions.pop_front();
        }
    }
}

/// The block up to and including which the chain must be durable elsewhere for a record to be of
/// no use: the block itself, or the one that follows an unwind, for that block's being there shows
/// that the unwind was made there.
pub(crate) const fn needed_for(kind: RecordKind, number: u64) -> u64 {
    match kind {
        RecordKind::Block => number,
        RecordKind::Unwind => number.saturating_add(1),
    }
}
