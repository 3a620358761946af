//! The `rollup-node` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    rollup_cli::run()
}
