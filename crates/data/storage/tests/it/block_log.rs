//! The block log on real files: kills, full disks, second processes, missing rights.

use crate::process::{child, is_child, mix, next_line};
use rollup_storage::{
    BlockLog, FileError, LogConfig, LogError, LogRecord, RecordKind, SignedHeight,
    SignedHeightError,
};
use std::{
    env, fs,
    io::{self, BufRead, BufReader},
    os::unix::fs::PermissionsExt,
    path::Path,
    process::Stdio,
};

const SMALL_SEGMENTS: LogConfig = LogConfig { segment_bytes: 64 * 1024 };
/// What the record with this sequence number is, given the tip before it.
fn record(sequence: u64, tip: u64) -> LogRecord {
    let choice = mix(sequence);
    if choice.is_multiple_of(8) {
        let number = tip.saturating_sub(choice / 8 % 4);
        return LogRecord { sequence, kind: RecordKind::Unwind, number, payload: vec![] };
    }
    let length = [10, 700, 20_000, 150_000][usize::try_from(choice / 8 % 4).unwrap()];
    let words = (sequence..).take(length / 8 + 1).flat_map(|i| mix(i).to_le_bytes());
    let payload = words.take(length).collect();
    LogRecord { sequence, kind: RecordKind::Block, number: tip + 1, payload }
}

/// Depends on the sequence number, so that a block after an unwind has a hash of its own.
fn hash(sequence: u64) -> [u8; 32] {
    let mut hash = [0; 32];
    hash[..8].copy_from_slice(&sequence.to_le_bytes());
    hash
}

#[test]
fn child_appends_until_it_is_killed() {
    if !is_child() {
        return;
    }
    // Ends the line that the test harness has begun.
    println!();
    let (mut log, _) = BlockLog::open(".", SMALL_SEGMENTS).unwrap();
    let mut height = SignedHeight::open(&log).unwrap();
    loop {
        let next = record(log.next_sequence(), log.tip().unwrap_or(0));
        let sequence = match next.kind {
            RecordKind::Block => log.append(next.number, &next.payload).unwrap(),
            RecordKind::Unwind => log.unwind(next.number).unwrap(),
        };
        println!("appended {sequence} {}", next.number);
        let signed = height.get().map_or(0, |signed| signed.number);
        if next.kind == RecordKind::Block && next.number > signed {
            height.advance(next.number, hash(sequence).into()).unwrap();
            println!("signed {} {sequence}", next.number);
        }
        if sequence.is_multiple_of(16) {
            let below = next.number.saturating_sub(4);
            println!("trimming {below}");
            log.trim(below).unwrap();
        }
    }
}

/// What the children have said that is durable.
#[derive(Debug, Default)]
struct Acknowledged {
    /// Last sequence number, and the tip with it.
    last: u64,
    tip: u64,
    signed: u64,
    trimmed_below: u64,
}

impl Acknowledged {
    fn read(&mut self, line: &str) -> bool {
        let words: Vec<_> = line.split(' ').collect();
        let number = |i: usize| words[i].parse().unwrap();
        match words[0] {
            "appended" => (self.last, self.tip) = (number(1), number(2)),
            "signed" => self.signed = number(1),
            "trimming" => self.trimmed_below = self.trimmed_below.max(number(1)),
            // Those of the test harness.
            _ => return false,
        }
        true
    }

    /// Compares with the files and goes on from them.
    fn compare(&mut self, dir: &Path) {
        let (log, recovered) = BlockLog::open(dir, SMALL_SEGMENTS).unwrap();
        let found: Vec<_> = log.records().map(Result::unwrap).collect();
        assert_eq!(found.len() as u64, recovered.records);
        let last = found.last().map_or(0, |record| record.sequence);
        assert!(last == self.last || last == self.last + 1, "{self:?}, found {last}");
        // Every record there ever was, by its definition.
        let mut tip = 0;
        let mut found = found.into_iter().peekable();
        for sequence in 1..=last {
            let expected = record(sequence, tip);
            tip = expected.number;
            match found.next_if(|found| found.sequence == sequence) {
                Some(found) => assert_eq!(found, expected),
                None => assert!(expected.number < self.trimmed_below, "record {sequence} is lost"),
            }
        }
        assert_eq!(log.tip().unwrap_or(0), tip);
        let signed = SignedHeight::open(&log).unwrap().get().map_or(0, |signed| signed.number);
        assert!(signed >= self.signed, "{self:?}, found {signed}");
        (self.last, self.tip, self.signed) = (last, tip, signed);
    }
}

