//! What a check tells.

use derive_more::Display;
use std::fmt;

/// A part of the check.
#[derive(Clone, Copy, Debug, Display, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CheckPart {
    /// Every entry of every table is in order and decodes.
    #[display("entries")]
    Entries,
    /// The facts about the whole database.
    #[display("metadata")]
    Metadata,
    /// Head, safe and finalized block, and signatures.
    #[display("forkchoice")]
    Forkchoice,
    /// Headers, their hashes and links.
    #[display("headers")]
    Headers,
    /// Transactions and senders.
    #[display("bodies")]
    Bodies,
    /// Receipts.
    #[display("receipts")]
    Receipts,
    /// Accounts by address and by hash.
    #[display("accounts")]
    Accounts,
    /// Slots by address and by hash.
    #[display("storage")]
    Storage,
    /// Contract codes.
    #[display("codes")]
    Codes,
    /// Storage roots, state root and the records of the tries.
    #[display("tries")]
    Tries,
    /// Which blocks changed an account.
    #[display("account history")]
    AccountHistory,
    /// Which blocks changed a slot.
    #[display("storage history")]
    StorageHistory,
    /// L1 messages.
    #[display("L1 messages")]
    L1Messages,
    /// Batches.
    #[display("batches")]
    Batches,
}

/// How far a check is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CheckProgress {
    /// The part it is at.
    pub part: CheckPart,
    /// Entries that this part has passed.
    pub done: u64,
    /// Entries that it has to pass.
    pub total: u64,
    /// Findings so far, of all parts.
    pub findings: u64,
}

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The part that found it.
    pub part: CheckPart,
    /// Table; empty if it is about none in particular.
    pub table: &'static str,
    /// Key as [`TableInfo::parse_key`](rollup_db::TableInfo::parse_key) takes it; empty if it is
    /// about the table.
    pub key: String,
    /// What is wrong with the entry: the rest of a sentence that begins with table and key.
    pub problem: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for word in [self.table, &self.key].into_iter().filter(|word| !word.is_empty()) {
            write!(f, "{word} ")?;
        }
        f.write_str(&self.problem)
    }
}

/// How many entries a table has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableCount {
    /// Name of the table.
    pub table: &'static str,
    /// Entries; each value of a key counts.
    pub entries: u64,
}

/// How many entries a part has passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartCount {
    /// The part.
    pub part: CheckPart,
    /// Entries.
    pub entries: u64,
}

/// What a check has found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckReport {
    /// The first findings of each part, at most [`Self::MAX_FINDINGS_PER_PART`] of them.
    pub findings: Vec<Finding>,
    /// How many findings there were.
    pub finding_count: u64,
    /// The tables that were read.
    pub tables: Vec<TableCount>,
    /// The parts that ended.
    pub parts: Vec<PartCount>,
}

impl CheckReport {
    /// How many findings of a part are kept.
    pub const MAX_FINDINGS_PER_PART: usize = 32;

    /// Whether nothing is wrong.
    pub const fn is_sound(&self) -> bool {
        self.finding_count == 0
    }
}
