//! A node that indexes ERC-20 transfers.

use std::process::ExitCode;

fn main() -> ExitCode {
    rollup_cli::run_with(|builder| builder.install_exex("transfers", example_transfers::follow))
}
