//! Leading the chain to another block.

use crate::{
    core::{Core, blamed},
    error::{EngineError, ImportError},
    import::execute_block,
    tree::SideBlock,
};
use alloy_eips::BlockNumHash;
use rollup_primitives::{BlockSignature, SealedBlock};
use rollup_storage::{ExecutedBlock, RemovedBlock, StorageError};
use std::sync::Arc;
use tracing::{info, warn};

/// A block that leaves the chain, with what is needed to bring it back.
pub(crate) struct Removed {
    pub(crate) block: Arc<RemovedBlock>,
    signature: Option<BlockSignature>,
}

impl Core {
    /// Takes the blocks above `fork` off the chain and puts `branch` in their place.
    ///
    /// If a block of the branch turns out to be invalid, the chain is brought back to where it was.
    pub(crate) fn adopt(
        &mut self,
        fork: BlockNumHash,
        branch: Vec<SideBlock>,
    ) -> Result<(), EngineError> {
        let removed = self.blocks_above(fork.number)?;
        if !removed.is_empty() {
            self.storage.unwind(fork.number)?;
        }
        let ids: Vec<BlockNumHash> = branch.iter().map(SideBlock::id).collect();
        let added = match self.append_branch(branch) {
            Ok(added) => added,
            Err(err) => {
                self.condemn(&ids, &err);
                self.restore(fork, removed)?;
                return Err(err);
            }
        };
        for id in ids {
            self.side.remove(id.hash);
        }
        for Removed { block, signature } in &removed {
            let sealed = Arc::new(block.block.sealed_block().clone());
            self.side.insert(SideBlock::Unexecuted(sealed, *signature));
        }
        if let Some(first) = removed.first() {
            let (depth, from) = (removed.len(), first.block.block.number);
            warn!(target: "scroll::engine", depth, from, added = added.len(), "Reorged");
        }
        self.publish(removed.into_iter().map(|removed| removed.block).collect(), added)
    }

    /// The blocks of the chain above `number`, ascending.
    pub(crate) fn blocks_above(&self, number: u64) -> Result<Vec<Removed>, EngineError> {
        let view = self.storage.view()?;
        let head = view.head()?.number;
        let read = |number: u64| {
            let missing = || StorageError::Missing { table: "BlockBodyIndices", number };
            let block = view.block(number)?.ok_or_else(missing)?;
            let receipts = view.receipts(number)?.unwrap_or_default();
            let signature = view.signature(number)?;
            Ok(Removed { block: Arc::new(RemovedBlock { block, receipts }), signature })
        };
        (number.saturating_add(1)..=head).map(read).collect()
    }

    /// Appends blocks, executing those that have not been.
    fn append_branch(
        &self,
        branch: Vec<SideBlock>,
    ) -> Result<Vec<Arc<ExecutedBlock>>, EngineError> {
        let mut added = Vec::with_capacity(branch.len());
        for block in branch {
            let executed = match block {
                SideBlock::Executed(executed) => executed,
                SideBlock::Unexecuted(block, signature) => {
                    self.execute(Arc::unwrap_or_clone(block), signature)?
                }
            };
            self.storage.append(Arc::clone(&executed))?;
            let BlockNumHash { number, hash } = executed.id();
            let txs = executed.block.body().transactions.len();
            info!(
                target: "scroll::engine",
                number, %hash, txs, gas = executed.block.gas_used, "Imported block"
            );
            added.push(executed);
        }
        Ok(added)
    }

    fn execute(
        &self,
        block: SealedBlock,
        signature: Option<BlockSignature>,
    ) -> Result<Arc<ExecutedBlock>, EngineError> {
        let view = self.storage.view()?;
        let executed = execute_block(&self.evm, &view, block)?;
        Ok(Arc::new(ExecutedBlock { signature, ..executed }))
    }

    /// Remembers an invalid block and those of the branch that continue it.
    fn condemn(&mut self, branch: &[BlockNumHash], err: &EngineError) {
        let EngineError::Import(ImportError::Invalid(invalid)) = err else { return };
        self.metrics.invalid_blocks_total.increment(1);
        for id in branch.iter().filter(|id| id.number >= invalid.block.number) {
            self.side.remove(id.hash);
            self.invalid.insert(id.hash, Arc::clone(invalid));
            warn!(target: "scroll::engine", number = id.number, hash = %id.hash, err = %blamed(*id, invalid), "Dropped invalid block");
        }
    }

    /// Brings the chain back to where it was before a branch that is invalid.
    fn restore(&self, fork: BlockNumHash, removed: Vec<Removed>) -> Result<(), EngineError> {
        if self.storage.head() != fork {
            self.storage.unwind(fork.number)?;
        }
        for Removed { block, signature } in removed {
            let executed = self.execute(block.block.sealed_block().clone(), signature)?;
            self.storage.append(executed)?;
        }
        Ok(())
    }
}
