//! `rollup-node db`: looking at what is stored.

use crate::{
    interrupt::import_from_pipe,
    run_on,
    sample::{HEAD, blocks, chain_file, text},
};
use serde_json::Value;
use tempfile::TempDir;

const RECIPIENT: &str = "0x00000000000000000000000000000000000000ee";

fn imported() -> TempDir {
    let directory = TempDir::new().unwrap();
    run_on(directory.path(), &["import", text(&chain_file())]).success();
    directory
}

#[test]
fn the_path_is_printed_whether_or_not_it_exists() {
    let directory = TempDir::new().unwrap();
    let data = directory.path().join("data");
    let printed = run_on(&data, &["db", "path"]).success();
    assert_eq!(printed, format!("{}/db\n", text(&data)));
    assert!(!data.exists());
}

#[test]
fn statistics_say_what_is_stored() {
    let directory = imported();
    let printed = run_on(directory.path(), &["db", "stats"]).success();
    for line in [
        format!("directory    {}", text(directory.path())),
        "chain        dev (1337)".into(),
        format!("head         block 20, {HEAD}"),
        "history      from block 0".into(),
        "signed       nothing".into(),
        "block log    0 B, 0 segments".into(),
        "Headers                          21    16.00 KiB".into(),
        "8 tables are empty".into(),
    ] {
        assert!(printed.lines().any(|printed| printed == line), "{line} is not in\n{printed}");
    }

    let json = run_on(directory.path(), &["db", "stats", "--json"]).success();
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["chainId"], 1337);
    assert_eq!(json["head"]["number"], 20);
    assert_eq!(json["head"]["hash"], HEAD);
    assert_eq!(json["safe"]["number"], 0);
    assert_eq!(json["historyStart"], 0);
    assert_eq!(json["signed"], Value::Null);
    assert_eq!(json["log"]["segments"], 0);
    let tables = json["tables"].as_array().unwrap();
    let transactions = tables.iter().find(|table| table["name"] == "Transactions").unwrap();
    assert_eq!(transactions["entries"], 55);
    let pages: u64 = tables.iter().map(|table| table["bytes"].as_u64().unwrap()).sum();
    let used = json["database"]["usedBytes"].as_u64().unwrap();
    assert!(pages < used && used < json["database"]["fileBytes"].as_u64().unwrap());
}

#[test]
fn entries_are_found_by_the_key_that_is_printed() {
    let directory = imported();
    let get = |arguments: &[&str]| run_on(directory.path(), &[&["db", "get"], arguments].concat());
    let hash = blocks()[20].header.hash_slow();
    assert_eq!(get(&["CanonicalHeaders", "20"]).success(), format!("20 {hash}\n"));
    assert_eq!(get(&["headernumbers", HEAD]).success(), format!("{HEAD} 20\n"));
    let account = get(&["Accounts", RECIPIENT]).success();
    assert!(account.starts_with(&format!("{RECIPIENT} Account {{ nonce: 0, ")), "{account}");

    for table in ["StorageHistory", "AccountChangesets", "StoragesTrie", "Forkchoice"] {
        let printed = get(&[table, "--limit", "1"]).stdout;
        let key = printed.split(' ').next().unwrap();
        let found = get(&[table, key]).success();
        assert!(found.starts_with(&printed), "{key}: {found}");
    }
}

#[test]
fn a_part_of_a_key_stands_for_all_keys_that_begin_with_it() {
    let directory = imported();
    let get = |arguments: &[&str]| run_on(directory.path(), &[&["db", "get"], arguments].concat());
    let all = get(&["StorageHistory", "--limit", "1000"]).success();
    let address = all.lines().next().unwrap().split('/').next().unwrap();
    let found = get(&["StorageHistory", address, "--limit", "1000"]).success();
    let expected: Vec<_> = all.lines().filter(|line| line.starts_with(address)).collect();
    assert!(expected.len() > 1 && expected.len() < all.lines().count());
    assert_eq!(found.lines().collect::<Vec<_>>(), expected);
    // Several values of one key.
    let changes = get(&["AccountChangesets", "1"]).success();
    assert!(changes.lines().count() > 1 && changes.lines().all(|line| line.starts_with("1 ")));
}

