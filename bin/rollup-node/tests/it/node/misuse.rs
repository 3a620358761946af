//! Nodes that cannot run: one sentence says why, and nothing is made.

use super::Node;
use crate::{Run, run_on, sample::text};
use rstest::rstest;
use std::{
    fs::{self, Permissions},
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    path::Path,
};
use tempfile::TempDir;

const KEY: &str = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
const NO_SIGNER: &str = "either signer key file, keystore, AWS KMS key ID or remote signer is required \
                         when sequencer is enabled: give --signer.key-file, --signer.keystore, \
                         --signer.aws-kms-key-id or --signer.http-url, or --test for a random key";

/// Runs `node` with these flags in a directory, where it does not get far.
fn run_in(directory: &Path, arguments: &[&str]) -> Run {
    let arguments = [&["node"], arguments].concat();
    Node::start(directory, &arguments).wait()
}

/// The sentence with which a node refuses to start.
fn refusal(arguments: &[&str]) -> String {
    let directory = TempDir::new().unwrap();
    let sentence = run_in(directory.path(), arguments).error(2);
    let made: Vec<_> = fs::read_dir(directory.path()).unwrap().collect();
    assert!(made.is_empty(), "{arguments:?} made {made:?}");
    sentence
}

#[rstest]
#[case::unknown_flag(
    "--sequencer.blocktime 5",
    "unexpected argument '--sequencer.blocktime' found; tip: a similar argument exists: '--sequencer.block-time'; see --help"
)]
#[case::argument_without_flag("data", "unexpected argument 'data' found; see --help")]
#[case::no_number(
    "--sequencer.block-time soon",
    "invalid value 'soon' for '--sequencer.block-time <SEQUENCER_BLOCK_TIME>': invalid digit found in string; see --help"
)]
#[case::port_out_of_range(
    "--http.port 65536",
    "invalid value '65536' for '--http.port <PORT>': 65536 is not in 0..=65535; see --help"
)]
#[case::unknown_module(
    "--http.api eth,nope",
    "invalid value 'eth,nope' for '--http.api <MODULES>': Unknown RPC module: 'nope'; see --help"
)]
#[case::unknown_chain(
    "--chain nowhere",
    "nowhere is neither a chain nor a genesis file: unknown chain \"nowhere\", expected one of scroll-mainnet, scroll-sepolia, dev"
)]
#[case::unknown_algorithm(
    "--consensus.algorithm poa",
    "invalid value 'poa' for '--consensus.algorithm <CONSENSUS_ALGORITHM>' [possible values: system-contract, noop]; see --help"
)]
#[case::inclusion_without_number(
    "--sequencer.l1-inclusion-mode depth:x",
    "invalid value 'depth:x' for '--sequencer.l1-inclusion-mode <MODE>': Expected a valid number after 'depth:', got 'x'; see --help"
)]
#[case::inclusion_without_number_of_finalized(
    "--sequencer.l1-inclusion-mode finalized:",
    "invalid value 'finalized:' for '--sequencer.l1-inclusion-mode <MODE>': Expected a valid number after 'finalized:', got ''; see --help"
)]
#[case::unknown_inclusion(
    "--sequencer.l1-inclusion-mode safe",
    "invalid value 'safe' for '--sequencer.l1-inclusion-mode <MODE>': Expected 'finalized' or 'depth:{number}' (e.g. 'depth:10'); see --help"
)]
#[case::sequencer_without_signer("--sequencer.enabled", NO_SIGNER)]
#[case::noop_sequencer_without_signer("--sequencer.enabled --consensus.algorithm noop", NO_SIGNER)]
#[case::two_signers(
    "--sequencer.enabled --signer.key-file a --signer.keystore b --signer.password-file c",
    "cannot specify more than one signer key source: give one of --signer.key-file, --signer.keystore, --signer.aws-kms-key-id and --signer.http-url, or --signer.kind random alone"
)]
#[case::nobody_authorized(
    "--chain scroll-mainnet",
    "system contract consensus requires either an authorized signer or a L1 provider URL: give --consensus.authorized-signer or --l1.url"
)]
#[case::no_block_time("--sequencer.block-time 0", "--sequencer.block-time must not be 0")]
#[case::building_as_long_as_the_slot(
    "--sequencer.block-time 500 --sequencer.payload-building-duration 500",
    "--sequencer.payload-building-duration (500 ms) must be less than --sequencer.block-time (500 ms)"
)]
#[case::admin_for_everybody(
    "--admin.addr 0.0.0.0:8547",
    "--admin.addr 0.0.0.0:8547 can be reached from other machines, so its requests must be signed: give --admin.jwtsecret or a loopback address"
)]
#[case::no_key_file(
    "--test --sequencer.enabled --signer.key-file missing",
    "Failed to read signer key file missing: No such file or directory (os error 2)"
)]
#[case::no_file(
    "--config-file missing.toml",
    "cannot read the configuration file missing.toml: No such file or directory (os error 2)"
)]
#[case::directory_for_a_file(
    "--config-file .",
    "cannot read the configuration file .: Is a directory (os error 21)"
)]
fn are_refused_in_one_sentence(#[case] flags: &str, #[case] sentence: &str) {
    let arguments: Vec<_> = flags.split_whitespace().collect();
    assert_eq!(refusal(&arguments), sentence);
}

