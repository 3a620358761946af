//! Files that are cut or changed while nobody has them open.

use super::{SMALL_SEGMENTS, all, append, block, dir, sim::SimDisk};
use crate::log::{
    block_log::BlockLog,
    checksum::checksum,
    config::LogConfig,
    disk::Disk,
    error::{Corruption, LogError},
    record::{RECORD_HEADER_BYTES, RecordHeader},
    recovery::Recovered,
    segment::SEGMENT_HEADER_BYTES,
};
use rstest::rstest;
use std::{path::PathBuf, sync::Arc};

const LENGTHS: [usize; 3] = [40, 0, 70];

fn open(disk: &SimDisk) -> Result<(BlockLog, Recovered), LogError> {
    BlockLog::open_on(Arc::new(disk.clone()), dir(), LogConfig::default())
}

/// A disk with a log of one segment, its path and the ends of its records.
fn three_records() -> (SimDisk, PathBuf, Vec<usize>) {
    let disk = SimDisk::default();
    let (mut log, _) = open(&disk).unwrap();
    let mut ends = Vec::new();
    for (i, length) in LENGTHS.into_iter().enumerate() {
        append(&mut log, &block(i as u64 + 1, length)).unwrap();
        ends.push(usize::try_from(log.size_bytes()).unwrap());
    }
    let path = segments(&disk).remove(0);
    (disk.copy(), path, ends)
}

fn segments(disk: &SimDisk) -> Vec<PathBuf> {
    disk.names().into_iter().filter(|path| path.extension().unwrap() == "log").collect()
}

fn expect_cut(disk: &SimDisk, torn_bytes: usize, what: &str) {
    let (mut log, recovered) = open(disk).unwrap_or_else(|error| panic!("{what}: {error}"));
    let torn_bytes = torn_bytes as u64;
    assert_eq!(recovered, Recovered { records: 2, torn_bytes, unfinished_segments: 0 }, "{what}");
    assert_eq!(all(&log), [block(1, LENGTHS[0]), block(2, LENGTHS[1])], "{what}");
    append(&mut log, &block(3, 5)).unwrap();
    drop(log);
    let (log, recovered) = open(disk).unwrap();
    assert_eq!(recovered, Recovered { records: 3, ..Recovered::default() }, "{what}");
    assert_eq!(all(&log)[2], block(3, 5), "{what}");
}

#[test]
fn a_last_record_cut_at_any_byte_is_cut_off() {
    let (original, path, ends) = three_records();
    let bytes = original.read(&path);
    for length in ends[1] + 1..ends[2] {
        let disk = original.copy();
        disk.write(&path, &bytes[..length]);
        expect_cut(&disk, length - ends[1], &format!("length {length}"));
    }
}

#[test]
fn a_last_record_of_which_any_bytes_are_missing_is_cut_off() {
    let (original, path, ends) = three_records();
    for start in ends[1]..ends[2] {
        let disk = original.copy();
        let mut bytes = disk.read(&path);
        // The size reached the disk and the rest of the bytes did not.
        bytes[start..].fill(0);
        if bytes == original.read(&path) {
            continue;
        }
        disk.write(&path, &bytes);
        expect_cut(&disk, ends[2] - ends[1], &format!("zeros from {start}"));
    }
}

#[test]
fn a_changed_bit_of_the_last_record_is_cut_off_and_of_any_other_is_corruption() {
    let (original, path, ends) = three_records();
    let bytes = original.read(&path);
    for offset in 0..ends[2] {
        for bit in 0..8 {
            let disk = original.copy();
            let mut damaged = bytes.clone();
            damaged[offset] ^= 1 << bit;
            disk.write(&path, &damaged);
            if offset >= ends[1] {
                expect_cut(&disk, ends[2] - ends[1], &format!("bit {bit} of byte {offset}"));
                continue;
            }
            let start = [0, SEGMENT_HEADER_BYTES, ends[0]].into_iter().rfind(|&s| s <= offset);
            match open(&disk) {
                Err(LogError::Corrupt { path: named, offset: at, .. }) => {
                    assert_eq!((named, Some(at)), (path.clone(), start.map(|s| s as u64)));
                }
                other => panic!("bit {bit} of byte {offset}: {other:?}"),
            }
            assert_eq!(disk.read(&path), damaged, "a damaged file must not be changed");
        }
    }
}

