//! What a job gives.

use rollup_primitives::PayloadId;
use rollup_storage::ExecutedBlock;
use std::time::Duration;

/// A block that was built, and how.
#[derive(Clone, Debug)]
pub struct BuiltPayload {
    /// The job.
    pub id: PayloadId,
    /// The block, as importing it would give it. Not signed.
    pub block: ExecutedBlock,
    /// L1 messages in the block.
    pub l1_messages: usize,
    /// Transactions in the block, L1 messages included.
    pub transactions: usize,
    /// Bytes of the transactions in the block as a body encodes them, L1 messages not included.
    pub transaction_bytes: usize,
    /// Queue indices of the L1 messages of the attributes that are not in the block: the first of
    /// them is not valid, does not follow the one before it, or has no room, and those behind it
    /// wait for it, for the indices of a block have no gap.
    pub skipped_l1_messages: Vec<u64>,
    /// Why no more transactions were taken.
    pub stop: StopReason,
    /// From the start of the job to its last transaction, waits included.
    pub building: Duration,
    /// From the last transaction to the sealed block.
    pub sealing: Duration,
}

/// Why a job took no more transactions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StopReason {
    /// It was told to seal.
    Sealed,
    /// The attributes want none from the pool.
    NoTxPool,
    /// The gas that is left is not enough for a transaction.
    GasLimit,
    /// The bytes that are left are not enough for a transaction.
    ByteLimit,
}
