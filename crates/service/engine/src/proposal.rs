//! A block that may be signed.

use alloy_eips::BlockNumHash;
use alloy_primitives::B256;
use rollup_primitives::block_signing_hash;
use rollup_storage::ExecutedBlock;

/// A block that this node has bound itself to: durable, and the only one that it signs at its
/// height. There is no other way to one than [`EngineHandle::propose`](crate::EngineHandle::propose)
/// and [`EngineHandle::pending_proposal`](crate::EngineHandle::pending_proposal). An L1 reorg may
/// withdraw it; it cannot become the head then.
#[derive(Debug)]
pub struct Proposal {
    pub(crate) block: ExecutedBlock,
    /// How often proposals had been withdrawn when this one was made.
    pub(crate) releases: u64,
}

impl Proposal {
    /// The block, without signature.
    pub const fn block(&self) -> &ExecutedBlock {
        &self.block
    }

    /// Number and hash.
    pub fn id(&self) -> BlockNumHash {
        self.block.id()
    }

    /// What the authorized signer signs.
    pub fn signing_hash(&self) -> B256 {
        block_signing_hash(self.block.block.header())
    }
}
