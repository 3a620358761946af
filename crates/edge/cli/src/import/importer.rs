//! Import of one block.

use super::error::ImportError;
use crate::data_dir::Chain;
use rollup_engine::execute_block;
use rollup_evm::ScrollEvmConfig;
use rollup_primitives::SealedBlock;
use rollup_storage::{Storage, StorageError};
use std::sync::Arc;

/// A storage, and the rules of its chain.
pub(super) struct Importer {
    storage: Storage,
    evm: ScrollEvmConfig,
}

/// What became of a block.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    /// It was there before.
    Known,
    /// It is the head now.
    Imported { transactions: u64, gas: u64 },
}

impl Importer {
    pub(super) fn new(storage: Storage, chain: &Chain) -> Self {
        Self { storage, evm: ScrollEvmConfig::new(Arc::clone(&chain.spec)) }
    }

    /// Executes a block on the head and appends it, unless it is there.
    pub(super) fn import(&self, block: SealedBlock) -> Result<Step, ImportError> {
        let id = block.num_hash();
        let head = self.storage.head();
        let view = self.storage.view()?;
        if id.number <= head.number {
            let missing = StorageError::Missing { table: "CanonicalHeaders", number: id.number };
            let existing = view.hash_of(id.number)?.ok_or(missing)?;
            if existing == id.hash {
                return Ok(Step::Known);
            }
            return Err(ImportError::Conflict { block: id, existing });
        }
        if id.number > head.number.saturating_add(1) {
            return Err(ImportError::Gap { block: id, head });
        }
        if block.parent_hash != head.hash {
            let parent = block.parent_hash;
            return Err(ImportError::OtherParent { block: id, parent, head });
        }
        let executed = execute_block(&self.evm, &view, block)?;
        // A view that is open makes the database grow.
        drop(view);
        let transactions = executed.receipts.len() as u64;
        let gas = executed.block.gas_used;
        self.storage.append(Arc::new(executed))?;
        Ok(Step::Imported { transactions, gas })
    }

    /// Waits until everything is durable.
    pub(super) fn flush(&self) -> Result<(), StorageError> {
        self.storage.flush()
    }

    /// The head, for people.
    pub(super) fn head_text(&self) -> String {
        let head = self.storage.head();
        format!("block {} ({})", head.number, head.hash)
    }
}
