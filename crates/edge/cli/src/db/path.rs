//! `rollup-node db path`.

use crate::{data_dir::DataDirArgs, exit::Exit};
use clap::Args;
use std::io::{self, Write};

/// Arguments of `db path`.
#[derive(Debug, Args)]
pub(crate) struct PathArgs {
    #[command(flatten)]
    data_dir: DataDirArgs,
}

impl PathArgs {
    /// Prints the path.
    pub(crate) fn run(self) -> eyre::Result<Exit> {
        let path = self.data_dir.data_dir()?.database();
        writeln!(io::stdout().lock(), "{}", path.display())?;
        Ok(Exit::Success)
    }
}
