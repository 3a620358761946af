#![doc = include_str!("../README.md")]

mod completions;
mod data_dir;
mod db;
mod error;
mod exit;
mod export;
mod import;
mod init;
mod keys;
mod node;
mod progress;
mod verify;

use clap::{CommandFactory, Parser, Subcommand};
pub use node::{ConsensusSettings, HealthSettings, JwtSource, NodeSettings, Notice, RpcSecrets};
use rollup_node_builder::NodeBuilder;
use std::{env, process::ExitCode};

/// Command line of `rollup-node`.
#[derive(Debug, Parser)]
#[command(name = "rollup-node", version, about = "A Scroll rollup node", long_about = None)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run a node
    ///
    /// Every flag can also be given as an environment variable, whose name is `ROLLUP_NODE_` and that of
    /// the flag in upper case with `_` in place of `.` and `-`, and in a TOML file (--config-file). The
    /// command line wins over the environment, that over the file.
    ///
    /// Exit code: 0 after an orderly end, 2 if a flag, the data directory or an address cannot be
    /// used, 3 on an internal error.
    Node(node::CommandLine),
    /// Check the flags of a node, without running one
    ///
    /// Takes the flags of `node`. Reads the configuration file and the genesis file, and opens nothing
    /// else.
    ///
    /// Exit code: 0 if a node could run with them, 2 if not.
    CheckConfig(node::CommandLine),
    /// Look at the settings of a node
    Config(node::ConfigArgs),
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
    /// Print a script that completes commands and flags in a shell
    Completions(completions::CompletionsArgs),
}

/// Parses the process's arguments, runs the command and gives the exit code.
pub fn run() -> ExitCode {
    run_with(|builder| builder)
}

/// As [`run`], with a node that has more, or other, parts: `extend` gets what the flags say, and adds
/// ExExes, RPC methods and parts of its own. All other commands are as they are.
pub fn run_with(extend: impl FnOnce(NodeBuilder) -> NodeBuilder) -> ExitCode {
    let environment = |name: &str| env::var_os(name);
    let command = match Cli::try_parse() {
        Ok(Cli { command }) => command,
        Err(err) => return exit::usage(&err),
    };
    let result = match command {
        Command::Node(line) => line.run_node(&environment, extend),
        Command::CheckConfig(line) => line.check(&environment),
        Command::Config(args) => args.run(&environment),
        Command::Init(args) => args.run(),
        Command::Import(args) => args.run(),
        Command::Export(args) => args.run(),
        Command::Db(args) => args.run(),
        Command::Keys(args) => args.run(),
        Command::Verify(args) => args.run(),
        Command::Completions(args) => args.run(Cli::command()),
    };
    result.unwrap_or_else(|err| exit::report(&err)).into()
}
