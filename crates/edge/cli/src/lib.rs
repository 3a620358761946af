#![doc = include_str!("../README.md")]

mod data_dir;
mod db;
mod error;
mod exit;
mod export;
mod import;
mod init;
mod keys;
mod progress;
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
    /// Create the data directory of a chain, with its genesis block
    ///
    /// If it is there already, nothing is changed.
    ///
    /// Exit code: 0 if the directory is there now, 2 if it cannot be used or holds another chain, 3
    /// on an internal error.
    Init(init::InitArgs),
    /// Execute the blocks of files and append them to the stored chain
    ///
    /// The files hold consecutive blocks in RLP, as `export` and geth write them. Every block is
    /// validated, executed and compared with its header. Blocks that are there already are passed
    /// over, so an import that was interrupted is resumed by running it again. The data directory is
    /// created if there is none.
    ///
    /// Exit code: 0 if all blocks are there now, 1 if one is invalid or does not fit the stored
    /// chain, 2 if a file or the directory cannot be used, 3 on an internal error, 130 if
    /// interrupted. Whatever stops it, the blocks before are kept.
    Import(import::ImportArgs),
    /// Write the stored chain to a file of blocks
    ///
    /// The file holds consecutive blocks in RLP, as geth writes them and `import` reads them. It gets
    /// its name when it is complete. Reads only, and may be run while a node uses the directory.
    ///
    /// Exit code: 0 if the blocks are written, 2 if the directory, the range or the file cannot be
    /// used, 3 on an internal error.
    Export(export::ExportArgs),
    /// Look at the database, or clear it
    Db(db::DbArgs),
    /// Make and look at the key that blocks are signed with
    Keys(keys::KeysArgs),
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
        Command::Init(args) => args.run(),
        Command::Import(args) => args.run(),
        Command::Export(args) => args.run(),
        Command::Db(args) => args.run(),
        Command::Keys(args) => args.run(),
        Command::Verify(args) => args.run(),
    };
    result.unwrap_or_else(|err| exit::report(&err)).into()
}
