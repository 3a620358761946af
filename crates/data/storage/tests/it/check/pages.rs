//! Damage inside the file, which the engine itself does not write.

use super::fixture::{chain_spec, change, findings, healthy};
use alloy_primitives::{Bytes, keccak256};
use rollup_db::{
    Bytecodes, Database, DatabaseConfig, Metadata, MetadataKey, PAGE_SIZE_BYTES, Signatures, TABLES,
};
use rollup_storage::{CheckOptions, check};
use std::fs;
use tempfile::TempDir;

/// Positions of some bytes, which are within a page, in a file that is mostly empty.
fn positions(file: &[u8], pattern: &[u8]) -> Vec<usize> {
    let mut positions = Vec::new();
    for (number, page) in file.chunks(PAGE_SIZE_BYTES).enumerate() {
        if page != [0; PAGE_SIZE_BYTES] {
            let found = page.windows(pattern.len()).enumerate().filter(|(_, at)| *at == pattern);
            positions.extend(found.map(|(at, _)| number * PAGE_SIZE_BYTES + at));
        }
    }
    positions
}

/// Changes the file of a closed database wherever it has some bytes.
fn damage(directory: &TempDir, pattern: &[u8], damage: impl Fn(&mut [u8], usize)) -> Database {
    let file = directory.path().join("mdbx.dat");
    let mut bytes = fs::read(&file).unwrap();
    let positions = positions(&bytes, pattern);
    assert!(!positions.is_empty());
    for at in positions {
        damage(&mut bytes, at);
    }
    fs::write(&file, bytes).unwrap();
    Database::open(directory.path(), DatabaseConfig::default(), TABLES).unwrap()
}

fn sentences(db: &Database) -> Vec<String> {
    findings(&check(db, &chain_spec(), CheckOptions::default(), &mut |_| {}).unwrap())
}

/// A database with a page in the table of codes that is none.
fn with_damaged_page() -> (TempDir, Database) {
    let (directory, store) = healthy();
    let code = [0x5c; 300];
    change(&store, |tx| {
        tx.put::<Bytecodes>(&keccak256(code), &Bytes::copy_from_slice(&code)).unwrap();
    });
    drop(store);
    let db = damage(&directory, &code, |bytes, at| {
        let page = at / PAGE_SIZE_BYTES * PAGE_SIZE_BYTES;
        bytes[page..page + PAGE_SIZE_BYTES].fill(0x5a);
    });
    (directory, db)
}

#[test]
fn a_damaged_page_is_found_and_stops_no_more_than_the_parts_that_need_it() {
    let (_directory, db) = with_damaged_page();
    let sentences = sentences(&db);
    for start in
        ["Bytecodes cannot be read any further: database file in", "the check of codes stopped: "]
    {
        let found = sentences.iter().any(|sentence| sentence.starts_with(start));
        assert!(found, "{start}: {sentences:#?}");
    }
    // Accounts ask for their codes.
    let about = |sentence: &String| {
        sentence.starts_with("Bytecodes ")
            || sentence.starts_with("the check of codes ")
            || sentence.starts_with("the check of accounts stopped: ")
    };
    assert!(sentences.iter().all(about), "{sentences:#?}");
}

#[test]
fn behind_a_damaged_page_only_the_same_snapshot_is_checked() {
    let (_directory, db) = with_damaged_page();
    let report = check(&db, &chain_spec(), CheckOptions::default(), &mut |step| {
        if step.done == 0 {
            let tx = db.begin_write().unwrap();
            tx.delete::<Metadata>(&MetadataKey::ChainId).unwrap();
            tx.commit().unwrap();
        }
    })
    .unwrap();
    let sentences = findings(&report);
    assert_eq!(sentences.len(), 2, "{sentences:#?}");
    assert!(sentences[0].starts_with("Bytecodes cannot be read any further: "), "{sentences:#?}");
    assert!(sentences[1].starts_with("the rest is not checked, as the database has changed since"));
    assert_eq!(report.parts.len(), 1);
}

#[test]
fn an_entry_out_of_order_is_found() {
    let (directory, store) = healthy();
    let tx = store.database().begin_read().unwrap();
    let signature = tx.get::<Signatures>(&2).unwrap().unwrap().to_bytes();
    drop((tx, store));
    let entry = [&2_u64.to_be_bytes()[..], &signature].concat();
    let db = damage(&directory, &entry, |bytes, at| bytes[at + 7] = 5);
    let sentences = sentences(&db);
    assert!(sentences.contains(&"Signatures 3 is not in its place".into()), "{sentences:#?}");
}