#[test]
fn a_table_is_listed_up_to_the_limit() {
    let directory = imported();
    let list = |limit: &str| run_on(directory.path(), &["db", "get", "Senders", "--limit", limit]);
    let run = list("3");
    assert_eq!((run.code, run.stdout.lines().count()), (Some(0), 3));
    assert_eq!(run.stderr, "there are more entries than 3; see --limit\n");
    assert_eq!(list("55").success().lines().count(), 55);
    let run = run_on(directory.path(), &["db", "get", "Senders"]);
    assert_eq!(run.stdout.lines().count(), 20);
}

#[test]
fn raw_entries_are_bytes() {
    let directory = imported();
    let get = |arguments: &[&str]| {
        run_on(directory.path(), &[&["db", "get", "--raw"], arguments].concat())
    };
    let found = get(&["CanonicalHeaders", "0x0000000000000014"]).success();
    assert_eq!(found, format!("0x0000000000000014 {HEAD}\n"));
    let error = get(&["CanonicalHeaders", "20x"]).error(2);
    assert!(error.starts_with("20x is not hex; with --raw"), "{error}");
}

#[test]
fn what_is_not_there_gives_code_1() {
    let directory = imported();
    let run = run_on(directory.path(), &["db", "get", "Senders", "55"]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""));
    assert_eq!(run.stderr, "table Senders has no entry 55\n");
    let run = run_on(directory.path(), &["db", "get", "Batches"]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(1), "table Batches is empty\n"));
}

#[test]
fn what_is_no_table_or_key_gives_code_2_and_what_is_expected() {
    let directory = imported();
    let error = run_on(directory.path(), &["db", "get", "Accounts", "vitalik"]).error(2);
    assert_eq!(
        error,
        "vitalik is not a key of table Accounts: expected an address (0x and 40 hex digits)"
    );
    let run = run_on(directory.path(), &["db", "get", "Acounts"]);
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("'Accounts'"), "{}", run.stderr);
}

#[test]
fn a_compact_copy_is_a_database_of_its_own() {
    let directory = imported();
    let other = TempDir::new().unwrap();
    let copy = other.path().join("db");
    let printed = run_on(directory.path(), &["db", "compact", text(&copy)]).success();
    assert!(printed.starts_with(&format!("copied to {}: ", text(&copy))), "{printed}");
    let figures = |path| {
        let json = run_on(path, &["db", "stats", "--json"]).success();
        let json: Value = serde_json::from_str(&json).unwrap();
        (json["head"].clone(), json["database"]["usedBytes"].as_u64().unwrap())
    };
    let (before, after) = (figures(directory.path()), figures(other.path()));
    assert_eq!(before.0, after.0);
    assert!(after.1 < before.1);

    let error = run_on(directory.path(), &["db", "compact", text(&copy)]).error(2);
    assert!(error.contains(text(&copy)) && error.contains("not empty"), "{error}");
}

#[test]
fn reading_works_and_changing_is_refused_while_a_process_has_the_directory() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("data");
    run_on(&path, &["import", text(&chain_file())]).success();
    let (mut holder, blocks) = import_from_pipe(directory.path());

    run_on(&path, &["db", "stats"]).success();
    run_on(&path, &["db", "get", "Headers", "20"]).success();
    run_on(&path, &["export", text(&directory.path().join("out.rlp"))]).success();
    run_on(&path, &["init"]).success();
    let chain = chain_file();
    let changing: [&[&str]; 2] = [&["import", text(&chain)], &["db", "clear", "--yes"]];
    for arguments in changing {
        let error = run_on(&path, arguments).error(2);
        let who = format!("database in {}/db is in use by process {}; ", text(&path), holder.id());
        assert!(error.starts_with(&who), "{error}");
    }

    drop(blocks);
    assert!(holder.wait().unwrap().success());
    run_on(&path, &["db", "clear", "--yes"]).success();
}
