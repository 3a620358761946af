//! `rollup-node keys`: the key that blocks are signed with.

mod address;
mod encrypt;
mod error;
mod new;

use crate::exit::{self, Exit};
use clap::{Args, Subcommand};
use eyre::Report;
use std::io::{self, Write};

/// Arguments of `keys`.
#[derive(Debug, Args)]
pub(crate) struct KeysArgs {
    #[command(subcommand)]
    command: KeysCommand,
}

#[derive(Debug, Subcommand)]
enum KeysCommand {
    /// Make a new random key, and print its address
    ///
    /// The file is of its owner alone (mode 0600), and no file is ever replaced. The key itself is
    /// not printed.
    ///
    /// Exit code: 0 if the file is written, 2 if it is there already or cannot be written, 3 on an
    /// internal error.
    New(new::NewArgs),
    /// Print the address of a key
    ///
    /// The key is read as a node reads it: what this command takes, a node takes.
    ///
    /// Exit code: 0 if the key can be used, 2 if not.
    Address(address::AddressArgs),
    /// Write a key to a keystore, encrypted with a password, and print its address
    ///
    /// The keystore is web3 secret storage, as geth writes and reads it. The key file is left as it
    /// is.
    ///
    /// Exit code: 0 if the keystore is written, 2 if it is there already or a file cannot be used, 3
    /// on an internal error.
    Encrypt(encrypt::EncryptArgs),
}

impl KeysArgs {
    /// Runs the command, and prints the address that it is about.
    pub(crate) fn run(self) -> eyre::Result<Exit> {
        let address = match self.command {
            KeysCommand::New(args) => args.run(),
            KeysCommand::Address(args) => args.run(),
            KeysCommand::Encrypt(args) => args.run(),
        };
        match address {
            Ok(address) => {
                writeln!(io::stdout().lock(), "{address}")?;
                Ok(Exit::Success)
            }
            Err(err) => {
                let ended = err.exit();
                exit::print(&Report::new(err));
                Ok(ended)
            }
        }
    }
}
