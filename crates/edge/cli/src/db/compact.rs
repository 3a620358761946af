//! `rollup-node db compact`.

use crate::{data_dir::DataDirArgs, exit::Exit};
use clap::Args;
use indicatif::{BinaryBytes, ProgressBar};
use rollup_db::Database;
use std::{
    io::{self, Write},
    path::PathBuf,
    time::Duration,
};

const TICK: Duration = Duration::from_millis(100);

/// Arguments of `db compact`.
#[derive(Debug, Args)]
pub(crate) struct CompactArgs {
    /// Directory for the copy, new or empty
    #[arg(value_name = "COPY")]
    to: PathBuf,

    #[command(flatten)]
    data_dir: DataDirArgs,
}

impl CompactArgs {
    /// Copies the database.
    pub(crate) fn run(self) -> eyre::Result<Exit> {
        let reader = self.data_dir.data_dir()?.reader()?;
        let database: &Database = reader.database();
        let before = database.stats()?.used_bytes;
        let spinner = ProgressBar::new_spinner().with_message("copying");
        spinner.enable_steady_tick(TICK);
        let copied = database.copy_compact(&self.to);
        spinner.finish_and_clear();
        copied?;
        let copy = Database::open_read_only(&self.to, Default::default(), database.tables())?;
        let after = copy.stats()?.used_bytes;
        writeln!(
            io::stdout().lock(),
            "copied to {}: {} of {} in use",
            self.to.display(),
            BinaryBytes(after),
            BinaryBytes(before),
        )?;
        Ok(Exit::Success)
    }
}
