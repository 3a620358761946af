//! `rollup-node db clear`.

use crate::{
    run_on,
    sample::{chain_file, text},
};
use std::fs;
use tempfile::TempDir;

fn imported() -> TempDir {
    let directory = TempDir::new().unwrap();
    run_on(directory.path(), &["import", text(&chain_file())]).success();
    directory
}

#[test]
fn nothing_is_removed_without_a_yes() {
    let directory = imported();
    // Standard input is no terminal here.
    let error = run_on(directory.path(), &["db", "clear"]).error(2);
    let path = text(directory.path());
    assert_eq!(error, format!("this removes the chain in {path}; confirm with --yes"));
    let stats = run_on(directory.path(), &["db", "stats"]).success();
    assert!(stats.contains("head         block 20,"), "{stats}");
}

#[test]
fn the_chain_goes_and_the_signed_height_stays() {
    let directory = imported();
    let record = directory.path().join("blocks/signed-height");
    let before = fs::read(&record).unwrap();
    let printed = run_on(directory.path(), &["db", "clear", "--yes"]).success();
    assert_eq!(printed, format!("removed the chain in {}\n", text(directory.path())));
    assert_eq!(fs::read(&record).unwrap(), before);
    assert!(!directory.path().join("db/mdbx.dat").exists());

    let printed = run_on(directory.path(), &["db", "clear", "--yes"]).success();
    assert_eq!(printed, format!("nothing to remove in {}\n", text(directory.path())));
    // Free for any chain again.
    run_on(directory.path(), &["init", "--chain", "scroll-sepolia"]).success();
}

#[test]
fn a_directory_without_its_record_of_signed_blocks_is_left_alone() {
    let directory = imported();
    let record = directory.path().join("blocks/signed-height");
    fs::write(&record, b"").unwrap();
    let error = run_on(directory.path(), &["db", "clear", "--yes"]).error(2);
    assert!(
        error.starts_with(text(&record)) && error.contains("restore it from a backup"),
        "{error}"
    );
    assert!(directory.path().join("db/mdbx.dat").exists());
}

#[test]
fn a_mistyped_directory_is_named() {
    let directory = TempDir::new().unwrap();
    let missing = directory.path().join("missing");
    let error = run_on(&missing, &["db", "clear", "--yes"]).error(2);
    assert_eq!(error, format!("there is no directory {}; check --datadir", text(&missing)));
}