#[test]
fn a_killed_process_loses_nothing_it_acknowledged() {
    const KILLS: u64 = 60;
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let mut acknowledged = Acknowledged::default();
    let mut torn = 0;
    for round in 0..KILLS {
        let mut command = child(&[], "block_log::child_appends_until_it_is_killed", dir.path());
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        // Not a multiple of the lines to a block, so the kill meets every operation.
        let mut wanted = mix(round) % 23;
        while wanted > 0 {
            let line = next_line(&mut child, &mut lines);
            wanted -= u64::from(acknowledged.read(&line));
        }
        for _ in 0..mix(round + KILLS) % 200_000 {
            std::hint::spin_loop();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        // What it said before the kill and was not read yet; a line is in the pipe as a whole.
        for line in lines {
            acknowledged.read(&line.unwrap());
        }
        let before = acknowledged.last;
        acknowledged.compare(dir.path());
        torn += u64::from(acknowledged.last > before);
    }
    println!(
        "{} records, {torn} kills between a record and its acknowledgement",
        acknowledged.last
    );
    assert!(acknowledged.last > KILLS, "the children did something");
}

#[test]
fn child_fills_its_disk() {
    if !is_child() {
        return;
    }
    for segment_bytes in [u64::MAX, 0] {
        let dir = env::current_dir().unwrap().join(format!("log-{segment_bytes}"));
        let config = LogConfig { segment_bytes };
        let (mut log, _) = BlockLog::open(&dir, config).unwrap();
        let payload = vec![7; 300_000];
        let error = (1..).find_map(|number| log.append(number, &payload).err()).unwrap();
        let LogError::File(FileError { source, path, .. }) = error else { panic!("{error:?}") };
        assert_eq!(source.kind(), io::ErrorKind::StorageFull);
        assert!(path.starts_with(&dir));
        let tip = log.tip().unwrap();
        let count = log.records().count();
        assert_eq!(count as u64, tip);
        log.append(tip + 1, &[1; 100]).unwrap();
        drop(log);
        let (log, recovered) = BlockLog::open(&dir, config).unwrap();
        assert_eq!((recovered.records, recovered.torn_bytes), (tip + 1, 0));
        assert_eq!(log.last().unwrap().unwrap().payload, [1; 100]);
        drop(log);
        fs::remove_dir_all(&dir).unwrap();
    }
    println!("child is done");
}

#[test]
fn a_full_disk_refuses_a_block_and_takes_the_next_one_that_fits() {
    const MOUNT: &str = "mount -t tmpfs -o size=1m none . && cd \"$PWD\" && \
        touch child-may-run && exec \"$@\"";
    let dir = tempfile::tempdir().unwrap();
    // A mount of its own, which ends with the process.
    let launcher = ["unshare", "-rm", "sh", "-c", MOUNT, "sh"];
    let test = "block_log::child_fills_its_disk";
    let Ok(output) = child(&launcher, test, dir.path()).output() else {
        println!("did not run: no unshare here; the simulated full disk is tested everywhere");
        return;
    };
    let said = String::from_utf8_lossy(&output.stdout);
    if !said.contains("running 1 test") {
        let reason = String::from_utf8_lossy(&output.stderr);
        println!("did not run: no small file system can be mounted here: {reason}");
        return;
    }
    assert!(output.status.success() && said.contains("child is done"), "{output:?}");
}

#[test]
fn a_second_opener_is_refused_and_told_the_path() {
    let dir = tempfile::tempdir().unwrap();
    let (log, _) = BlockLog::open(dir.path(), LogConfig::default()).unwrap();
    let error = BlockLog::open(dir.path(), LogConfig::default()).unwrap_err();
    assert!(matches!(error, LogError::Locked { .. }));
    assert!(error.to_string().contains(dir.path().to_str().unwrap()), "{error}");
    let height = SignedHeight::open(&log).unwrap();
    let error = SignedHeight::open(&log).unwrap_err();
    assert!(matches!(error, SignedHeightError::Locked { .. }));
    drop((log, height));
    let (log, _) = BlockLog::open(dir.path(), LogConfig::default()).unwrap();
    SignedHeight::open(&log).unwrap();
}

#[test]
fn the_directory_is_made_with_its_parents() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a/b/c");
    let (mut log, _) = BlockLog::open(&path, LogConfig::default()).unwrap();
    log.append(1, &[1]).unwrap();
    drop(log);
    assert_eq!(BlockLog::open(&path, LogConfig::default()).unwrap().1.records, 1);
}

#[test]
fn a_directory_that_cannot_be_used_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, []).unwrap();
    let closed = dir.path().join("closed");
    fs::create_dir(&closed).unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o500)).unwrap();
    // Rights do not bind root.
    let is_root = fs::write(closed.join("x"), []).is_ok();
    for path in [file.join("log"), closed.join("log")] {
        match BlockLog::open(&path, LogConfig::default()) {
            Err(LogError::File(error)) => {
                assert!(error.to_string().contains(path.to_str().unwrap()), "{error}");
            }
            Ok(_) if is_root && path.starts_with(&closed) => {}
            other => panic!("{}: {other:?}", path.display()),
        }
    }
}
