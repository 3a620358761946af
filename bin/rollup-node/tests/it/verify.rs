//! `rollup-node verify`: verdicts, exit codes and what is printed where.

use crate::{rollup_node, sample};
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
    process::Output,
};
use tempfile::TempDir;

fn verify(arguments: &[&str]) -> Output {
    rollup_node().arg("verify").args(arguments).output().unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn sample_json() -> Value {
    serde_json::from_slice(&fs::read(sample()).unwrap()).unwrap()
}

fn write(directory: &TempDir, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
    let path = directory.path().join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, content).unwrap();
    path
}

fn write_compressed(directory: &TempDir, name: &str, json: &[u8]) -> PathBuf {
    write(directory, name, zstd::encode_all(json, 0).unwrap())
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn a_right_block_gives_code_0_and_a_summary() {
    let output = verify(&[text(&sample())]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let printed = stdout(&output);
    let lines: Vec<_> = printed.lines().collect();
    assert_eq!(lines.len(), 2, "{printed}");
    assert!(lines[0].starts_with("ok "), "{printed}");
    assert!(lines[0].contains("GalileoV2 block 1, 3 txs, 117,500 gas"), "{printed}");
    assert!(lines[1].starts_with("1 verified: 3 txs, 0.1 Mgas in "), "{printed}");
    assert!(lines[1].contains("Mgas/s"), "{printed}");
    // No terminal, so no progress bar.
    assert_eq!(stderr(&output), "");
}

#[test]
fn a_wrong_state_root_gives_code_1_and_names_the_accounts() {
    // Fewer fees are charged by the older fork of equal opcodes, so only the state differs.
    let output = verify(&["--force-fork", "galileo", text(&sample())]);
    assert_eq!(code(&output), 1);
    let printed = stdout(&output);
    assert!(printed.contains("DIFFERS"), "{printed}");
    assert!(printed.contains("state root is 0x"), "{printed}");
    assert!(printed.contains("accounts changed: "), "{printed}");
    assert!(printed.contains("0x5300000000000000000000000000000000000002: "), "{printed}");
    assert!(printed.ends_with("1 differ\n"), "{printed}");
}

#[test]
fn a_changed_header_gives_code_1_and_both_values() {
    let directory = TempDir::new().unwrap();
    let mut json = sample_json();
    json["header"]["gas_used"] = 117_501.into();
    let output = verify(&[text(&write(&directory, "a.json", json.to_string()))]);
    assert_eq!(code(&output), 1);
    assert!(stdout(&output).contains("block hash is 0x"), "{}", stdout(&output));
    assert!(stdout(&output).contains(json["block_hash"].as_str().unwrap()));
}

#[test]
fn an_unreadable_file_gives_code_2_and_one_sentence() {
    let directory = TempDir::new().unwrap();
    let sample = fs::read(sample()).unwrap();
    let mut other_schema = sample_json();
    other_schema["schema"] = "block-witness/2".into();
    let mut other_fork = sample_json();
    other_fork["fork"] = "shapella".into();
    let mut other_type = sample_json();
    other_type["transactions"][1] = "0x05c0".into();
    let mut no_nodes = sample_json();
    no_nodes["state_nodes"] = Value::Array(Vec::new());

    for (name, content, expected) in [
        ("truncated.json", sample[..sample.len() / 2].to_vec(), "not a block witness: EOF"),
        ("empty.json", Vec::new(), "not a block witness: EOF"),
        ("text.json", b"hello".to_vec(), "not a block witness: expected value"),
        ("schema.json", other_schema.to_string().into(), "`block-witness/2` is not understood"),
        ("fork.json", other_fork.to_string().into(), "unknown hardfork \"shapella\""),
        ("type.json", other_type.to_string().into(), "transaction 1 cannot be decoded"),
        ("nodes.json", no_nodes.to_string().into(), "trie node 0x"),
        ("plain.json.zst", sample.clone(), "cannot be decompressed"),
    ] {
        let file = write(&directory, name, content);
        let output = verify(&[text(&file)]);
        assert_eq!(code(&output), 2, "{name}: {}", stdout(&output));
        let printed = stdout(&output);
        assert!(printed.starts_with("UNREADABLE"), "{printed}");
        assert!(printed.contains(expected), "{name}: {printed}");
        assert!(printed.contains(text(&file)), "{name}: {printed}");
        assert_eq!(printed.lines().count(), 2, "{name}: {printed}");
    }
}

#[test]
fn a_missing_path_or_an_empty_directory_gives_code_2() {
    let directory = TempDir::new().unwrap();
    let missing = directory.path().join("missing.json");
    let output = verify(&[text(&missing)]);
    assert_eq!(code(&output), 2);
    assert_eq!(stdout(&output), "");
    assert!(stderr(&output).contains("missing.json: No such file"), "{}", stderr(&output));

    let output = verify(&[text(directory.path())]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("no .json.zst file in this directory"));
}

#[test]
fn usage_errors_give_code_2_and_name_the_forks() {
    let output = verify(&["--force-fork", "shapella", "x.json"]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("shapella"), "{}", stderr(&output));
    assert!(stderr(&output).contains("EuclidV2, Feynman, Galileo"), "{}", stderr(&output));
    assert_eq!(code(&verify(&[])), 2);
}

#[test]
fn a_directory_stands_for_its_compressed_files_in_order() {
    let directory = TempDir::new().unwrap();
    let sample = fs::read(sample()).unwrap();
    for name in ["b/2.json.zst", "a/1.json.zst", "b/10.json.zst"] {
        write_compressed(&directory, name, &sample);
    }
    write(&directory, "index.json", "not a witness");
    let output = verify(&[text(directory.path())]);
    assert_eq!(code(&output), 0, "{}", stdout(&output));
    let printed = stdout(&output);
    let files: Vec<_> = ["a/1.json.zst", "b/10.json.zst", "b/2.json.zst"]
        .map(|name| printed.find(name).unwrap())
        .into();
    assert!(files.is_sorted(), "{printed}");
    assert!(printed.contains("3 verified: 9 txs"), "{printed}");
}

#[test]
fn a_difference_outranks_an_unreadable_file() {
    let directory = TempDir::new().unwrap();
    let unreadable = write(&directory, "text.json", "hello");
    let sample = sample();
    let output =
        verify(&["--force-fork", "feynman", text(&unreadable), text(&sample), text(&unreadable)]);
    assert_eq!(code(&output), 1);
    assert!(stdout(&output).ends_with("0 verified, 1 differ, 2 unreadable\n"));
}

#[test]
fn blocks_that_cannot_be_executed_are_counted_apart() {
    let directory = TempDir::new().unwrap();
    let mut zktrie = sample_json();
    zktrie["state_scheme"] = "zktrie".into();
    let mut ethereum = sample_json();
    ethereum["fork"] = "ethereum-prague".into();
    let zktrie = write(&directory, "zktrie.json", zktrie.to_string());
    let ethereum = write(&directory, "ethereum.json", ethereum.to_string());
    let output = verify(&[text(&zktrie), text(&ethereum)]);
    assert_eq!(code(&output), 0);
    assert_eq!(stdout(&output).matches("not executed /").count(), 2, "{}", stdout(&output));
    assert!(stdout(&output).ends_with("0 verified, 2 not executed\n"), "{}", stdout(&output));
}

#[test]
fn json_lines_carry_the_same_verdicts() {
    let directory = TempDir::new().unwrap();
    let unreadable = write(&directory, "text.json", "hello");
    let output = verify(&["--json", text(&sample()), text(&unreadable)]);
    assert_eq!(code(&output), 2);
    let printed = stdout(&output);
    let lines: Vec<Value> =
        printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let expected = sample_json();
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[0]["status"], "ok");
    assert_eq!(lines[0]["fork"], "GalileoV2");
    assert_eq!(lines[0]["hash"], expected["block_hash"]);
    assert_eq!(lines[0]["stateRoot"], expected["header"]["state_root"]);
    assert_eq!(lines[0]["gasUsed"], 117_500);
    assert_eq!(lines[1]["status"], "unreadable");
    assert_eq!(lines[2]["verified"], 1);
    assert_eq!(lines[2]["unreadable"], 1);
    assert_eq!(lines[2]["gasUsed"], 117_500);
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let directory = TempDir::new().unwrap();
    let sample = fs::read(sample()).unwrap();
    for at in 0..200 {
        write_compressed(&directory, &format!("{at}.json.zst"), &sample);
    }
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_rollup-node"))
        .args(["verify", text(directory.path())])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(code(&output), 141);
    assert_eq!(stderr(&output), "");
}
