//! `rollup-node init`: a data directory with the genesis block.

use crate::{
    data_dir::{DataDirArgs, chain_name},
    exit::Exit,
};
use clap::Args;
use rollup_storage::Durability;
use std::io::{self, Write};

/// Arguments of `init`.
#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    #[command(flatten)]
    data_dir: DataDirArgs,
}

impl InitArgs {
    /// Creates the directory unless it is there, and prints what is in it.
    pub(crate) fn run(self) -> eyre::Result<Exit> {
        let chain = self.data_dir.chain()?;
        let directory = self.data_dir.data_dir()?;
        let exists = directory.check_chain(&chain)?;
        if !exists {
            directory.open(&chain, Durability::Log)?;
        }
        let mut stdout = io::stdout().lock();
        let what = if exists { "initialised before" } else { "initialised" };
        writeln!(stdout, "{what}: {}", directory.path().display())?;
        writeln!(stdout, "chain        {}", chain_name(chain.identity()))?;
        writeln!(stdout, "genesis      {}", chain.spec.genesis_hash())?;
        writeln!(stdout, "state root   {}", chain.spec.genesis_state_root_mpt())?;
        Ok(Exit::Success)
    }
}
