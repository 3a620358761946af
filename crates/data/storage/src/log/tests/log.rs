//! What a log does when nothing goes wrong.

use super::{
    SMALL_SEGMENTS, all, append, block, blocks_from, dir, in_force, payload, sim::SimDisk,
};
use crate::log::{
    block_log::BlockLog,
    config::LogConfig,
    error::LogError,
    record::{MAX_PAYLOAD_BYTES, RecordKind},
    recovery::Recovered,
};
use std::sync::Arc;

fn open(disk: &SimDisk, config: LogConfig) -> (BlockLog, Recovered) {
    BlockLog::open_on(Arc::new(disk.clone()), dir(), config).unwrap()
}

fn unwind(to: u64) -> super::Entry {
    (RecordKind::Unwind, to, Vec::new())
}

#[test]
fn gives_back_what_was_appended_across_segments_and_restarts() {
    let disk = SimDisk::default();
    let entries = [
        block(7, 0),
        block(8, 1),
        block(9, 300),
        block(12, 1000),
        unwind(9),
        block(10, 200),
        unwind(3),
        block(4, 64),
        block(5, 500),
    ];
    let (mut log, recovered) = open(&disk, SMALL_SEGMENTS);
    assert_eq!(recovered, Recovered::default());
    assert!(log.is_empty());
    for (i, entry) in entries.iter().enumerate() {
        assert_eq!(append(&mut log, entry).unwrap(), i as u64 + 1);
        assert_eq!(all(&log), entries[..=i]);
        assert_eq!(blocks_from(&log, 0), in_force(&entries[..=i]));
        assert_eq!(log.tip(), Some(entry.1));
    }
    assert!(log.segment_count() > 2);
    assert_eq!(blocks_from(&log, 5), [block(5, 500)]);
    assert_eq!(log.last().unwrap().map(super::entry), Some(block(5, 500)));
    drop(log);

    let (mut log, recovered) = open(&disk, SMALL_SEGMENTS);
    assert_eq!(recovered, Recovered { records: 9, ..Recovered::default() });
    assert_eq!(all(&log), entries);
    assert_eq!(blocks_from(&log, 0), in_force(&entries));
    assert_eq!((log.tip(), log.next_sequence()), (Some(5), 10));
    assert_eq!(log.append(6, &payload(6, 10)).unwrap(), 10);
}

#[test]
fn refuses_what_does_not_follow_the_tip() {
    let (mut log, _) = open(&SimDisk::default(), LogConfig::default());
    log.append(10, &[1]).unwrap();
    let before = all(&log);
    assert!(matches!(log.append(10, &[2]), Err(LogError::NotAboveTip { number: 10, tip: 10 })));
    assert!(matches!(log.append(9, &[2]), Err(LogError::NotAboveTip { number: 9, tip: 10 })));
    assert!(matches!(log.unwind(11), Err(LogError::UnwindAboveTip { to: 11, tip: 10 })));
    assert_eq!(all(&log), before);
    log.unwind(10).unwrap();
    log.unwind(4).unwrap();
    assert_eq!((log.tip(), log.last().unwrap()), (Some(4), None));
    log.append(5, &[3]).unwrap();
}

#[test]
fn refuses_a_payload_beyond_the_limit() {
    let (mut log, _) = open(&SimDisk::default(), LogConfig::default());
    let payload = vec![0; MAX_PAYLOAD_BYTES + 1];
    assert!(matches!(log.append(1, &payload), Err(LogError::PayloadTooLong { .. })));
    log.append(1, &[1]).unwrap();
    assert_eq!(all(&log).len(), 1);
}

#[test]
fn trims_whole_segments_below_a_block_and_never_the_last() {
    let disk = SimDisk::default();
    let (mut log, _) = open(&disk, SMALL_SEGMENTS);
    let entries: Vec<_> = (1..=10).map(|number| block(number, 200)).collect();
    for entry in &entries {
        append(&mut log, entry).unwrap();
    }
    // Two records to a segment.
    assert_eq!(log.segment_count(), 5);
    assert_eq!(log.trim(2).unwrap(), 0);
    assert_eq!(log.trim(3).unwrap(), 1);
    assert_eq!(all(&log), entries[2..]);
    assert_eq!(blocks_from(&log, 0), entries[2..]);
    assert_eq!(log.trim(u64::MAX).unwrap(), 3);
    assert_eq!(all(&log), entries[8..]);
    assert_eq!(log.trim(u64::MAX).unwrap(), 0);
    drop(log);
    let (log, recovered) = open(&disk, SMALL_SEGMENTS);
    assert_eq!(recovered.records, 2);
    assert_eq!((all(&log), log.next_sequence()), (entries[8..].to_vec(), 11));
}

#[test]
fn trimming_keeps_an_unwind_until_a_block_after_it_is_durable() {
    let disk = SimDisk::default();
    let (mut log, _) = open(&disk, LogConfig { segment_bytes: 0 });
    let entries = [block(1, 9), block(2, 9), block(3, 9), unwind(1), block(2, 8), block(3, 8)];
    for entry in &entries {
        append(&mut log, entry).unwrap();
    }
    // Below 3 is durable, and yet the void block 3 must not outlive its unwind.
    assert_eq!(log.trim(3).unwrap(), 2);
    assert_eq!(all(&log), entries[2..]);
    assert_eq!(blocks_from(&log, 0), [block(2, 8), block(3, 8)]);
    assert_eq!(log.trim(4).unwrap(), 3);
    assert_eq!(all(&log), entries[5..]);
    // An unwind at the tip: the database may still have the void blocks.
    log.unwind(2).unwrap();
    assert_eq!(log.trim(u64::MAX).unwrap(), 0);
}

#[test]
fn an_empty_log_starts_where_it_is_told() {
    let (mut log, _) = open(&SimDisk::default(), LogConfig::default());
    log.start_at(100).unwrap();
    assert_eq!(log.append(1, &[]).unwrap(), 100);
    assert!(matches!(log.start_at(5), Err(LogError::NotEmpty { next: 101 })));
}
