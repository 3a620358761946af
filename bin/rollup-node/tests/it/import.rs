//! `rollup-node import`.

use crate::{
    Run, rollup_node, run_on,
    sample::{HEAD, blocks, chain_file, encode, offset_of, text, write},
};
use alloy_primitives::B256;
use rollup_primitives::ScrollBlock;
use std::{fs, path::Path};
use tempfile::TempDir;

fn import(directory: &Path, files: &[&Path]) -> Run {
    let files: Vec<_> = files.iter().map(|file| text(file)).collect();
    run_on(&directory.join("data"), &[&["import"][..], &files].concat())
}

/// Number and hash of the head.
fn head(directory: &Path) -> String {
    let stats = run_on(&directory.join("data"), &["db", "stats"]).success();
    let line = stats.lines().find(|line| line.starts_with("head ")).unwrap();
    line.trim_start_matches("head").trim_start().to_owned()
}

/// Imports bytes, which must fail with this code. Gives the message, and the number of the head.
fn refused(bytes: &[u8], code: i32) -> (String, u64) {
    let directory = TempDir::new().unwrap();
    let file = write(directory.path(), "chain.rlp", bytes);
    let error = import(directory.path(), &[&file]).error(code);
    let head = head(directory.path());
    (error, head.trim_start_matches("block ").split(',').next().unwrap().parse().unwrap())
}

fn changed(number: usize, change: impl FnOnce(&mut ScrollBlock)) -> Vec<u8> {
    let mut blocks = blocks();
    change(&mut blocks[number]);
    encode(&blocks)
}

#[test]
fn a_chain_is_imported_once_and_found_again() {
    let directory = TempDir::new().unwrap();
    let printed = import(directory.path(), &[&chain_file()]).success();
    assert!(
        printed.starts_with("imported 20 blocks, 1 there before: 55 txs, 1.6 Mgas"),
        "{printed}"
    );
    assert!(printed.ends_with(&format!("; the head is block 20 ({HEAD})\n")), "{printed}");
    assert_eq!(head(directory.path()), format!("block 20, {HEAD}"));

    let printed = import(directory.path(), &[&chain_file()]).success();
    assert!(printed.starts_with("imported 0 blocks, 21 there before; "), "{printed}");
    assert_eq!(head(directory.path()), format!("block 20, {HEAD}"));
}

#[test]
fn several_files_and_standard_input_follow_each_other() {
    let directory = TempDir::new().unwrap();
    let blocks = blocks();
    let first = write(directory.path(), "1.rlp", &encode(&blocks[1..8]));
    let second = write(directory.path(), "2.rlp", &encode(&blocks[8..15]));
    import(directory.path(), &[&first, &second]).success();
    let mut command = rollup_node();
    command.args(["import", "-", "--datadir"]).arg(directory.path().join("data"));
    let printed: Run = command.write_stdin(encode(&blocks[15..])).output().unwrap().into();
    let printed = printed.success();
    assert!(printed.contains(HEAD), "{printed}");
}

#[test]
fn an_import_goes_on_where_a_cut_file_ended() {
    let directory = TempDir::new().unwrap();
    let bytes = fs::read(chain_file()).unwrap();
    let start = offset_of(13);
    let cut = write(directory.path(), "cut.rlp", &bytes[..start + 100]);
    let run = import(directory.path(), &[&cut]);
    assert!(run.stdout.contains("imported 12 blocks"), "{run:?}");
    let error = run.error(2);
    let expected =
        format!("{}: no block can be read at byte {start}, behind block 12: ", text(&cut));
    assert!(error.starts_with(&expected), "{error}");
    assert!(error.contains("the file ends within the block; get the whole file"), "{error}");
    assert!(head(directory.path()).starts_with("block 12,"));

    let printed = import(directory.path(), &[&chain_file()]).success();
    assert!(printed.starts_with("imported 8 blocks, 13 there before"), "{printed}");
    assert_eq!(head(directory.path()), format!("block 20, {HEAD}"));
}

#[test]
fn what_is_no_file_of_blocks_is_refused() {
    for (bytes, expected) in [
        (b"hello, world".to_vec(), "this is not the RLP of a block"),
        (vec![0; 4096], "this is not the RLP of a block"),
        (vec![0xff; 4096], "the block would have 18446744073709551615 bytes, more than"),
        (vec![0xc1, 0x80], "this is not a block: "),
    ] {
        let (error, head) = refused(&bytes, 2);
        assert!(error.contains("no block can be read at byte 0, the start of the file"), "{error}");
        assert!(error.contains(expected), "{error}");
        assert_eq!(head, 0);
    }
    let sample = fs::read(chain_file()).unwrap();
    let (error, head) = refused(&[&sample[..], b"tail"].concat(), 2);
    assert!(error.contains(&format!("at byte {}, behind block 20", sample.len())), "{error}");
    assert_eq!(head, 20);
}

