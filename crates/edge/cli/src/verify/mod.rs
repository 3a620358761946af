//! `rollup-node verify`: a stateless block verifier.

mod files;
mod outcome;
mod report;

use crate::{exit::Exit, progress};
use clap::Args;
use indicatif::ProgressBar;
use outcome::{Outcome, verify_file};
use rayon::prelude::*;
use report::{Report, Summary};
use rollup_chainspec::ScrollHardfork;
use std::{
    collections::BTreeMap,
    io::{self, Write},
    path::PathBuf,
    sync::mpsc::{Receiver, sync_channel},
    thread,
    time::Instant,
};

const BAR: &str = "{bar:40} {pos}/{len} blocks, {eta} left";
/// Outcomes that may wait for an earlier one to be printed before workers pause.
const OUTCOME_BACKLOG: usize = 1024;

/// Arguments of `verify`.
#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// Block witnesses (.json or .json.zst); a directory stands for every .json.zst file below it
    #[arg(required = true, value_name = "FILE|DIRECTORY")]
    paths: Vec<PathBuf>,

    /// Execute every block by the rules of this fork instead of the one its witness names
    #[arg(long, value_name = "NAME")]
    force_fork: Option<ScrollHardfork>,

    /// Print one JSON object per block and a last one with the totals
    #[arg(long)]
    json: bool,
}

impl VerifyArgs {
    /// Verifies all files in parallel and prints their outcomes in order of path.
    pub(crate) fn run(self) -> eyre::Result<Exit> {
        let files = match files::collect(&self.paths) {
            Ok(files) => files,
            Err(err) => {
                crate::exit::print(&err);
                return Ok(Exit::Unusable);
            }
        };
        let started = Instant::now();
        let bar = progress::bar(files.len() as u64, BAR);
        let (outcomes, received) = sync_channel(OUTCOME_BACKLOG);
        let force_fork = self.force_fork;

        let summary = thread::scope(|scope| {
            scope.spawn(|| {
                // The printer hangs up when standard output is closed: then nobody wants the rest.
                files.par_iter().enumerate().try_for_each_with(outcomes, |outcomes, (at, file)| {
                    outcomes.send((at, verify_file(file, force_fork))).ok()
                })
            });
            print_in_order(received, &Report::new(self.json), &bar)
        })?;

        bar.finish_and_clear();
        let mut stdout = io::stdout().lock();
        Report::new(self.json).summary(&mut stdout, &summary, started.elapsed())?;
        Ok(summary.exit())
    }
}

fn print_in_order(
    received: Receiver<(usize, Outcome)>,
    report: &Report,
    bar: &ProgressBar,
) -> io::Result<Summary> {
    let mut summary = Summary::default();
    let mut waiting = BTreeMap::new();
    let mut next = 0;
    for (at, outcome) in received {
        bar.inc(1);
        waiting.insert(at, outcome);
        while let Some(outcome) = waiting.remove(&next) {
            next += 1;
            summary.add(&outcome);
            bar.suspend(|| {
                let mut stdout = io::stdout().lock();
                report.outcome(&mut stdout, &outcome)?;
                stdout.flush()
            })?;
        }
    }
    Ok(summary)
}