#[test]
fn a_wrong_setting_in_a_file_is_named_with_its_line() {
    let inputs = TempDir::new().unwrap();
    let file = inputs.path().join("node.toml");
    fs::write(&file, "[sequencer]\nblock_time = 500\n").unwrap();
    let expected = format!("{}:2: there is no setting `sequencer.block_time`", text(&file));
    assert_eq!(refusal(&["--config-file", text(&file)]), expected);
}

#[test]
fn a_key_that_others_can_read_is_refused() {
    let inputs = TempDir::new().unwrap();
    let key = inputs.path().join("key");
    fs::write(&key, KEY).unwrap();
    fs::set_permissions(&key, Permissions::from_mode(0o644)).unwrap();
    let flags = ["--test", "--sequencer.enabled", "--signer.key-file", text(&key)];
    let sentence = refusal(&flags);
    let expected =
        format!("Failed to read signer key file {}: its mode 0644 lets others", text(&key));
    assert!(sentence.starts_with(&expected), "{sentence}");
    assert!(sentence.contains(&format!("run `chmod 600 {}`", text(&key))), "{sentence}");
}

#[rstest]
#[case::http(&["--http", "--http.port"], "--http.addr and --http.port", false)]
#[case::ws(&["--ws", "--ws.port"], "--ws.addr and --ws.port", false)]
#[case::admin(&["--admin.addr"], "--admin.addr", true)]
#[case::metrics(&["--metrics"], "--metrics", true)]
#[case::health(&["--health.addr"], "--health.addr", true)]
fn an_occupied_port_is_named_with_its_flag(
    #[case] flags: &[&str],
    #[case] named: &str,
    #[case] is_address: bool,
) {
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = other.local_addr().unwrap();
    let value = if is_address { address.to_string() } else { address.port().to_string() };
    let sentence = refusal(&[flags, &[&value]].concat());
    assert!(sentence.contains(&address.to_string()), "{sentence}");
    assert!(sentence.contains("in use"), "{sentence}");
    assert!(sentence.contains(named), "{sentence}");
}

/// Every file below a directory, with its bytes.
fn contents(directory: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    let mut pending = vec![directory.to_owned()];
    while let Some(path) = pending.pop() {
        for entry in fs::read_dir(path).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                pending.push(path);
            } else {
                files.push((text(&path).to_owned(), fs::read(&path).unwrap()));
            }
        }
    }
    files.sort();
    files
}

#[test]
fn another_chains_directory_is_left_as_it_is() {
    let directory = TempDir::new().unwrap();
    let data = directory.path().join("data");
    run_on(&data, &["init"]).success();
    let before: Vec<_> = contents(&data).into_iter().map(|(name, _)| name).collect();
    let signer = "0x0000000000000000000000000000000000000001";
    let flags = ["--chain", "scroll-sepolia", "--consensus.authorized-signer", signer];
    let sentence =
        run_in(directory.path(), &[&flags[..], &["--datadir", "data"]].concat()).error(2);
    assert!(sentence.contains("data"), "{sentence}");
    assert!(sentence.contains("1337") && sentence.contains("534351"), "{sentence}");
    let after: Vec<_> = contents(&data).into_iter().map(|(name, _)| name).collect();
    assert_eq!(after, before);
    run_on(&data, &["db", "check"]).success();
}

#[test]
fn a_directory_that_another_node_uses_is_refused_and_that_node_goes_on() {
    let directory = TempDir::new().unwrap();
    let flags = ["--dev", "--datadir", "data", "--sequencer.allow-empty-blocks"];
    let node = Node::start(directory.path(), &[&["node"], &flags[..]].concat());
    node.log.next_block(0);
    let sentence = run_in(directory.path(), &flags).error(2);
    assert!(sentence.contains("data") && sentence.contains("in use"), "{sentence}");
    assert!(sentence.contains(&node.pid().to_string()), "{sentence}");
    node.log.next_block(node.log.len());
    node.stop();
}
