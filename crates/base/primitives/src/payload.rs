//! What a block is built from.

use crate::ScrollTxEnvelope;
use alloy_consensus::transaction::Recovered;
use alloy_primitives::Address;
use std::fmt;

/// What a block is built from, besides its parent and the pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PayloadAttributes {
    /// Seconds since the Unix epoch; not before the parent's.
    pub timestamp: u64,
    /// Who gets the fees, on chains without a fee vault.
    pub fee_recipient: Address,
    /// Come first, in this order. One that is not valid is left out.
    pub transactions: Vec<Recovered<ScrollTxEnvelope>>,
    /// Whether the block has nothing but [`Self::transactions`].
    pub no_tx_pool: bool,
    /// Gas limit of the block; `None` for that of the builder's configuration.
    pub gas_limit: Option<u64>,
}

/// Names a build job. Unique within one run of the node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PayloadId(pub u64);

impl fmt::Display for PayloadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#018x}", self.0)
    }
}