#[test]
fn bytes_that_one_append_cannot_have_left_are_corruption() {
    let (disk, path, ends) = three_records();
    let mut bytes = disk.read(&path);
    *bytes.last_mut().unwrap() ^= 1;
    bytes.extend([0; 9]);
    disk.write(&path, &bytes);
    let error = open(&disk).unwrap_err();
    let offset = ends[1] as u64;
    assert!(
        matches!(error, LogError::Corrupt { offset: at, corruption: Corruption::Payload, .. } if at == offset),
        "{error:?}"
    );
}

/// The search for later records reads this much at once.
const CHUNK_BYTES: usize = 1024 * 1024;

#[rstest]
#[case::in_the_third_chunk(3_000_000)]
#[case::across_the_end_of_the_first_chunk(CHUNK_BYTES - RECORD_HEADER_BYTES - 20)]
#[case::one_byte_across(CHUNK_BYTES - 2 * RECORD_HEADER_BYTES + 2)]
fn a_far_record_behind_a_damaged_one_is_found(#[case] length: usize) {
    let disk = SimDisk::default();
    let (mut log, _) = open(&disk).unwrap();
    for (number, length) in [(1, 10), (2, length), (3, 10)] {
        append(&mut log, &block(number, length)).unwrap();
    }
    let path = segments(&disk).remove(0);
    let mut bytes = disk.read(&path);
    bytes[SEGMENT_HEADER_BYTES + RECORD_HEADER_BYTES + 10] ^= 1;
    disk.write(&path, &bytes);
    assert!(matches!(
        open(&disk),
        Err(LogError::Corrupt { corruption: Corruption::RecordHeader, .. })
    ));
}

#[test]
fn a_segment_that_was_never_completed_is_deleted_and_other_files_are_left_alone() {
    let (disk, path, _) = three_records();
    let unfinished = dir().join("blocks-00000000000000000004.log.new");
    let others = ["blocks-00000000000000000001.log.bak", "notes.new", "signed-height"];
    for name in others.iter().map(|name| dir().join(name)).chain([unfinished]) {
        Disk::create(&disk, &name).unwrap();
    }
    let recovered = open(&disk).unwrap().1;
    assert_eq!(recovered, Recovered { records: 3, torn_bytes: 0, unfinished_segments: 1 });
    let mut left: Vec<_> = others.iter().map(|name| dir().join(name)).chain([path]).collect();
    left.sort();
    assert_eq!(disk.names(), left);
}

#[test]
fn a_file_that_only_looks_like_a_segment_is_an_error() {
    for name in ["blocks-1.log", "blocks-.log", "blocks-+0000000000000000001.log"] {
        let (disk, ..) = three_records();
        Disk::create(&disk, &dir().join(name)).unwrap();
        match open(&disk) {
            Err(LogError::Corrupt { path, corruption: Corruption::FileName, .. }) => {
                assert_eq!(path, dir().join(name));
            }
            other => panic!("{name}: {other:?}"),
        }
    }
}

/// Replaces the header of the last record by a sound one.
fn forge(change: impl FnOnce(&mut RecordHeader)) -> SimDisk {
    let (disk, path, ends) = three_records();
    let mut bytes = disk.read(&path);
    let salt = u64::from_le_bytes(bytes[16..24].try_into().unwrap());
    let place = ends[1]..ends[1] + RECORD_HEADER_BYTES;
    let header = bytes[place.clone()].try_into().unwrap();
    let mut header = RecordHeader::decode(&header, salt).unwrap();
    change(&mut header);
    bytes[place].copy_from_slice(&header.encode(salt));
    disk.write(&path, &bytes);
    disk
}

type Change = fn(&mut RecordHeader);

