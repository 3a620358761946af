//! The consistency check: finds damage and half-written state.
//!
//! Everything that can be derived from something else is derived again and compared. The order of
//! the parts is that of their dependence: what a later part takes for granted, an earlier one has
//! checked.

mod batches;
mod bodies;
mod codes;
mod entries;
mod forkchoice;
mod headers;
mod history;
mod messages;
mod metadata;
mod plain;
mod ranges;
mod read;
mod receipts;
mod records;
mod report;
mod run;
mod sketch;
mod tries;

pub use report::{CheckPart, CheckProgress, CheckReport, Finding, PartCount, TableCount};

use crate::error::StorageError;
use rollup_chainspec::ScrollChainSpec;
use rollup_db::Database;
use run::Run;
use std::num::NonZeroU64;

/// How thorough a check is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CheckOptions {
    /// Of how many signed transactions the sender is recovered once; all by default. A recovery
    /// costs more than everything else that is checked of a transaction together. Other senders are
    /// not compared with anything.
    pub recover_one_sender_in: NonZeroU64,
}

impl Default for CheckOptions {
    fn default() -> Self {
        Self { recover_one_sender_in: NonZeroU64::MIN }
    }
}

/// Checks everything in the database against everything else there, and against the chain it is to
/// hold. Calls `progress` at the start and the end of each part, and every few thousand entries.
///
/// Reads one snapshot: the database may be in use, but grows with each commit until the check ends,
/// and what comes after a damaged page can be checked only if nothing was committed since.
/// Needs memory for the transactions of one block and a few megabytes; reads every table several
/// times.
///
/// Nothing in the database commits to L1 data fees, to signatures, to the values in changesets, to
/// the progress on L1, and to what is on L1: damage there is found only if an entry does not
/// decode, or is for nothing.
///
/// # Errors
/// Those of the database but for damage, which is a finding.
pub fn check(
    db: &Database,
    chain_spec: &ScrollChainSpec,
    options: CheckOptions,
    progress: &mut dyn FnMut(CheckProgress),
) -> Result<CheckReport, StorageError> {
    let mut run = Run::new(db, chain_spec, options, progress)?;
    run.part(CheckPart::Entries, entries::check)?;
    run.part(CheckPart::Metadata, metadata::check)?;
    run.part(CheckPart::Forkchoice, forkchoice::check)?;
    run.part(CheckPart::Headers, headers::check)?;
    run.part(CheckPart::Bodies, bodies::check)?;
    run.part(CheckPart::Receipts, receipts::check)?;
    run.part(CheckPart::Accounts, plain::check_accounts)?;
    run.part(CheckPart::Storage, plain::check_storage)?;
    run.part(CheckPart::Codes, codes::check)?;
    run.part(CheckPart::Tries, tries::check)?;
    run.part(CheckPart::AccountHistory, history::check_accounts)?;
    run.part(CheckPart::StorageHistory, history::check_storage)?;
    run.part(CheckPart::L1Messages, messages::check)?;
    run.part(CheckPart::Batches, batches::check)?;
    Ok(run.finish())
}
