//! `rollup-node db clear`.

use crate::{
    data_dir::{DataDir, DataDirArgs},
    error::InputError,
    exit::Exit,
};
use clap::Args;
use rollup_storage::{Cleared, clear, read_signed_height};
use std::io::{self, BufRead, IsTerminal, Write};

/// Arguments of `db clear`.
#[derive(Debug, Args)]
pub(crate) struct ClearArgs {
    /// Do not ask
    #[arg(long)]
    yes: bool,

    #[command(flatten)]
    data_dir: DataDirArgs,
}

impl ClearArgs {
    /// Asks, and removes the chain.
    pub(crate) fn run(self) -> eyre::Result<Exit> {
        let directory = self.data_dir.data_dir()?;
        let path = directory.path();
        if !path.is_dir() {
            return Err(InputError::NoDirectory { path: path.to_owned() }.into());
        }
        if !self.yes && !confirm(&directory)? {
            writeln!(io::stdout().lock(), "nothing was removed")?;
            return Ok(Exit::No);
        }
        let cleared = clear(path)?;
        let mut stdout = io::stdout().lock();
        if cleared == Cleared::default() {
            writeln!(stdout, "nothing to remove in {}", path.display())?;
            return Ok(Exit::Success);
        }
        writeln!(stdout, "removed the chain in {}", path.display())?;
        if let Some(signed) = read_signed_height(&directory.log())? {
            writeln!(stdout, "kept the record that block {} was signed", signed.number)?;
        }
        Ok(Exit::Success)
    }
}

fn confirm(directory: &DataDir) -> eyre::Result<bool> {
    let path = directory.path().to_owned();
    if !io::stdin().is_terminal() {
        return Err(InputError::NotConfirmed { path }.into());
    }
    let mut stderr = io::stderr().lock();
    write!(stderr, "Remove the chain in {}? Type yes: ", path.display())?;
    stderr.flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(answer.trim() == "yes")
}
