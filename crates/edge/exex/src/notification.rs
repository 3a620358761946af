//! What ExExes are told.

use crate::chain::Chain;
use alloy_eips::BlockNumHash;
use std::sync::Arc;

/// What became of the chain since the last notification.
#[derive(Clone, Debug)]
pub enum ExExNotification {
    /// Blocks joined the chain.
    ChainCommitted {
        /// The blocks.
        new: Arc<Chain>,
    },
    /// Blocks left the chain, and others joined it in their place.
    ChainReorged {
        /// The blocks that left it.
        old: Arc<Chain>,
        /// The blocks that joined it, on the parent of the lowest that left.
        new: Arc<Chain>,
    },
    /// Blocks left the chain.
    ChainReverted {
        /// The blocks.
        old: Arc<Chain>,
    },
}

impl ExExNotification {
    /// `None` if nothing left and nothing joined.
    pub(crate) fn new(old: Option<Chain>, new: Option<Chain>) -> Option<Self> {
        match (old.map(Arc::new), new.map(Arc::new)) {
            (None, None) => None,
            (None, Some(new)) => Some(Self::ChainCommitted { new }),
            (Some(old), None) => Some(Self::ChainReverted { old }),
            (Some(old), Some(new)) => Some(Self::ChainReorged { old, new }),
        }
    }

    /// The blocks that left the chain. Undo them first, highest first.
    pub const fn reverted(&self) -> Option<&Arc<Chain>> {
        match self {
            Self::ChainCommitted { .. } => None,
            Self::ChainReorged { old, .. } | Self::ChainReverted { old } => Some(old),
        }
    }

    /// The blocks that joined the chain.
    pub const fn committed(&self) -> Option<&Arc<Chain>> {
        match self {
            Self::ChainReverted { .. } => None,
            Self::ChainCommitted { new } | Self::ChainReorged { new, .. } => Some(new),
        }
    }

    /// The last block of the chain after this: what is finished when this is worked off.
    pub fn tip(&self) -> BlockNumHash {
        match self {
            Self::ChainCommitted { new } | Self::ChainReorged { new, .. } => new.tip().id(),
            Self::ChainReverted { old } => old.fork(),
        }
    }
}
