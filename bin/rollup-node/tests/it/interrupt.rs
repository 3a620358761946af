//! An import that is interrupted or killed.

use crate::{
    run_on,
    sample::{HEAD, blocks, chain_file, encode, text},
};
use rustix::process::{Pid, Signal, kill_process};
use std::{
    fs::{File, OpenOptions},
    io::Write,
    path::Path,
    process::{Child, Command, Stdio},
};
use tempfile::TempDir;

/// An import into `data` in this directory, which has it open and reads from a pipe.
pub(crate) fn import_from_pipe(directory: &Path) -> (Child, File) {
    let pipe = directory.join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let child = Command::new(env!("CARGO_BIN_EXE_rollup-node"))
        .args(["import", text(&pipe), "--datadir", text(&directory.join("data"))])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Waits until the child opens it too, which it does after the data directory.
    let input = OpenOptions::new().write(true).open(&pipe).unwrap();
    (child, input)
}

fn signal(child: &Child, signal: Signal) {
    let pid = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    kill_process(pid, signal).unwrap();
}

fn assert_goes_on(directory: &Path) {
    let printed = run_on(&directory.join("data"), &["import", text(&chain_file())]).success();
    assert!(printed.contains(HEAD), "{printed}");
}

#[test]
fn an_interrupt_ends_an_import_behind_a_block() {
    for which in [Signal::INT, Signal::TERM] {
        let directory = TempDir::new().unwrap();
        let (child, mut input) = import_from_pipe(directory.path());
        let blocks = blocks();
        input.write_all(&encode(&blocks[..8])).unwrap();
        signal(&child, which);
        // It may be gone already.
        drop(input.write_all(&encode(&blocks[8..])));
        drop(input);
        let output = child.wait_with_output().unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(130), "{printed}{said}");
        assert_eq!(said, "interrupted; run the same command again to go on\n");
        assert!(printed.starts_with("imported "), "{printed}");

        let stats = run_on(&directory.path().join("data"), &["db", "stats"]).success();
        let head = stats.lines().find(|line| line.starts_with("head")).unwrap();
        let stored = head.split_whitespace().nth(2).unwrap().trim_end_matches(',');
        // It was told when it had eight blocks at most.
        assert!(stored.parse::<u64>().unwrap() < 20, "{printed}");
        assert!(printed.contains(&format!("; the head is block {stored} (")), "{printed}{head}");
        assert_goes_on(directory.path());
    }
}

#[test]
fn an_import_that_is_killed_goes_on() {
    let directory = TempDir::new().unwrap();
    let (mut child, mut input) = import_from_pipe(directory.path());
    input.write_all(&encode(&blocks()[..8])).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_goes_on(directory.path());
}
