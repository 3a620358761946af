#![doc = include_str!("../README.md")]

mod exit;
mod verify;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Command line of `rollup-node`.
#[derive(Debug, Parser)]
#[command(name = "rollup-node", version, about = "A Scroll rollup node", long_about = None)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Execute recorded blocks and compare every result with the block's header
    ///
    /// Each block comes with the part of the state it reads. Compared are gas used, receipts root,
    /// logs bloom and state root, and per transaction what the file says. A block that cannot be
    /// executed here (over a zktrie, or of an Ethereum chain) is listed as such.
    ///
    /// Exit code: 0 if no block differs, 1 if one does, 2 if a file cannot be read, 3 on an
    /// internal error.
    Verify(verify::VerifyArgs),
}

/// Parses the process's arguments, runs the command and gives the exit code. Usage errors end the
/// process with code 2.
pub fn run() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Verify(args) => args.run(),
    };
    result.unwrap_or_else(exit::report).into()
}
