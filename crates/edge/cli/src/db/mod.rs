//! `rollup-node db`: looking at a data directory, and clearing it.

mod check;
mod clear;
mod compact;
mod get;
mod path;
mod stats;

use crate::exit::Exit;
use clap::{Args, Subcommand};

/// Arguments of `db`.
#[derive(Debug, Args)]
pub(crate) struct DbArgs {
    #[command(subcommand)]
    command: DbCommand,
}

#[derive(Debug, Subcommand)]
enum DbCommand {
    /// Print the directory of the database, whether or not it exists
    Path(path::PathArgs),
    /// Print what is stored: head, signed height, size of each table
    ///
    /// Reads only, and may be run while a node uses the directory. Blocks that are in the block log
    /// but not yet in the database are not counted.
    Stats(stats::StatsArgs),
    /// Print entries of a table
    ///
    /// Reads only, and may be run while a node uses the directory.
    ///
    /// Exit code: 0 if there is an entry, 1 if there is none or one is damaged, 2 if the directory or
    /// the key cannot be used, 3 on an internal error.
    Get(get::GetArgs),
    /// Check everything in the database against everything else there
    ///
    /// Blocks against their hashes, senders, receipts, state, tries, history and rollup records. Reads
    /// every table several times, and only reads: it may be run while a node uses the directory, whose
    /// database then grows until the check ends.
    ///
    /// Exit code: 0 if nothing is wrong, 1 if something is, 2 if the directory cannot be used, 3 on an
    /// internal error.
    Check(check::CheckArgs),
    /// Write a copy of the database without free space into a new directory
    ///
    /// The file of a database never gets smaller. To make it so, stop the node, run this, and put the
    /// copy in the place of the database. Reads only.
    Compact(compact::CompactArgs),
    /// Remove the database and the block log, but not the record of the highest signed block
    ///
    /// Refuses while a process uses the directory, and if the record of the highest signed block is
    /// damaged or missing although blocks were signed.
    Clear(clear::ClearArgs),
}

impl DbArgs {
    /// Runs the command.
    pub(crate) fn run(self) -> eyre::Result<Exit> {
        match self.command {
            DbCommand::Path(args) => args.run(),
            DbCommand::Stats(args) => args.run(),
            DbCommand::Get(args) => args.run(),
            DbCommand::Check(args) => args.run(),
            DbCommand::Compact(args) => args.run(),
            DbCommand::Clear(args) => args.run(),
        }
    }
}
