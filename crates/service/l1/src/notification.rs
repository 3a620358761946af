//! What the watcher tells others.

use crate::status::L1BlockRef;
use alloy_primitives::{Address, B256};

/// Something that happened on L1. What it changes in the storage is durable when it is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum L1Notification {
    /// There is a new latest block.
    NewBlock(L1BlockRef),
    /// L1 is final up to this block.
    Finalized(u64),
    /// L1 took blocks back.
    Reorg {
        /// Highest block that remains.
        to: u64,
        /// How many of the processed blocks are gone.
        depth: u64,
    },
    /// Blocks are read again, by order of the operator or because something was missing.
    Rewound {
        /// Highest block that remains processed.
        to: u64,
    },
    /// A message was enqueued.
    MessageEnqueued {
        /// Its queue index.
        queue_index: u64,
        /// Block that enqueued it.
        l1_block: L1BlockRef,
    },
    /// A batch was committed.
    BatchCommitted {
        /// Its index.
        index: u64,
        /// Its hash.
        hash: B256,
        /// Block that committed it.
        l1_block: L1BlockRef,
    },
    /// A batch was finalized, and with it all before it.
    BatchFinalized {
        /// Its index.
        index: u64,
        /// Its hash.
        hash: B256,
        /// Block that finalized it.
        l1_block: L1BlockRef,
    },
    /// A batch was reverted.
    BatchReverted {
        /// Its index.
        index: u64,
        /// Its hash.
        hash: B256,
        /// Block that reverted it.
        l1_block: L1BlockRef,
    },
    /// Batches were reverted.
    BatchesReverted {
        /// Lowest index.
        first: u64,
        /// Highest index, inclusive.
        last: u64,
        /// Block that reverted them.
        l1_block: L1BlockRef,
    },
    /// The system contract names another signer, by a log of a block that is processed now.
    SignerUpdated {
        /// The new signer.
        signer: Address,
        /// Block that named it.
        l1_block: L1BlockRef,
    },
    /// Everything up to this block is stored.
    Processed(u64),
    /// Everything up to the latest block is stored, for the first time since the start or since
    /// L1 was rewound.
    Synced,
}
