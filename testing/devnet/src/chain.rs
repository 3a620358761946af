//! The stored chain of a node.

use crate::{limit::soon, node::TestNode};
use alloy_eips::BlockNumHash;
use alloy_rlp::{Decodable, Encodable};
use eyre::{OptionExt, Result};
use rollup_engine::ForkchoiceUpdate;
use rollup_primitives::{BlockSignature, RecoveredBlock, ScrollBlock, ScrollReceipt, SealedBlock};
use rollup_storage::{CheckOptions, CheckReport, Storage};
use std::ops::RangeInclusive;

/// A block as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredBlock {
    /// Block and senders.
    pub block: RecoveredBlock,
    /// Receipt of each transaction.
    pub receipts: Vec<ScrollReceipt>,
    /// Signature, if it is known.
    pub signature: Option<BlockSignature>,
}

impl StoredBlock {
    /// Number and hash.
    pub fn id(&self) -> BlockNumHash {
        self.block.num_hash()
    }

    /// The block as another node gets it: RLP, and nothing that was computed here.
    ///
    /// # Errors
    /// If its RLP is not that of a block.
    pub fn exported(&self) -> Result<SealedBlock> {
        let mut bytes = Vec::new();
        self.block.sealed_block().encode(&mut bytes);
        let mut rest = bytes.as_slice();
        Ok(SealedBlock::seal_slow(ScrollBlock::decode(&mut rest)?))
    }
}

impl TestNode {
    /// The head.
    pub fn head(&self) -> BlockNumHash {
        self.handle.engine.head()
    }

    /// A stored block.
    ///
    /// # Errors
    /// If there is none with this number.
    pub fn stored(&self, number: u64) -> Result<StoredBlock> {
        let view = self.handle.storage.view()?;
        Ok(StoredBlock {
            block: view.block(number)?.ok_or_eyre("no such block")?,
            receipts: view.receipts(number)?.ok_or_eyre("no receipts")?,
            signature: view.signature(number)?,
        })
    }

    /// Stored blocks.
    ///
    /// # Errors
    /// As [`Self::stored`].
    pub fn chain(&self, numbers: RangeInclusive<u64>) -> Result<Vec<StoredBlock>> {
        numbers.map(|number| self.stored(number)).collect()
    }

    /// Imports blocks of another node, in order, and makes each the head.
    ///
    /// # Errors
    /// If one is refused.
    pub async fn import(&self, blocks: &[StoredBlock]) -> Result<()> {
        for block in blocks {
            self.import_beside(block).await?;
            self.lead_to(block.id()).await?;
        }
        Ok(())
    }

    /// Imports a block of another node and leaves the head where it is.
    ///
    /// # Errors
    /// If it is refused.
    pub async fn import_beside(&self, block: &StoredBlock) -> Result<()> {
        let import = self.handle.engine.import(block.exported()?, block.signature);
        soon("the engine", import).await??;
        Ok(())
    }

    /// Makes a block the head, whatever the chain is now.
    ///
    /// # Errors
    /// If the engine refuses it.
    pub async fn lead_to(&self, head: BlockNumHash) -> Result<()> {
        let update = ForkchoiceUpdate { head: Some(head.hash), ..ForkchoiceUpdate::default() };
        soon("the engine", self.handle.engine.update_forkchoice(update)).await??;
        Ok(())
    }

    /// What is wrong with the database.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn check(&self) -> Result<CheckReport> {
        check(&self.handle.storage)
    }
}

/// What is wrong with the database of a storage, when it has all blocks.
///
/// # Errors
/// If it cannot be read.
pub fn check(storage: &Storage) -> Result<CheckReport> {
    storage.flush()?;
    let chain = storage.stored_chain();
    let options = CheckOptions::default();
    Ok(rollup_storage::check(chain.database(), chain.chain_spec(), options, &mut |_| ())?)
}
