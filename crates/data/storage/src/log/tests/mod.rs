//! Tests on files that are damaged, disks that fail and machines that crash.

mod crash;
mod damage;
mod faults;
mod log;
mod proposal;
mod signed_height;
mod sim;

use crate::log::{
    block_log::BlockLog,
    config::LogConfig,
    error::LogError,
    record::{LogRecord, RecordKind},
};
use std::path::PathBuf;

/// What a test expects to read back.
type Entry = (RecordKind, u64, Vec<u8>);

fn dir() -> PathBuf {
    PathBuf::from("/data/log")
}

/// Segments that hold a few of the records of these tests.
const SMALL_SEGMENTS: LogConfig = LogConfig { segment_bytes: 600 };

/// Bytes that differ from one number and length to the next.
fn payload(number: u64, length: usize) -> Vec<u8> {
    let seed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (length as u64);
    (0..length as u64).map(|i| seed.wrapping_add(i).wrapping_mul(31).to_le_bytes()[1]).collect()
}

fn entry(record: LogRecord) -> Entry {
    (record.kind, record.number, record.payload)
}

fn block(number: u64, length: usize) -> Entry {
    (RecordKind::Block, number, payload(number, length))
}

fn append(log: &mut BlockLog, (kind, number, payload): &Entry) -> Result<u64, LogError> {
    match kind {
        RecordKind::Block => log.append(*number, payload),
        RecordKind::Unwind => log.unwind(*number),
    }
}

fn all(log: &BlockLog) -> Vec<Entry> {
    log.records().map(|record| entry(record.unwrap())).collect()
}

/// The blocks in force, by the definition.
fn in_force(entries: &[Entry]) -> Vec<Entry> {
    let mut blocks: Vec<Entry> = Vec::new();
    for entry in entries {
        match entry.0 {
            RecordKind::Block => blocks.push(entry.clone()),
            RecordKind::Unwind => blocks.retain(|block| block.1 <= entry.1),
        }
    }
    blocks
}

fn blocks_from(log: &BlockLog, number: u64) -> Vec<Entry> {
    log.records_from(number).map(|record| entry(record.unwrap())).collect()
}
