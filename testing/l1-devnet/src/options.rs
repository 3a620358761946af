//! What an L1 is like.

use alloy_primitives::Address;
use std::time::Duration;

/// What an L1 is like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct L1Options {
    /// Chain id. Default: 5, that of the L1 of the chain specification `dev`.
    pub chain_id: u64,
    /// Blocks from one safe or final block to the next: the safe block is this many below the
    /// newest one, the final block twice as many. At least 1. Default: 1.
    pub slots_in_an_epoch: u64,
    /// Time from block to block, in whole seconds. Default: none, blocks are mined by hand.
    pub block_time: Option<Duration>,
    /// Height that it has when it starts, if it is more than the deployment needs. Default: 0.
    pub number: u64,
    /// Authorized signer of L2 blocks. Default: none, that of the deployment, which is the account
    /// [`SIGNER`](crate::SIGNER). Another one is set by a transaction to the system contract.
    pub signer: Option<Address>,
    /// Port on this machine; 0 for any that is free. Default: 0.
    pub port: u16,
}

impl Default for L1Options {
    fn default() -> Self {
        Self {
            chain_id: 5,
            slots_in_an_epoch: 1,
            block_time: None,
            number: 0,
            signer: None,
            port: 0,
        }
    }
}
