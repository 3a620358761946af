//! Which events count, and of which contract.

use crate::{
    abi::{L1MessageQueue, ScrollChain, SystemConfig},
    config::L1Contracts,
};
use alloy_primitives::Log;
use alloy_sol_types::SolEvent;
use rollup_l1_client::L1LogFilter;

/// An event that counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EventKind {
    Message { is_v2: bool },
    Commit,
    Finalize,
    Revert,
    RevertRange,
    Signer,
}

impl EventKind {
    /// What a log is; `None` if it is of another contract than the one whose event it is.
    pub(super) fn of(contracts: &L1Contracts, log: &Log) -> Option<Self> {
        let topic = *log.data.topics().first()?;
        let is_of = |contract| contract == Some(log.address);
        match topic {
            L1MessageQueue::QueueTransaction::SIGNATURE_HASH => {
                let is_v2 = is_of(contracts.queue_v2);
                (is_v2 || is_of(contracts.queue_v1)).then_some(Self::Message { is_v2 })
            }
            SystemConfig::SignerUpdated::SIGNATURE_HASH => {
                is_of(contracts.system_config).then_some(Self::Signer)
            }
            _ if !is_of(contracts.rollup) => None,
            ScrollChain::CommitBatch::SIGNATURE_HASH => Some(Self::Commit),
            ScrollChain::FinalizeBatch::SIGNATURE_HASH => Some(Self::Finalize),
            ScrollChain::RevertBatch_0::SIGNATURE_HASH => Some(Self::Revert),
            ScrollChain::RevertBatch_1::SIGNATURE_HASH => Some(Self::RevertRange),
            _ => None,
        }
    }
}

impl L1Contracts {
    /// What the logs of these contracts are looked for by. It also finds logs that do not count:
    /// the event of one contract, emitted by another one.
    pub fn log_filter(&self) -> L1LogFilter {
        let addresses = [self.rollup, self.queue_v1, self.queue_v2, self.system_config];
        let topics = [
            L1MessageQueue::QueueTransaction::SIGNATURE_HASH,
            ScrollChain::CommitBatch::SIGNATURE_HASH,
            ScrollChain::FinalizeBatch::SIGNATURE_HASH,
            ScrollChain::RevertBatch_0::SIGNATURE_HASH,
            ScrollChain::RevertBatch_1::SIGNATURE_HASH,
            SystemConfig::SignerUpdated::SIGNATURE_HASH,
        ];
        L1LogFilter {
            addresses: addresses.into_iter().flatten().collect(),
            topics: topics.to_vec(),
        }
    }
}
