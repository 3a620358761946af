//! `rollup-node db check`.

use crate::{data_dir::DataDirArgs, exit::Exit, progress};
use clap::Args;
use indicatif::{HumanCount, ProgressBar};
use rollup_storage::{CheckOptions, CheckProgress, CheckReport, check};
use std::{
    io::{self, BufWriter, Write},
    num::NonZeroU64,
};

const BAR: &str = "{bar:40} {pos}/{len} {msg}";

/// Arguments of `db check`.
#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// Recover the sender of one signed transaction in N only: faster, and less thorough
    #[arg(long, value_name = "N", default_value_t = NonZeroU64::MIN)]
    one_sender_in: NonZeroU64,

    #[command(flatten)]
    data_dir: DataDirArgs,
}

impl CheckArgs {
    /// Checks the database and prints what is wrong.
    pub(crate) fn run(self) -> eyre::Result<Exit> {
        let chain = self.data_dir.chain()?;
        let reader = self.data_dir.data_dir()?.reader_of(&chain)?;
        let options = CheckOptions { recover_one_sender_in: self.one_sender_in };
        let bar = progress::bar(0, BAR);
        let report =
            check(reader.database(), &chain.spec, options, &mut |at| show_progress(&bar, at))?;
        bar.finish_and_clear();
        print(&report)?;
        Ok(if report.is_sound() { Exit::Success } else { Exit::No })
    }
}

fn show_progress(bar: &ProgressBar, progress: CheckProgress) {
    bar.set_length(progress.total);
    bar.set_position(progress.done);
    let findings = progress.findings;
    bar.set_message(match findings {
        0 => progress.part.to_string(),
        _ => format!("{}, {} findings", progress.part, HumanCount(findings)),
    });
}

/// One line per finding, and the totals.
fn print(report: &CheckReport) -> io::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    for finding in &report.findings {
        writeln!(out, "{finding}")?;
    }
    let entries = HumanCount(report.tables.iter().map(|table| table.entries).sum());
    let tables = report.tables.len();
    let not_shown = report.finding_count.saturating_sub(report.findings.len() as u64);
    if not_shown > 0 {
        writeln!(out, "and {} more", HumanCount(not_shown))?;
    }
    match report.finding_count {
        0 => writeln!(out, "{entries} entries in {tables} tables checked: all is well")?,
        count => {
            writeln!(
                out,
                "{entries} entries in {tables} tables checked: {} findings",
                HumanCount(count)
            )?;
        }
    }
    out.flush()
}
