//! Values of the tables that are no types of other crates.

mod account;
mod block;
mod block_list;
mod changeset;
mod rollup;
#[cfg(test)]
pub(crate) mod test_utils;

pub use account::{Account, HashedAccount};
pub use block::{BlockBodyIndex, StoredReceipt};
pub use block_list::BlockList;
pub use changeset::{AccountBefore, StorageBefore};
pub use rollup::{BatchBlocks, BatchCommit, BatchId, BatchRoots, StoredBatch, StoredL1Message};
