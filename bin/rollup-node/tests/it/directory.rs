//! Data directories that cannot be used: each command says which and what to do.

use crate::{
    Run, run_on,
    sample::{chain_file, text, write},
};
use alloy_primitives::{Address, Bytes};
use rollup_db::{Database, DatabaseConfig, Metadata, MetadataKey, Senders, TABLES, WriteTx};
use rollup_storage::database_path;
use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};
use tempfile::TempDir;

/// Commands that need a data directory with a chain in it.
const READING: [&[&str]; 4] =
    [&["db", "stats"], &["db", "check"], &["db", "get", "Headers"], &["export", "-"]];

fn imported() -> TempDir {
    let directory = TempDir::new().unwrap();
    run_on(directory.path(), &["import", text(&chain_file())]).success();
    directory
}

/// What every command says about a directory that none can use.
fn assert_refused(directory: &Path, expected: &str) {
    let chain = chain_file();
    let writing: [&[&str]; 2] = [&["init"], &["import", text(&chain)]];
    for command in READING.into_iter().chain(writing) {
        let error = run_on(directory, command).error(2);
        assert!(error.contains(text(directory)), "{command:?}: {error}");
        assert!(error.contains(expected), "{command:?}: {error}");
    }
}

fn change(directory: &TempDir, change: impl FnOnce(&WriteTx)) {
    let path = database_path(directory.path());
    let database = Database::open(&path, DatabaseConfig::default(), TABLES).unwrap();
    let tx = database.begin_write().unwrap();
    change(&tx);
    tx.commit().unwrap();
}

#[test]
fn a_missing_directory_is_named_and_not_made_by_reading() {
    let directory = TempDir::new().unwrap();
    let missing = directory.path().join("missing");
    for command in READING {
        let error = run_on(&missing, command).error(2);
        assert!(error.starts_with(&format!("no database in {}/db; ", text(&missing))), "{error}");
        assert!(!missing.exists());
    }
}

#[test]
fn a_file_in_place_of_the_directory_is_named() {
    let directory = TempDir::new().unwrap();
    let file = write(directory.path(), "file", b"");
    let error = run_on(&file, &["init"]).error(2);
    assert!(error.contains(text(&file)) && error.contains("not a directory"), "{error}");
}

#[test]
fn a_damaged_database_is_refused() {
    let directory = imported();
    let file = directory.path().join("db/mdbx.dat");
    fs::OpenOptions::new().write(true).open(&file).unwrap().set_len(64 << 10).unwrap();
    assert_refused(directory.path(), "damaged; restore a backup");

    fs::write(&file, b"this is not a database").unwrap();
    assert_refused(directory.path(), "restore a backup");

    fs::write(&file, b"").unwrap();
    assert_refused(directory.path(), "restore a backup");
    // The way out that needs no backup.
    run_on(directory.path(), &["db", "clear", "--yes"]).success();
    run_on(directory.path(), &["import", text(&chain_file())]).success();
}

#[test]
fn another_schema_version_is_refused() {
    let directory = imported();
    change(&directory, |tx| {
        let version = Bytes::copy_from_slice(&7_u32.to_be_bytes());
        tx.put::<Metadata>(&MetadataKey::SchemaVersion, &version).unwrap();
    });
    assert_refused(directory.path(), "has schema version 7, this program needs 1; use the newer");
}

#[test]
fn a_damaged_entry_is_shown_as_such() {
    let directory = imported();
    change(&directory, |tx| tx.clear::<Senders>().unwrap());
    let error = run_on(directory.path(), &["export", "-", "--from", "1"]).error(2);
    assert!(error.starts_with("table Senders lacks the entry of block 1"), "{error}");
}

#[test]
fn a_check_tells_a_sound_chain_from_a_damaged_one() {
    let directory = imported();
    let sound = run_on(directory.path(), &["db", "check"]).success();
    assert!(sound.ends_with(" tables checked: all is well\n"), "{sound}");
    assert_eq!(run_on(directory.path(), &["db", "check", "--one-sender-in", "5"]).success(), sound);

    change(&directory, |tx| {
        assert!(tx.delete::<Senders>(&7).unwrap());
        tx.put::<Senders>(&8, &Address::ZERO).unwrap();
    });
    let run = run_on(directory.path(), &["db", "check"]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(1), ""), "{}", run.stdout);
    assert!(run.stdout.contains("Senders 7 ") && run.stdout.contains("Senders 8 "), "{run:?}");
    assert!(run.stdout.ends_with(" tables checked: 2 findings\n"), "{run:?}");

    let error = run_on(directory.path(), &["db", "check", "--chain", "scroll-sepolia"]).error(2);
    assert!(error.contains("holds the chain dev (1337), not scroll-sepolia"), "{error}");
}

