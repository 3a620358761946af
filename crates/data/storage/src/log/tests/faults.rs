//! Disks that are full or fail, by simulation.

use super::{
    Entry, SMALL_SEGMENTS, all, append, block,
    sim::{Effect, Fault, SimDisk},
};
use crate::log::{
    block_log::BlockLog,
    config::LogConfig,
    error::{FileError, FileOperation, LogError},
    record::RecordKind,
};
use rand::{SeedableRng, rngs::StdRng};
use std::{error::Error, io, sync::Arc};

fn open(disk: &SimDisk, config: LogConfig) -> BlockLog {
    BlockLog::open_on(Arc::new(disk.clone()), super::dir(), config).unwrap().0
}

/// Makes the `n`-th operation from now on fail, counted from 1.
fn fail(disk: &SimDisk, n: u64, effect: Effect) {
    disk.add_fault(Fault { at_operation: disk.operations() + n, effect });
}

fn file_error(error: LogError) -> FileError {
    match error {
        LogError::File(error) => error,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_full_disk_leaves_the_log_as_it_was_and_usable() {
    let disk = SimDisk::default();
    let mut log = open(&disk, LogConfig::default());
    append(&mut log, &block(1, 100)).unwrap();
    let size = log.size_bytes();
    let path = disk.names().into_iter().find(|path| path.extension().unwrap() == "log").unwrap();
    fail(&disk, 1, Effect::NoSpace);

    let error = file_error(append(&mut log, &block(2, 100)).unwrap_err());
    assert_eq!((error.operation, &error.path), (FileOperation::Write, &path));
    assert_eq!(error.source.kind(), io::ErrorKind::StorageFull);
    assert_eq!(disk.read(&path).len() as u64, size);

    append(&mut log, &block(2, 50)).unwrap();
    let expected = [block(1, 100), block(2, 50)];
    assert_eq!(all(&log), expected);
    drop(log);
    // The failed write left nothing that a crash could bring back.
    for seed in 0..50 {
        let disk = disk.crash(&mut StdRng::seed_from_u64(seed));
        assert_eq!(all(&open(&disk, LogConfig::default())), expected);
    }
}

#[test]
fn what_a_failed_write_left_does_not_come_back_behind_a_torn_one() {
    for seed in 0..300 {
        let disk = SimDisk::default();
        let mut log = open(&disk, LogConfig::default());
        append(&mut log, &block(1, 10)).unwrap();
        fail(&disk, 1, Effect::NoSpace);
        append(&mut log, &block(2, 8000)).unwrap_err();
        fail(&disk, 1, Effect::Crash);
        append(&mut log, &block(2, 1500)).unwrap_err();
        let crashed = disk.crash(&mut StdRng::seed_from_u64(seed));
        let found = all(&open(&crashed, LogConfig::default()));
        assert!([block(1, 10), block(2, 1500)].starts_with(&found) && !found.is_empty());
    }
}

#[test]
fn a_disk_too_full_for_a_new_segment_leaves_the_log_usable() {
    // Create, write and rename, in this order, with a sync before the rename.
    for (n, operation) in
        [(1, FileOperation::Create), (2, FileOperation::Write), (4, FileOperation::Rename)]
    {
        let disk = SimDisk::default();
        let mut log = open(&disk, SMALL_SEGMENTS);
        append(&mut log, &block(1, 400)).unwrap();
        let names = disk.names();
        fail(&disk, n, Effect::NoSpace);
        let error = file_error(append(&mut log, &block(2, 400)).unwrap_err());
        assert_eq!(error.operation, operation);
        assert_eq!(disk.names(), names);
        append(&mut log, &block(2, 401)).unwrap();
        drop(log);
        let log = open(&disk.crash(&mut StdRng::seed_from_u64(n)), SMALL_SEGMENTS);
        assert_eq!(all(&log), [block(1, 400), block(2, 401)]);
    }
}

/// Appends with a fault and expects the log to refuse everything after it.
fn expect_poisoned(config: LogConfig, n: u64, effect: Effect, entry: &Entry) {
    let disk = SimDisk::default();
    let mut log = open(&disk, config);
    append(&mut log, &block(1, 400)).unwrap();
    fail(&disk, n, effect);
    file_error(append(&mut log, entry).unwrap_err());
    disk.clear_faults();
    for next in [entry.clone(), (RecordKind::Unwind, 1, vec![])] {
        let error = append(&mut log, &next).unwrap_err();
        assert!(
            matches!(&error, LogError::Poisoned { path } if *path == super::dir()),
            "{error:?}"
        );
        assert!(error.source().is_none());
    }
    assert_eq!(all(&log), [block(1, 400)], "what was acknowledged can be read");
    drop(log);
    let log = open(&disk, config);
    let found = all(&log);
    let unacknowledged = found.get(1).is_none_or(|found| found == entry) && found.len() <= 2;
    assert!(unacknowledged && found[0] == block(1, 400), "{found:?}");
    // What the restart gave back is durable, whatever the failed sync has dropped.
    drop(log);
    for seed in 0..30 {
        let crashed = disk.crash(&mut StdRng::seed_from_u64(seed));
        assert_eq!(all(&open(&crashed, config)), found);
    }
}

#[test]
fn a_failed_sync_poisons_the_log() {
    expect_poisoned(LogConfig::default(), 2, Effect::Io, &block(2, 1000));
    // A new segment: the sync of the file, and that of the directory.
    expect_poisoned(SMALL_SEGMENTS, 3, Effect::Io, &block(2, 400));
    expect_poisoned(SMALL_SEGMENTS, 5, Effect::Io, &block(2, 400));
}

#[test]
fn a_record_that_survives_a_failed_sync_in_memory_is_durable_after_a_restart() {
    let disk = SimDisk::default();
    let mut log = open(&disk, LogConfig::default());
    append(&mut log, &block(1, 400)).unwrap();
    // The sync fails and the process dies before it can cut the record off.
    fail(&disk, 2, Effect::Io);
    let cut_fails = disk.operations() + 3;
    disk.add_fault(Fault { at_operation: cut_fails, effect: Effect::Io });
    append(&mut log, &block(2, 1000)).unwrap_err();
    drop(log);
    let found = all(&open(&disk, LogConfig::default()));
    assert_eq!(found, [block(1, 400), block(2, 1000)]);
    for seed in 0..30 {
        let crashed = disk.crash(&mut StdRng::seed_from_u64(seed));
        assert_eq!(all(&open(&crashed, LogConfig::default())), found);
    }
}

#[test]
fn a_write_that_cannot_be_taken_back_poisons_the_log() {
    let disk = SimDisk::default();
    let mut log = open(&disk, LogConfig::default());
    append(&mut log, &block(1, 400)).unwrap();
    fail(&disk, 1, Effect::NoSpace);
    disk.add_fault(Fault { at_operation: disk.operations() + 2, effect: Effect::Io });
    file_error(append(&mut log, &block(2, 1000)).unwrap_err());
    assert!(matches!(append(&mut log, &block(2, 10)), Err(LogError::Poisoned { .. })));
    drop(log);
    let (log, recovered) =
        BlockLog::open_on(Arc::new(disk), super::dir(), LogConfig::default()).unwrap();
    assert_eq!(recovered.torn_bytes, (1000 + 56) / 2);
    assert_eq!(all(&log), [block(1, 400)]);
}

#[test]
fn a_failed_trim_can_be_repeated() {
    for n in 1..=4 {
        let disk = SimDisk::default();
        let mut log = open(&disk, LogConfig { segment_bytes: 0 });
        for number in 1..=3 {
            append(&mut log, &block(number, 10)).unwrap();
        }
        fail(&disk, n, Effect::Io);
        file_error(log.trim(3).unwrap_err());
        disk.clear_faults();
        log.trim(3).unwrap();
        assert_eq!(all(&log), [block(3, 10)]);
        drop(log);
        assert_eq!(all(&open(&disk, LogConfig::default())), [block(3, 10)]);
    }
}

#[test]
fn a_failing_disk_at_open_is_an_error_that_names_the_path() {
    let disk = SimDisk::default();
    append(&mut open(&disk, LogConfig::default()), &block(1, 10)).unwrap();
    for (n, operation) in [(1, FileOperation::Write), (2, FileOperation::Sync)] {
        fail(&disk, n, Effect::Io);
        let opened = BlockLog::open_on(Arc::new(disk.clone()), super::dir(), LogConfig::default());
        let error = file_error(opened.unwrap_err());
        assert_eq!(error.operation, operation);
        assert!(error.to_string().contains("/data/log/blocks-"), "{error}");
    }
    disk.clear_faults();
    assert_eq!(all(&open(&disk, LogConfig::default())), [block(1, 10)]);
}
