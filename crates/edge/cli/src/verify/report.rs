//! The lines that `verify` prints.

use super::outcome::{Outcome, Verdict};
use crate::exit::Exit;
use indicatif::HumanCount;
use serde_json::json;
use std::{
    io::{self, Write},
    time::Duration,
};

/// Totals over all files.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Summary {
    verified: u64,
    not_executed: u64,
    differ: u64,
    unreadable: u64,
    internal: u64,
    transactions: u64,
    gas: u64,
    exit: Option<Exit>,
}

impl Summary {
    pub(super) fn add(&mut self, outcome: &Outcome) {
        let count = match &outcome.verdict {
            Verdict::Verified { block, .. } => {
                self.transactions += block.transactions as u64;
                self.gas += block.gas_used;
                &mut self.verified
            }
            Verdict::NotExecuted(_) => &mut self.not_executed,
            Verdict::Differs(_) => &mut self.differ,
            Verdict::Unreadable(_) => &mut self.unreadable,
            Verdict::Internal(_) => &mut self.internal,
        };
        *count += 1;
        self.exit = self.exit.max(Some(outcome.verdict.exit()));
    }

    pub(super) fn exit(&self) -> Exit {
        self.exit.unwrap_or(Exit::Success)
    }

    fn mgas_per_second(&self, elapsed: Duration) -> f64 {
        self.gas as f64 / 1e6 / elapsed.as_secs_f64()
    }
}

/// Prints outcomes for people or as JSON lines.
#[derive(Clone, Copy, Debug)]
pub(super) struct Report {
    json: bool,
}

impl Report {
    pub(super) const fn new(json: bool) -> Self {
        Self { json }
    }

    pub(super) fn outcome(&self, out: &mut impl Write, outcome: &Outcome) -> io::Result<()> {
        if self.json { json_outcome(out, outcome) } else { text_outcome(out, outcome) }
    }

    pub(super) fn summary(
        &self,
        out: &mut impl Write,
        summary: &Summary,
        elapsed: Duration,
    ) -> io::Result<()> {
        if self.json {
            json_summary(out, summary, elapsed)
        } else {
            text_summary(out, summary, elapsed)
        }
    }
}

fn text_outcome(out: &mut impl Write, Outcome { file, verdict }: &Outcome) -> io::Result<()> {
    let file = file.display();
    match verdict {
        Verdict::Verified { block, elapsed } => writeln!(
            out,
            "ok           {file}: {fork} block {number}, {transactions} txs, {gas} gas, {ms:.1} ms",
            fork = block.fork,
            number = block.number,
            transactions = block.transactions,
            gas = HumanCount(block.gas_used),
            ms = elapsed.as_secs_f64() * 1e3,
        ),
        Verdict::NotExecuted(reason) => writeln!(out, "not executed {file}: {reason}"),
        Verdict::Differs(difference) => writeln!(out, "DIFFERS      {file}: {difference}"),
        Verdict::Unreadable(err) => writeln!(out, "UNREADABLE   {file}: {err:#}"),
        Verdict::Internal(err) => writeln!(out, "FAILED       {file}: {err:#}"),
    }
}

fn text_summary(out: &mut impl Write, summary: &Summary, elapsed: Duration) -> io::Result<()> {
    let mut counts = vec![format!("{} verified", summary.verified)];
    for (count, what) in [
        (summary.not_executed, "not executed"),
        (summary.differ, "differ"),
        (summary.unreadable, "unreadable"),
        (summary.internal, "failed"),
    ] {
        if count > 0 {
            counts.push(format!("{count} {what}"));
        }
    }
    let counts = counts.join(", ");
    if summary.verified == 0 {
        return writeln!(out, "{counts}");
    }
    writeln!(
        out,
        "{counts}: {} txs, {:.1} Mgas in {:.2} s, {:.0} Mgas/s on {} threads",
        HumanCount(summary.transactions),
        summary.gas as f64 / 1e6,
        elapsed.as_secs_f64(),
        summary.mgas_per_second(elapsed),
        rayon::current_num_threads(),
    )
}

fn json_outcome(out: &mut impl Write, Outcome { file, verdict }: &Outcome) -> io::Result<()> {
    let line = match verdict {
        Verdict::Verified { block, elapsed } => json!({
            "file": file,
            "status": "ok",
            "fork": block.fork.as_str(),
            "number": block.number,
            "hash": block.hash,
            "transactions": block.transactions,
            "gasUsed": block.gas_used,
            "l1DataFees": block.l1_data_fees,
            "stateRoot": block.state_root,
            "seconds": elapsed.as_secs_f64(),
        }),
        Verdict::NotExecuted(reason) => {
            json!({ "file": file, "status": "notExecuted", "reason": reason.to_string() })
        }
        Verdict::Differs(difference) => {
            json!({ "file": file, "status": "differs", "reason": difference.to_string() })
        }
        Verdict::Unreadable(err) => {
            json!({ "file": file, "status": "unreadable", "reason": format!("{err:#}") })
        }
        Verdict::Internal(err) => {
            json!({ "file": file, "status": "failed", "reason": format!("{err:#}") })
        }
    };
    writeln!(out, "{line}")
}

fn json_summary(out: &mut impl Write, summary: &Summary, elapsed: Duration) -> io::Result<()> {
    let line = json!({
        "verified": summary.verified,
        "notExecuted": summary.not_executed,
        "differ": summary.differ,
        "unreadable": summary.unreadable,
        "failed": summary.internal,
        "transactions": summary.transactions,
        "gasUsed": summary.gas,
        "seconds": elapsed.as_secs_f64(),
        "mgasPerSecond": summary.mgas_per_second(elapsed),
        "threads": rayon::current_num_threads(),
    });
    writeln!(out, "{line}")
}