#[test]
fn a_database_without_genesis_is_completed_by_init() {
    let directory = TempDir::new().unwrap();
    change(&directory, |_| ());
    let error = run_on(directory.path(), &["db", "stats"]).error(2);
    assert!(
        error.contains(text(directory.path())) && error.contains("rollup-node init"),
        "{error}"
    );
    let printed = run_on(directory.path(), &["init"]).success();
    assert!(printed.starts_with("initialised: "), "{printed}");
    run_on(directory.path(), &["db", "stats"]).success();
}

#[test]
fn a_damaged_block_log_is_refused() {
    let directory = imported();
    let segment = directory.path().join("blocks/blocks-00000000000000000001.log");
    fs::write(&segment, vec![1; 4096]).unwrap();
    let error = run_on(directory.path(), &["import", text(&chain_file())]).error(2);
    assert!(error.starts_with(text(&segment)) && error.contains("restore"), "{error}");
    // Reading does not need the log.
    let stats = run_on(directory.path(), &["db", "stats"]).success();
    assert!(stats.contains("block log    4.00 KiB, 1 segments"), "{stats}");
}

#[expect(clippy::print_stdout, reason = "says why a test did not run")]
fn say_not_run() {
    println!("not run: this machine does not let a test mount a file system");
}

/// Runs a command in a mount namespace of its own, after a shell command that mounts something at
/// the data directory. `None` where that is not allowed.
fn run_mounted(mount: &str, directory: &Path, arguments: &[&str]) -> Option<Run> {
    let unshare = |script: &str| {
        let mut command = Command::new("unshare");
        command.args(["-rm", "sh", "-c", script]).env("DIRECTORY", directory);
        command
    };
    let allowed = unshare(&format!("{mount} && true")).stderr(Stdio::null()).status();
    if !allowed.is_ok_and(|status| status.success()) {
        say_not_run();
        return None;
    }
    let mut command = unshare(&format!("{mount} && exec \"$0\" \"$@\""));
    command.arg(env!("CARGO_BIN_EXE_rollup-node")).args(arguments);
    Some(command.arg("--datadir").arg(directory).output().unwrap().into())
}

const READ_ONLY: &str = "mount --bind \"$DIRECTORY\" \"$DIRECTORY\" && \
    mount -o remount,bind,ro \"$DIRECTORY\"";

#[test]
fn a_read_only_directory_can_be_read_and_not_changed() {
    let directory = imported();
    let run = |arguments: &[&str]| run_mounted(READ_ONLY, directory.path(), arguments);
    let Some(stats) = run(&["db", "stats"]) else { return };
    assert!(stats.success().contains("head         block 20,"));
    for arguments in [["import", text(&chain_file())].as_slice(), &["db", "clear", "--yes"]] {
        let error = run(arguments).unwrap().error(2);
        assert!(error.contains(text(directory.path())), "{error}");
        assert!(error.contains("is read-only; mount it for writing"), "{error}");
    }
    let empty = TempDir::new().unwrap();
    let error = run_mounted(READ_ONLY, empty.path(), &["init"]).unwrap().error(2);
    assert!(error.contains(text(empty.path())) && error.contains("read-only"), "{error}");
}

#[test]
fn a_full_device_is_named() {
    let (directory, chain) = (TempDir::new().unwrap(), chain_file());
    // Room for the lock file, and for a part of what the database needs.
    for size in ["4k", "64k", "256k"] {
        let mount = format!("mount -t tmpfs -o size={size} none \"$DIRECTORY\"");
        let arguments = ["import", text(&chain)];
        let Some(run) = run_mounted(&mount, directory.path(), &arguments) else { return };
        let error = run.error(2);
        assert!(error.contains(text(directory.path())), "{size}: {error}");
        assert!(error.to_lowercase().contains("no space left"), "{size}: {error}");
    }
}
