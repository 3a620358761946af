//! The program as its users meet it.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod aws;
mod clear;
mod clients;
mod conformance;
mod db;
mod devnet;
mod directory;
mod documents;
mod export;
mod import;
mod init;
mod interrupt;
mod keys;
mod l1;
mod node;
mod openrpc;
mod sample;
mod session;
mod verify;

use assert_cmd::Command;
use std::{
    path::{Path, PathBuf},
    process::Output,
};

fn rollup_node() -> Command {
    let mut command = Command::cargo_bin("rollup-node").unwrap();
    command.current_dir(rollup_workspace::workspace_root());
    for variable in [
        "ROLLUP_NODE_CHAIN",
        "ROLLUP_NODE_DATADIR",
        "ROLLUP_NODE_SIGNER_AWS_KMS_KEY_ID",
        "ROLLUP_NODE_SIGNER_KEY_FILE",
        "ROLLUP_NODE_SIGNER_KEYSTORE",
        "ROLLUP_NODE_SIGNER_PASSWORD_FILE",
    ] {
        command.env_remove(variable);
    }
    command
}

fn sample() -> PathBuf {
    rollup_workspace::workspace_root().join("examples/blocks/sample.json")
}

/// A run of the program, as its user sees it.
#[derive(Debug)]
struct Run {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Run {
    /// Standard output of a run that did what it was asked.
    fn success(self) -> String {
        assert_eq!((self.code, self.stderr.as_str()), (Some(0), ""), "{}", self.stdout);
        self.stdout
    }

    /// The one line of a run that ended with an error.
    fn error(self, code: i32) -> String {
        assert_eq!(self.code, Some(code), "{self:?}");
        assert_eq!(self.stderr.lines().count(), 1, "{}", self.stderr);
        let message = self.stderr.strip_prefix("error: ").unwrap();
        message.trim_end().to_owned()
    }
}

/// Runs a command on a data directory.
fn run_on(directory: &Path, arguments: &[&str]) -> Run {
    let output = rollup_node().args(arguments).arg("--datadir").arg(directory).output().unwrap();
    output.into()
}
