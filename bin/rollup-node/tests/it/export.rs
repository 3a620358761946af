//! `rollup-node export`.

use crate::{
    Run, rollup_node, run_on,
    sample::{blocks, chain_file, encode, text},
};
use std::{fs, path::Path, process::Command};
use tempfile::TempDir;

/// A directory with the chain in `data`.
fn imported() -> TempDir {
    let directory = TempDir::new().unwrap();
    run_on(&directory.path().join("data"), &["import", text(&chain_file())]).success();
    directory
}

fn export(directory: &TempDir, arguments: &[&str]) -> Run {
    run_on(&directory.path().join("data"), &[&["export"], arguments].concat())
}

fn files(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn an_exported_chain_is_the_imported_one_and_makes_it_elsewhere() {
    let directory = imported();
    let file = directory.path().join("out.rlp");
    let printed = export(&directory, &[text(&file)]).success();
    let size = "18,304 bytes";
    assert_eq!(printed, format!("exported 21 blocks, 0 to 20, {size}, to {}\n", text(&file)));
    assert!(fs::read(&file).unwrap() == fs::read(chain_file()).unwrap());
    assert_eq!(files(directory.path()), ["data", "out.rlp"]);

    let second = directory.path().join("second");
    run_on(&second, &["import", text(&file)]).success();
    let head = |path: &Path| {
        let stats = run_on(path, &["db", "stats"]).success();
        stats.lines().find(|line| line.starts_with("head")).unwrap().to_owned()
    };
    assert_eq!(head(&second), head(&directory.path().join("data")));
}

#[test]
fn a_range_and_standard_output_may_be_chosen() {
    let (directory, blocks) = (imported(), blocks());
    for (arguments, expected) in [
        (vec![], &blocks[..]),
        (vec!["--from", "5"], &blocks[5..]),
        (vec!["--from", "5", "--to", "7"], &blocks[5..=7]),
        (vec!["--from", "20"], &blocks[20..]),
    ] {
        let mut command = rollup_node();
        command.args(["export", "-", "--datadir"]).arg(directory.path().join("data"));
        let output = command.args(&arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(0));
        assert!(output.stdout == encode(expected), "{arguments:?}");
        assert!(output.stderr.is_empty());
    }
}

#[test]
fn a_range_without_blocks_is_refused() {
    let directory = imported();
    let file = directory.path().join("out.rlp");
    for (arguments, expected) in [
        (["--from", "21"].as_slice(), "there is no block 21: the head is block 20"),
        (&["--to", "21"], "there is no block 21: the head is block 20"),
        (&["--from", "5", "--to", "4"], "there is no block from 5 to 4"),
    ] {
        let error = export(&directory, &[&[text(&file)], arguments].concat()).error(2);
        assert!(error.starts_with(expected), "{error}");
    }
    assert_eq!(files(directory.path()), ["data"]);
}

#[test]
fn a_file_is_replaced_only_by_force() {
    let directory = imported();
    let file = directory.path().join("out.rlp");
    fs::write(&file, "mine").unwrap();
    let error = export(&directory, &[text(&file)]).error(2);
    assert!(error.starts_with(text(&file)) && error.contains("--force"), "{error}");
    assert_eq!(fs::read(&file).unwrap(), b"mine");
    assert_eq!(files(directory.path()), ["data", "out.rlp"]);

    export(&directory, &[text(&file), "--force"]).success();
    assert!(fs::read(&file).unwrap() == fs::read(chain_file()).unwrap());
}

#[test]
fn what_is_not_a_file_is_never_replaced() {
    let directory = imported();
    let pipe = directory.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for target in [text(&pipe), text(directory.path())] {
        let error = export(&directory, &[target, "--force"]).error(2);
        assert!(error.contains(&format!("{target} is not a regular file")), "{error}");
    }
    let nowhere = directory.path().join("missing/out.rlp");
    let error = export(&directory, &[text(&nowhere)]).error(2);
    assert!(error.contains("cannot create ") && error.contains(text(&nowhere)), "{error}");
}
