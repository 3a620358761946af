//! Libraries that others build on, in their own languages, against the built program.
//!
//! `tests/clients` has the suites. Each part of one runs by itself, with a node that it has for
//! itself; it says which of its steps failed.

use crate::node::{KEYS, Node};
use alloy_primitives::{hex, keccak256};
use rollup_l1_devnet::packages::{cached, copied, install, npm};
use rstest::rstest;
use std::{
    env, fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
};
use tempfile::TempDir;

/// Seconds that a part may take. What it waits for comes at once.
const LIMIT_SECONDS: &str = "60";

fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients")
}

/// A name for what is made from a file of the sources, another one when the file changes.
fn name_for(kind: &str, file: &str) -> String {
    let digest = keccak256(fs::read(sources().join(file)).unwrap());
    format!("{kind}-{}", hex::encode(&digest[..8]))
}

/// The libraries in JavaScript, as the lock file names them.
fn node_modules() -> PathBuf {
    let place = cached("clients", &name_for("js", "package-lock.json"), |place| {
        for file in ["package.json", "package-lock.json"] {
            fs::copy(sources().join(file), place.join(file))?;
        }
        npm(place, &["ci"])
    });
    place.unwrap().join("node_modules")
}

/// A Python that has web3.py.
fn python() -> PathBuf {
    let place = cached("clients", &name_for("python", "requirements.txt"), |place| {
        let missing = "python3 is needed; Debian packages python3 and python3-venv";
        install(Command::new("python3").args(["-m", "venv"]).arg(place), missing)?;
        let mut pip = Command::new(place.join("bin/python"));
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"]);
        install(pip.arg(sources().join("requirements.txt")), missing)
    });
    place.unwrap().join("bin/python")
}

/// The suites, where the scripts find their libraries.
fn suites() -> TempDir {
    let directory = copied(&sources()).unwrap();
    symlink(node_modules(), directory.path().join("node_modules")).unwrap();
    directory
}

/// The compiled contract.
fn contract(suites: &Path) -> PathBuf {
    let modules = name_for("", "package-lock.json");
    let name = name_for("ledger", "Ledger.sol") + &modules;
    let place = cached("clients", &name, |place| {
        let target = place.join("ledger.json");
        let mut node = Command::new("node");
        node.args(["compile.mjs", "Ledger.sol"]).arg(target).current_dir(suites);
        install(&mut node, "node is needed; Debian package nodejs")
    });
    place.unwrap().join("ledger.json")
}

/// Runs one part of a suite against a development node with these flags.
fn run(program: &Path, script: &str, flags: &[&str]) {
    let suites = suites();
    let contract = contract(suites.path());
    let directory = TempDir::new().unwrap();
    let node = Node::start(directory.path(), &[&["node", "--dev"], flags].concat());
    node.log.next_block(0);
    let mut command = Command::new("timeout");
    command.arg(LIMIT_SECONDS).arg(program).arg(script).current_dir(suites.path());
    command.env("HTTP_URL", format!("http://{}", node.address("http")));
    command.env("WS_URL", format!("ws://{}", node.address("ws")));
    command.env("ADMIN_URL", format!("http://{}", node.address("admin")));
    command.env("KEYS", KEYS.join(",")).env("CONTRACT", contract);
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{script}: {}\n{said}{complained}", output.status);
    assert!(said.contains("ok      "), "{script} did nothing:\n{said}{complained}");
    node.stop();
}

#[rstest]
#[case::contract("contract")]
#[case::transactions("transactions")]
#[case::fees("fees")]
#[case::wallet("wallet")]
#[case::errors("errors")]
#[case::batch("batch")]
#[case::traces("traces")]
#[case::filters("filters")]
#[case::subscriptions("subscriptions")]
#[case::pending("pending")]
#[case::simulate("simulate")]
fn viem(#[case] part: &str) {
    run(Path::new("node"), &format!("viem/{part}.mjs"), &[]);
}

#[rstest]
#[case::contract("contract")]
#[case::wallet("wallet")]
#[case::traces("traces")]
#[case::events("events")]
fn ethers(#[case] part: &str) {
    // It looks for a receipt once, and then at every block: it must not miss the last one.
    let flags = ["--sequencer.allow-empty-blocks"];
    run(Path::new("node"), &format!("ethers/{part}.mjs"), &flags);
}

#[rstest]
#[case::contract("contract")]
#[case::wallet("wallet")]
#[case::proofs("proofs")]
#[case::filters("filters")]
#[case::subscriptions("subscriptions")]
#[case::traces("traces")]
fn web3py(#[case] part: &str) {
    run(&python(), &format!("web3py/{part}.py"), &[]);
}