#[test]
fn a_block_with_a_wrong_state_root_is_named_and_those_before_are_kept() {
    let bytes = changed(6, |block| block.header.state_root = B256::with_last_byte(1));
    let (error, head) = refused(&bytes, 1);
    assert!(error.starts_with("block 6 (0x"), "{error}");
    assert!(error.contains(") is invalid: state root is 0x"), "{error}");
    assert_eq!(head, 5);
}

#[test]
fn a_block_that_breaks_another_rule_is_named_too() {
    type Change = fn(&mut ScrollBlock);
    let cases: [(Change, &str); 4] = [
        (|block| block.header.gas_used += 1, "gas used is "),
        (|block| block.header.timestamp = 1, "timestamp"),
        (|block| block.header.receipts_root = B256::ZERO, "receipts root is "),
        (|block| drop(block.body.transactions.pop()), "transactions root is "),
    ];
    for (change, expected) in cases {
        let (error, head) = refused(&changed(6, change), 1);
        assert!(error.starts_with("block 6 (0x") && error.contains(") is invalid: "), "{error}");
        assert!(error.contains(expected), "{error}");
        assert_eq!(head, 5);
    }
}

// Whichever bit it is: the chain ends before that block, or before the next one.
#[test]
fn a_flipped_bit_never_gets_into_the_chain() {
    let sample = fs::read(chain_file()).unwrap();
    let (start, end) = (offset_of(6), offset_of(7));
    for at in (start..end).step_by(61) {
        let mut bytes = sample.clone();
        bytes[at] ^= 1 << (at % 8);
        let directory = TempDir::new().unwrap();
        let file = write(directory.path(), "chain.rlp", &bytes);
        let run = import(directory.path(), &[&file]);
        assert!(matches!(run.code, Some(1 | 2)), "byte {at}: {run:?}");
        assert_eq!(run.stderr.lines().count(), 1, "byte {at}: {run:?}");
        let head = head(directory.path());
        assert!(head.starts_with("block 5,"), "byte {at}: {head}");
    }
}

#[test]
fn a_block_of_another_branch_is_refused() {
    let directory = TempDir::new().unwrap();
    import(directory.path(), &[&chain_file()]).success();
    let branch = changed(6, |block| block.header.extra_data = vec![1].into());
    let file = write(directory.path(), "branch.rlp", &branch);
    let error = import(directory.path(), &[&file]).error(1);
    assert!(error.starts_with("block 6 (0x"), "{error}");
    assert!(error.contains(") is not the one that is there, 0x"), "{error}");
    assert_eq!(head(directory.path()), format!("block 20, {HEAD}"));

    let other = changed(0, |block| block.header.timestamp += 1);
    let (error, _) = refused(&other, 1);
    assert!(error.starts_with("block 0 (0x"), "{error}");
}

#[test]
fn a_block_without_its_parent_is_refused() {
    let (error, head) = refused(&encode(&blocks()[5..]), 1);
    assert!(error.starts_with("block 5 (0x"), "{error}");
    assert!(error.contains("has no parent here: the head is block 0 (0x"), "{error}");
    assert!(error.ends_with("import the blocks from 1 on first"), "{error}");
    assert_eq!(head, 0);

    let bytes = changed(6, |block| block.header.parent_hash = B256::ZERO);
    let (error, head) = refused(&bytes, 1);
    assert!(error.contains(&format!("follows {}, not the head 0x", B256::ZERO)), "{error}");
    assert_eq!(head, 5);
}

#[test]
fn a_missing_file_is_found_before_anything_is_done() {
    let directory = TempDir::new().unwrap();
    let missing = directory.path().join("missing.rlp");
    let error = import(directory.path(), &[&chain_file(), &missing]).error(2);
    assert!(error.starts_with(&format!("cannot read {}: No such file", text(&missing))), "{error}");
    let error = import(directory.path(), &[directory.path()]).error(2);
    assert!(error.contains("is a directory"), "{error}");
    assert!(!directory.path().join("data").exists());
}
