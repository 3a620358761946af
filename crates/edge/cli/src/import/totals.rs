//! How much was imported.

use super::importer::Step;
use indicatif::HumanCount;
use std::{fmt, time::Instant};

/// How much was imported since when.
#[derive(Debug)]
pub(super) struct Totals {
    started: Instant,
    imported: u64,
    known: u64,
    transactions: u64,
    gas: u64,
}

impl Totals {
    pub(super) fn start() -> Self {
        Self { started: Instant::now(), imported: 0, known: 0, transactions: 0, gas: 0 }
    }

    pub(super) const fn add(&mut self, step: &Step) {
        match step {
            Step::Known => self.known += 1,
            Step::Imported { transactions, gas } => {
                self.imported += 1;
                self.transactions += *transactions;
                self.gas += *gas;
            }
        }
    }

    /// Blocks and speed, for a progress bar.
    pub(super) fn rate(&self) -> String {
        let blocks = HumanCount(self.known + self.imported);
        format!("{blocks} blocks, {:.0} Mgas/s", self.mgas_per_second())
    }

    fn mgas_per_second(&self) -> f64 {
        self.gas as f64 / 1e6 / self.started.elapsed().as_secs_f64()
    }
}

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "imported {} blocks", HumanCount(self.imported))?;
        if self.known > 0 {
            write!(f, ", {} there before", HumanCount(self.known))?;
        }
        if self.imported > 0 {
            write!(
                f,
                ": {} txs, {:.1} Mgas in {:.2} s, {:.0} Mgas/s",
                HumanCount(self.transactions),
                self.gas as f64 / 1e6,
                self.started.elapsed().as_secs_f64(),
                self.mgas_per_second(),
            )?;
        }
        Ok(())
    }
}
