//! The program as its users meet it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod documents;
mod verify;

use assert_cmd::Command;
use std::path::PathBuf;

fn rollup_node() -> Command {
    let mut command = Command::cargo_bin("rollup-node").unwrap();
    command.current_dir(rollup_workspace::workspace_root());
    command
}

fn sample() -> PathBuf {
    rollup_workspace::workspace_root().join("examples/blocks/sample.json")
}
