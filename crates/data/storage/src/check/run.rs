//! A check under way.

use super::{
    CheckOptions,
    read::Found,
    report::{CheckPart, CheckProgress, CheckReport, Finding, PartCount},
};
use crate::error::StorageError;
use rollup_chainspec::ScrollChainSpec;
use rollup_db::{Database, DbError, Key, ReadTx, Table};
use std::{error::Error, fmt, rc::Rc};

/// Entries between two reports of progress.
const PROGRESS_STEP: u64 = 4_096;

/// A check under way: what it reads, and what it has found.
pub(super) struct Run<'a> {
    db: &'a Database,
    /// Shared with the part that is running, which may hold cursors of it.
    pub(super) tx: Rc<ReadTx>,
    /// The snapshot that `tx` reads.
    snapshot: u64,
    /// Whether the snapshot is lost, so that nothing more can be checked.
    is_lost: bool,
    pub(super) chain_spec: &'a ScrollChainSpec,
    pub(super) options: CheckOptions,
    /// Number after the head; 0 if there is no block. Known from [`CheckPart::Forkchoice`] on.
    pub(super) end_block: u64,
    /// Number of the safe block; the highest number if it is missing. Known from [`CheckPart::Forkchoice`] on.
    pub(super) safe_block: u64,
    /// Lowest block after which the state can be read. Known from [`CheckPart::Metadata`] on.
    pub(super) history_start: u64,
    pub(super) report: CheckReport,
    progress: &'a mut dyn FnMut(CheckProgress),
    part: CheckPart,
    kept: usize,
    done: u64,
    total: u64,
}

impl<'a> Run<'a> {
    pub(super) fn new(
        db: &'a Database,
        chain_spec: &'a ScrollChainSpec,
        options: CheckOptions,
        progress: &'a mut dyn FnMut(CheckProgress),
    ) -> Result<Self, StorageError> {
        let tx = db.begin_read()?;
        Ok(Self {
            db,
            snapshot: tx.id()?,
            tx: Rc::new(tx),
            is_lost: false,
            chain_spec,
            options,
            end_block: 0,
            safe_block: 0,
            history_start: 0,
            report: CheckReport::default(),
            progress,
            part: CheckPart::Entries,
            kept: 0,
            done: 0,
            total: 0,
        })
    }

    /// Runs a part. Damage that keeps it from going on is a finding, and the next part may run.
    pub(super) fn part(
        &mut self,
        part: CheckPart,
        check: impl FnOnce(&mut Self) -> Result<(), StorageError>,
    ) -> Result<(), StorageError> {
        if self.is_lost {
            return Ok(());
        }
        (self.part, self.kept, self.done, self.total) = (part, 0, 0, 0);
        match check(self) {
            Ok(()) => {}
            Err(error) if is_damage(&error) => {
                let problem = format!("the check of {part} stopped: {}", Chain(&error));
                self.find_in("", String::new(), problem);
                self.reopen()?;
            }
            Err(error) => return Err(error),
        }
        self.tell();
        self.report.parts.push(PartCount { part, entries: self.done });
        Ok(())
    }

    /// Gets a new transaction of the same snapshot: the engine refuses to go on with one that has
    /// met a damaged page.
    pub(super) fn reopen(&mut self) -> Result<(), StorageError> {
        let tx = self.db.begin_read()?;
        if tx.id()? != self.snapshot {
            self.is_lost = true;
            let problem = "the rest is not checked, as the database has changed since; check it while nothing writes to it";
            self.find_in("", String::new(), problem.into());
        }
        self.tx = Rc::new(tx);
        Ok(())
    }

    /// Whether nothing more can be checked.
    pub(super) const fn is_lost(&self) -> bool {
        self.is_lost
    }

    pub(super) fn finish(self) -> CheckReport {
        self.report
    }

    /// Says how many entries the part passes.
    pub(super) fn begin(&mut self, total: u64) {
        self.total = total;
        self.tell();
    }

    /// Notes that an entry is passed.
    pub(super) fn step(&mut self) {
        self.done += 1;
        if self.done.is_multiple_of(PROGRESS_STEP) {
            self.tell();
        }
    }

    fn tell(&mut self) {
        let (part, done, total) = (self.part, self.done, self.total);
        (self.progress)(CheckProgress { part, done, total, findings: self.report.finding_count });
    }

    /// Notes what is wrong with an entry.
    pub(super) fn find<T: Table>(&mut self, key: &T::Key, problem: impl fmt::Display) {
        if self.counted() {
            self.keep(T::NAME, key.text(), problem.to_string());
        }
    }

    /// Notes what is wrong with something that has no key of a type.
    pub(super) fn find_in(&mut self, table: &'static str, key: String, problem: String) {
        if self.counted() {
            self.keep(table, key, problem);
        }
    }

    /// Counts a finding, and says whether it is to be kept: most of millions are not put in words.
    const fn counted(&mut self) -> bool {
        self.report.finding_count += 1;
        self.kept += 1;
        self.kept <= CheckReport::MAX_FINDINGS_PER_PART
    }

    fn keep(&mut self, table: &'static str, key: String, problem: String) {
        self.report.findings.push(Finding { part: self.part, table, key, problem });
    }

    /// The value, if it is there; a finding if it is missing. A damaged one is one already.
    pub(super) fn expect<T: Table>(
        &mut self,
        key: &T::Key,
        found: Found<T::Value>,
    ) -> Option<T::Value> {
        match found {
            Found::Here(value) => Some(value),
            Found::Damaged => None,
            Found::Missing => {
                self.find::<T>(key, "is missing");
                None
            }
        }
    }
}

/// Whether an error is of the kind that a check looks for.
const fn is_damage(error: &StorageError) -> bool {
    match error {
        StorageError::Db(error) => is_db_damage(error),
        StorageError::Trie(_) => true,
        _ => false,
    }
}

/// As [`is_damage`].
pub(super) const fn is_db_damage(error: &DbError) -> bool {
    matches!(
        error,
        DbError::Corrupt { .. }
            | DbError::UnknownTable { .. }
            | DbError::DecodeKey { .. }
            | DbError::DecodeValue { .. }
    )
}

/// An error with those that caused it.
pub(super) struct Chain<'a>(pub(super) &'a dyn Error);

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        self.0.source().map_or(Ok(()), |source| write!(f, ": {}", Chain(source)))
    }
}