#[rstest]
#[case::link(|header: &mut RecordHeader| header.link ^= 1, Corruption::OutOfSequence)]
#[case::sequence(|header: &mut RecordHeader| header.sequence += 1, Corruption::OutOfSequence)]
#[case::number(|header: &mut RecordHeader| header.number = 2, Corruption::OutOfSequence)]
#[case::kind(|header: &mut RecordHeader| header.kind = 9, Corruption::UnknownKind { kind: 9 })]
fn a_sound_record_in_the_wrong_place_is_corruption(
    #[case] change: Change,
    #[case] expected: Corruption,
) {
    match open(&forge(change)) {
        Err(LogError::Corrupt { corruption, .. }) => assert_eq!(corruption, expected),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_record_of_another_segment_is_not_taken_for_one() {
    let (disk, path, ends) = three_records();
    let (other, other_path, _) = three_records();
    let mut bytes = disk.read(&path);
    bytes.truncate(ends[1]);
    bytes.extend_from_slice(&other.read(&other_path)[ends[1]..]);
    disk.write(&path, &bytes);
    expect_cut(&disk, ends[2] - ends[1], "stale record");
}

#[test]
fn a_stale_record_of_the_same_segment_is_not_taken_for_a_later_one() {
    let (disk, path, ends) = three_records();
    let mut bytes = disk.read(&path);
    let stale = bytes[SEGMENT_HEADER_BYTES..ends[0]].to_vec();
    bytes.truncate(ends[1]);
    bytes.extend([0; 20]);
    bytes.extend(&stale);
    disk.write(&path, &bytes);
    expect_cut(&disk, 20 + stale.len(), "stale record");
}

/// A disk with a log of three segments of two records each, and their paths.
fn three_segments() -> (SimDisk, Vec<PathBuf>) {
    let disk = SimDisk::default();
    let (mut log, _) = BlockLog::open_on(Arc::new(disk.clone()), dir(), SMALL_SEGMENTS).unwrap();
    for number in 1..=6 {
        append(&mut log, &block(number, 200)).unwrap();
    }
    let paths = segments(&disk);
    assert_eq!(paths.len(), 3);
    (disk.copy(), paths)
}

#[test]
fn an_earlier_segment_cut_at_any_byte_is_corruption() {
    let (original, paths) = three_segments();
    for path in &paths[..2] {
        let bytes = original.read(path);
        for length in 0..bytes.len() {
            let disk = original.copy();
            disk.write(path, &bytes[..length]);
            match open(&disk) {
                // Cut between records, the loss shows in the segment behind.
                Err(LogError::Corrupt { .. }) => {}
                other => panic!("{} cut to {length}: {other:?}", path.display()),
            }
            assert_eq!(disk.read(path), bytes[..length], "a damaged file must not be changed");
        }
    }
}

#[test]
fn a_last_segment_without_its_first_record_is_corruption() {
    let (original, paths) = three_segments();
    let bytes = original.read(&paths[2]);
    let first = SEGMENT_HEADER_BYTES + RECORD_HEADER_BYTES + 200;
    for length in 0..first {
        let disk = original.copy();
        disk.write(&paths[2], &bytes[..length]);
        assert!(matches!(open(&disk), Err(LogError::Corrupt { .. })), "cut to {length}");
    }
    let disk = original.copy();
    disk.write(&paths[2], &bytes[..first]);
    assert_eq!(open(&disk).unwrap().1.records, 5);
}

#[test]
fn a_missing_or_swapped_segment_is_corruption() {
    let (original, paths) = three_segments();
    let without = |missing: &PathBuf| {
        let disk = original.copy();
        Disk::remove(&disk, missing).unwrap();
        open(&disk)
    };
    assert!(matches!(
        without(&paths[1]),
        Err(LogError::Corrupt { corruption: Corruption::MissingSegment { first_sequence: 5 }, .. })
    ));
    assert_eq!(without(&paths[0]).unwrap().1.records, 4);

    let disk = original.copy();
    disk.write(&paths[1], &original.read(&paths[2]));
    assert!(matches!(
        open(&disk),
        Err(LogError::Corrupt { corruption: Corruption::SegmentHeader, .. })
    ));
    // Same numbers, another log.
    let (other, other_paths) = three_segments();
    let disk = original.copy();
    disk.write(&paths[1], &other.read(&other_paths[1]));
    assert!(matches!(
        open(&disk),
        Err(LogError::Corrupt { corruption: Corruption::MissingSegment { first_sequence: 3 }, .. })
    ));
}

#[test]
fn another_version_is_named() {
    let (disk, path, _) = three_records();
    let mut bytes = disk.read(&path);
    bytes[8] = 2;
    let sum = checksum(0, &bytes[..40]);
    bytes[40..48].copy_from_slice(&sum.to_le_bytes());
    disk.write(&path, &bytes);
    assert!(matches!(open(&disk), Err(LogError::UnsupportedVersion { version: 2, .. })));
}

#[test]
fn damage_while_the_log_is_open_shows_when_it_is_read() {
    let (disk, path, ends) = three_records();
    let (log, _) = open(&disk).unwrap();
    let mut bytes = disk.read(&path);
    bytes[ends[2] - 1] ^= 1;
    disk.write(&path, &bytes);
    for mut results in [
        log.records().map(|r| r.is_ok()).collect::<Vec<_>>(),
        log.records_from(0).map(|r| r.is_ok()).collect(),
    ] {
        assert_eq!(results.pop(), Some(false));
        assert_eq!(results, [true, true]);
    }
    assert!(matches!(log.last(), Err(LogError::Corrupt { .. })));
}
