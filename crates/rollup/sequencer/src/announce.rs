//! Where finished blocks go.

use rollup_storage::ExecutedBlock;
use std::{fmt::Debug, sync::Arc};

/// Publishes blocks.
pub trait Announce: Debug + Send + Sync {
    /// Sends a signed block, which is durable and the head, to the peers. Returns at once: what
    /// cannot be sent now is dropped or queued by the implementation.
    fn announce(&self, block: &Arc<ExecutedBlock>) -> AnnouncedTo;
}

/// How many peers a block was sent to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AnnouncedTo {
    /// Peers of the protocol of this chain.
    pub peers_scroll: usize,
    /// Peers of the Ethereum protocol.
    pub peers_eth: usize,
}

/// Publishes nothing: a node without a network.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoNetwork;

impl Announce for NoNetwork {
    fn announce(&self, _: &Arc<ExecutedBlock>) -> AnnouncedTo {
        AnnouncedTo::default()
    }
}
