//! How far a batch has come.

use rollup_db::StoredBatch;

/// How far a batch has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BatchStatus {
    /// It is on L1 only.
    Committed,
    /// Its blocks are in the local chain, at or below safe.
    Consolidated,
    /// It is consolidated, and the L1 block of its finalization is final.
    Finalized,
    /// It was reverted on L1.
    Reverted,
}

impl BatchStatus {
    /// Status of a batch, while L1 is final up to block `l1_finalized`.
    pub const fn of(batch: &StoredBatch, l1_finalized: Option<u64>) -> Self {
        if batch.reverted_l1_block.is_some() {
            return Self::Reverted;
        }
        if !batch.consolidated {
            return Self::Committed;
        }
        match (batch.finalized_l1_block, l1_finalized) {
            (Some(number), Some(l1_finalized)) if number <= l1_finalized => Self::Finalized,
            _ => Self::Consolidated,
        }
    }
}
